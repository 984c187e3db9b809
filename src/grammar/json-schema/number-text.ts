import { bytes, concatenation, concatenationOf, intersection, repetition, union, unionOf } from "../regular/build.js";
import { ByteSet } from "../regular/byte-set.js";
import { EMPTY, NOTHING, type Regular } from "../regular/regular.js";
import { text } from "../regular/utf8.js";
import { compare, type Decimal, decimal, ONE, ZERO } from "./decimal.js";
import { type Bound, multiples, type NumberRange } from "./numbers.js";

/**
 * Digits a number may have before the point and behind it; no double that JSON.stringify writes has more than 21 and
 * 23.
 */
const WHOLE_DIGITS = 64;
const FRACTION_DIGITS = 32;

const ZERO_CODE = 0x30;
const digits = (first: number, last: number) =>
  first > last ? NOTHING : bytes(ByteSet.range(ZERO_CODE + first, ZERO_CODE + last));
const DIGIT = digits(0, 9);
const POINT = text(".");
const MINUS = text("-");

/** The numbers of a range without steps, or with steps of a power of ten, as JSON text. */
export function rangeText(range: NumberRange): Regular {
  const { low, high, step } = range;
  if (step === undefined) return union(intervalText(low, high, WHOLE_DIGITS, FRACTION_DIGITS), exponentText(range));
  const [first, last] = multiples(range, step);
  const bound = (count: bigint | undefined): Bound | undefined =>
    count === undefined ? undefined : { value: decimal(step.digits * count, step.scale), open: false };
  return intervalText(bound(first), bound(last), WHOLE_DIGITS, step.scale);
}

/** Whether `rangeText` can write the range. */
export function isPlain({ step, notSteps }: NumberRange): boolean {
  return notSteps.length === 0 && (step === undefined || step.digits === 1n);
}

/** Decimals between two bounds, without exponents. */
export function intervalText(
  low: Bound | undefined,
  high: Bound | undefined,
  whole: number,
  fraction: number,
): Regular {
  const zero = { value: ZERO, open: false };
  const parts: Regular[] = [];
  if (high === undefined || compare(high.value, ZERO) >= 0) {
    const from = low === undefined || compare(low.value, ZERO) < 0 ? zero : low;
    parts.push(magnitudes(from, high, whole, fraction));
  }
  if (low === undefined || compare(low.value, ZERO) < 0) {
    const from = high === undefined || compare(high.value, ZERO) > 0 ? zero : negated(high);
    const to = low === undefined ? undefined : negated(low);
    parts.push(concatenation(MINUS, magnitudes(from, to, whole, fraction)));
  }
  return unionOf(parts);
}

function negated({ value, open }: Bound): Bound {
  return { value: { digits: -value.digits, scale: value.scale }, open };
}

/** Decimals without a sign between two bounds that are not negative. */
function magnitudes(low: Bound, high: Bound | undefined, whole: number, fraction: number): Regular {
  const order = high === undefined ? -1 : compare(low.value, high.value);
  if (order > 0) return NOTHING;
  const [from, fromDigits] = split(low.value);
  const first = text(from.toString());
  const atLeast = fractionAtLeast(fromDigits, low.open, fraction);
  if (high === undefined) {
    return union(concatenation(first, atLeast), concatenation(wholeFrom(from + 1n, whole), anyFraction(fraction)));
  }
  const [to, toDigits] = split(high.value);
  const atMost = fractionAtMost(toDigits, high.open, fraction);
  if (from === to) return concatenation(first, intersection(atLeast, atMost));
  return union(
    concatenation(first, atLeast),
    concatenation(wholeBetween(from + 1n, to - 1n), anyFraction(fraction)),
    concatenation(text(to.toString()), atMost),
  );
}

/** The whole part, and the digits behind the point without zeros at their end. */
function split({ digits, scale }: Decimal): [bigint, number[]] {
  const unit = 10n ** BigInt(scale);
  const fraction = scale === 0 ? "" : (digits % unit).toString().padStart(scale, "0");
  return [digits / unit, Array.from(fraction, Number)];
}

function anyFraction(most: number): Regular {
  return most === 0 ? EMPTY : repetition(concatenation(POINT, repetition(DIGIT, 1, most)), 0, 1);
}

/** Digits from the `i`th behind the point on. */
const anyDigits = (most: number, i: number) => repetition(DIGIT, 0, Math.max(0, most - i));
const fixed = (list: readonly number[]) => list.map((digit) => digits(digit, digit));

function fractionAtLeast(bound: readonly number[], open: boolean, most: number): Regular {
  if (bound.length === 0 && !open) return anyFraction(most);
  const options = bound.map((digit, i) =>
    concatenationOf([...fixed(bound.slice(0, i)), digits(digit + 1, 9), anyDigits(most, i + 1)]),
  );
  const zeros = repetition(digits(0, 0), 0, Math.max(0, most - bound.length - 1));
  const beyond = open
    ? concatenation(zeros, digits(1, 9), anyDigits(most, bound.length + 1))
    : anyDigits(most, bound.length);
  options.push(concatenationOf([...fixed(bound), beyond]));
  return concatenation(POINT, unionOf(options));
}

