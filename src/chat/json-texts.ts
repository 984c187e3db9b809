/** A value of JSON in which every text, keys too, is replaced by what is made of it. */
export function mapTexts<T>(value: T, make: (text: string) => string): T {
  return mapped(value, make) as T;
}

function mapped(value: unknown, make: (text: string) => string): unknown {
  if (typeof value === "string") return make(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => mapped(item, make));
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [make(key), mapped(member, make)]));
}
