/**
 * An exact decimal number, digits * 10^-scale; scale is at least 0, and minimal. JSON numbers are decimals, doubles are
 * not.
 */
export interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

export const ZERO: Decimal = { digits: 0n, scale: 0 };
export const ONE: Decimal = { digits: 1n, scale: 0 };

/**
 * The decimal a finite double is written as: the shortest that reads back as the same double (as JSON.stringify writes
 * it).
 */
export function decimalOf(number: number): Decimal {
  const [mantissa, exponent] = String(number).split("e") as [string, string?];
  const [whole, fraction = ""] = mantissa.split(".") as [string, string?];
  return decimal(BigInt(whole + fraction), fraction.length - Number(exponent ?? 0));
}

/** digits * 10^-scale, for any scale, with the scale made minimal. */
export function decimal(digits: bigint, scale: number): Decimal {
  if (digits === 0n) return ZERO;
  if (scale < 0) return { digits: digits * 10n ** BigInt(-scale), scale: 0 };
  let [d, s] = [digits, scale];
  while (s > 0 && d % 10n === 0n) [d, s] = [d / 10n, s - 1];
  return { digits: d, scale: s };
}

/** The digits of `a` at a scale that is at least its own. */
export function digitsAt(a: Decimal, scale: number): bigint {
  return a.digits * 10n ** BigInt(scale - a.scale);
}

/** Negative where a < b, 0 where they are equal, positive where a > b. */
export function compare(a: Decimal, b: Decimal): number {
  const scale = Math.max(a.scale, b.scale);
  const difference = digitsAt(a, scale) - digitsAt(b, scale);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** Whether `a` is a whole multiple of `b`, which is not 0. */
export function isMultiple(a: Decimal, b: Decimal): boolean {
  const scale = Math.max(a.scale, b.scale);
  return digitsAt(a, scale) % digitsAt(b, scale) === 0n;
}

/** The least positive decimal that is a multiple of both, which are positive. */
export function leastCommonMultiple(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale);
  const [x, y] = [digitsAt(a, scale), digitsAt(b, scale)];
  let [g, r] = [x, y];
  while (r !== 0n) [g, r] = [r, g % r];
  return decimal((x / g) * y, scale);
}

/** The decimal as JSON text without an exponent. */
export function decimalText({ digits, scale }: Decimal): string {
  const sign = digits < 0n ? "-" : "";
  const text = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, "0");
  return scale === 0 ? sign + text : `${sign}${text.slice(0, -scale)}.${text.slice(-scale)}`;
}