function fractionAtMost(bound: readonly number[], open: boolean, most: number): Regular {
  const zeros = repetition(digits(0, 0), bound.length === 0 ? 1 : 0, Math.max(0, most - bound.length));
  const full = concatenationOf([...fixed(bound), zeros]);
  if (bound.length === 0) return open ? NOTHING : most === 0 ? EMPTY : union(EMPTY, concatenation(POINT, full));
  const options = bound.map((digit, i) =>
    concatenationOf([...fixed(bound.slice(0, i)), digits(0, digit - 1), anyDigits(most, i + 1)]),
  );
  const shorter = bound.slice(1).map((_, i) => concatenationOf(fixed(bound.slice(0, i + 1))));
  if (!open) options.push(full);
  return union(EMPTY, concatenation(POINT, unionOf([...options, ...shorter])));
}

/** Whole numbers from `from` on, of up to `most` digits. */
function wholeFrom(from: bigint, most: number): Regular {
  const { length } = from.toString();
  const longest = 10n ** BigInt(length) - 1n;
  const longer = concatenation(digits(1, 9), repetition(DIGIT, length, Math.max(length, most - 1)));
  return union(wholeBetween(from, longest), longer);
}

/** Whole numbers from `from` to `to`, which are not negative. */
function wholeBetween(from: bigint, to: bigint): Regular {
  if (from > to) return NOTHING;
  const [low, high] = [from.toString(), to.toString()];
  if (low.length === high.length) return sameLength(low, high);
  const options = [sameLength(low, "9".repeat(low.length)), sameLength(`1${"0".repeat(high.length - 1)}`, high)];
  if (high.length - low.length > 1) {
    options.push(concatenation(digits(1, 9), repetition(DIGIT, low.length, high.length - 2)));
  }
  return unionOf(options);
}

/** Texts of digits between two of the same length, which is below a few hundred. */
function sameLength(low: string, high: string): Regular {
  if (/^0*$/.test(low) && /^9*$/.test(high)) return repetition(DIGIT, low.length, low.length);
  const [a, b] = [Number(low[0]), Number(high[0])];
  const [lowRest, highRest] = [low.slice(1), high.slice(1)];
  if (a === b) return concatenation(digits(a, a), sameLength(lowRest, highRest));
  return union(
    concatenation(digits(a, a), sameLength(lowRest, "9".repeat(lowRest.length))),
    concatenation(digits(a + 1, b - 1), repetition(DIGIT, lowRest.length, lowRest.length)),
    concatenation(digits(b, b), sameLength("0".repeat(highRest.length), highRest)),
  );
}

const E_SIGN = bytes(ByteSet.of(0x45, 0x65));
const PLUS = repetition(text("+"), 0, 1);

/** d.ddd with a first digit that is not 0, of up to 21 digits. */
const MANTISSA = concatenation(digits(1, 9), anyFraction(20));
/** Exponents of numbers that JSON.stringify writes with one, and that are not infinite or zero as doubles. */
const LARGE_EXPONENT = concatenation(E_SIGN, PLUS, wholeBetween(21n, 307n));
const SMALL_EXPONENT = concatenation(E_SIGN, MINUS, wholeBetween(7n, 323n));
const LARGE = union(
  concatenation(MANTISSA, LARGE_EXPONENT),
  concatenation(
    text("1"),
    repetition(concatenation(POINT, digits(0, 6), anyDigits(20, 1)), 0, 1),
    E_SIGN,
    PLUS,
    text("308"),
  ),
);
const SMALL = concatenation(MANTISSA, SMALL_EXPONENT);
/** Any number without a sign whose exponent has one or two digits. */
const OTHER = concatenation(
  union(digits(0, 0), concatenation(digits(1, 9), repetition(DIGIT, 0, WHOLE_DIGITS - 1))),
  anyFraction(FRACTION_DIGITS),
  E_SIGN,
  repetition(union(text("+"), MINUS), 0, 1),
  repetition(DIGIT, 1, 2),
);

/**
 * Numbers with exponents of a range without steps: all, where the range has no end on that side of zero; else those as
 * JSON.stringify writes them, where the range holds all of them.
 */
function exponentText({ low, high }: NumberRange): Regular {
  const side = (from: Bound | undefined, to: Bound | undefined): Regular[] => {
    const hasZero = from === undefined || compare(from.value, ZERO) < (from.open ? 0 : 1);
    if (to === undefined && hasZero) return [LARGE, SMALL, OTHER];
    const parts: Regular[] = [];
    const belowZero = from === undefined || compare(from.value, ZERO) <= 0;
    if (belowZero && (to === undefined || compare(to.value, decimal(1n, 6)) >= 0)) parts.push(SMALL);
    if (to === undefined && (from === undefined || compare(from.value, decimal(1n, -21)) < 0)) parts.push(LARGE);
    return parts;
  };
  const flipped = (bound: Bound | undefined) => (bound === undefined ? undefined : negated(bound));
  return union(unionOf(side(low, high)), concatenation(MINUS, unionOf(side(flipped(high), flipped(low)))));
}

/** Every whole number, and every number, as JSON text. */
export const ANY_INTEGER = rangeText({ step: ONE, notSteps: [] });
export const ANY_NUMBER = rangeText({ notSteps: [] });
