/** Lists and schemas of any length. */
export const numbered = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));
export const named = (count: number, make: (i: number) => unknown, prefix = "p"): Record<string, unknown> =>
  Object.fromEntries(numbered(count, (i) => [`${prefix}${i}`, make(i)]));
export const names = (count: number, prefix = "p") => numbered(count, (i) => `${prefix}${i}`);

export function nested(depth: number, wrap: (inner: unknown, level: number) => unknown, innermost: unknown): unknown {
  let schema = innermost;
  for (let i = 0; i < depth; i++) schema = wrap(schema, i);
  return schema;
}
