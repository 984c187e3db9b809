const UNITS = [
  ["GiB", 2 ** 30],
  ["MiB", 2 ** 20],
  ["KiB", 2 ** 10],
] as const;

/** A number of bytes for a person: in the largest unit of which there is one at least, as "1.4 GiB" or "23 MiB". */
export function byteSize(bytes: number): string {
  const [unit, size] = UNITS.find(([, size]) => bytes >= size) ?? ["bytes", 1];
  const count = bytes / size;
  return `${size === 1 || count >= 100 ? Math.round(count) : count.toPrecision(count >= 10 ? 3 : 2)} ${unit}`;
}
