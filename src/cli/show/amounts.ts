/** Numbers as people read them: one place for the whole command line. */

/** "1 token", "12 tokens". */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}

/** "34%"; a part below 1 is never rounded up to all of it. */
export function percent(part: number): string {
  return `${part < 1 ? Math.min(99, Math.round(part * 100)) : Math.round(part * 100)}%`;
}

const UNITS = ["bytes", "KiB", "MiB", "GiB", "TiB"] as const;

/** Bytes in the largest unit of which there is one at least: "532 bytes", "1.9 MiB", "3.56 GiB". */
export function byteCount(bytes: number): string {
  if (!Number.isFinite(bytes)) return "unlimited";
  let unit = 0;
  while (unit < UNITS.length - 1 && bytes >= 1024 ** (unit + 1)) unit++;
  const digits = [0, 1, 1, 2, 2][unit];
  return unit === 0 ? counted(bytes, "byte") : `${(bytes / 1024 ** unit).toFixed(digits)} ${UNITS[unit]}`;
}

/** Parameters of a model: "6.74 B", "1.80 M", "260 K". */
export function largeCount(count: number): string {
  if (count >= 1e9) return `${(count / 1e9).toFixed(2)} B`;
  if (count >= 1e6) return `${(count / 1e6).toFixed(2)} M`;
  return count >= 1e3 ? `${(count / 1e3).toFixed(0)} K` : String(count);
}

/** A span of time in seconds: "8 s", "2:05 min", "1:02 h". */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const [larger, smaller, unit] =
    whole < 3600 ? [whole / 60, whole % 60, "min"] : [whole / 3600, (whole % 3600) / 60, "h"];
  return `${Math.floor(larger)}:${String(Math.floor(smaller)).padStart(2, "0")} ${unit}`;
}

/** Three significant digits, and none after the point from 100 on. */
export function significant(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** A speed: "38.4 tok/s". */
export function tokensPerSecond(speed: number): string {
  return `${speed.toFixed(1)} tok/s`;
}

/** The shortest decimal that is this 32-bit float: "1e-05" for what a file stores as 0.000009999999747378752. */
export function shortFloat(value: number): string {
  if (!Number.isFinite(value) || Number.isInteger(value)) return String(value);
  let digits = 1;
  while (digits < 9 && Math.fround(Number(value.toPrecision(digits))) !== Math.fround(value)) digits++;
  const text = Number(value.toPrecision(digits));
  if (Math.abs(value) >= 1e-4) return String(text);
  return text.toExponential().replace(/e-(\d)$/, "e-0$1");
}
