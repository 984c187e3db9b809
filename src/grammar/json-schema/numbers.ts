import { COST, spend } from "../work.js";
import { compare, type Decimal, decimal, digitsAt, isMultiple, leastCommonMultiple } from "./decimal.js";

/** One end of an interval; `open` excludes the value itself. */
export interface Bound {
  readonly value: Decimal;
  readonly open: boolean;
}

/** The numbers of an interval that are multiples of `step`, and of none of `notSteps`. */
export interface NumberRange {
  readonly low?: Bound;
  readonly high?: Bound;
  readonly step?: Decimal;
  readonly notSteps: readonly Decimal[];
}

/** A union of ranges. Numbers are exact decimals, as JSON has them: nothing here is rounded to doubles. */
export type NumberSet = readonly NumberRange[];

export const ALL_NUMBERS: NumberSet = [{ notSteps: [] }];

/** How many multiples are tried one by one to see whether any is left. */
const TRIED = 1000n;
/** A set of more ranges than this is given up. */
const MAX_RANGES = 4096;

export function point(value: Decimal): NumberRange {
  return { low: { value, open: false }, high: { value, open: false }, notSteps: [] };
}

export function isPoint(range: NumberRange): boolean {
  return range.low !== undefined && range.high !== undefined && compare(range.low.value, range.high.value) === 0;
}

/** The numbers in both sets; undefined where that takes too many ranges. */
export function intersectNumbers(a: NumberSet, b: NumberSet): NumberSet | undefined {
  spend(COST.made * a.length * b.length);
  const both: NumberRange[] = [];
  for (const x of a) {
    for (const y of b) {
      const range = intersectRanges(x, y);
      if (!isEmptyRange(range)) both.push(range);
    }
  }
  return simplified(both);
}

export function uniteNumbers(sets: readonly NumberSet[]): NumberSet | undefined {
  return simplified(sets.flat());
}

/** Every number that is not in the set; undefined where that takes too many ranges. */
export function complementNumbers(set: NumberSet): NumberSet | undefined {
  let rest: NumberSet | undefined = ALL_NUMBERS;
  for (const range of set) {
    if (rest === undefined) return undefined;
    rest = intersectNumbers(rest, complementRange(range));
  }
  return rest;
}

function complementRange({ low, high, step, notSteps }: NumberRange): NumberRange[] {
  const outside: NumberRange[] = notSteps.map((notStep) => ({ step: notStep, notSteps: [] }));
  if (low !== undefined) outside.push({ high: { value: low.value, open: !low.open }, notSteps: [] });
  if (high !== undefined) outside.push({ low: { value: high.value, open: !high.open }, notSteps: [] });
  if (step !== undefined) outside.push({ notSteps: [step] });
  return outside;
}

function intersectRanges(a: NumberRange, b: NumberRange): NumberRange {
  const low = tighter(a.low, b.low, 1);
  const high = tighter(a.high, b.high, -1);
  const step = a.step === undefined ? b.step : b.step === undefined ? a.step : leastCommonMultiple(a.step, b.step);
  const notSteps = [...a.notSteps];
  for (const other of b.notSteps) if (!notSteps.some((known) => compare(known, other) === 0)) notSteps.push(other);
  return {
    ...(low === undefined ? {} : { low }),
    ...(high === undefined ? {} : { high }),
    ...(step === undefined ? {} : { step }),
    notSteps,
  };
}

/** The bound that leaves less; `side` is 1 for lower bounds and -1 for upper ones. */
function tighter(a: Bound | undefined, b: Bound | undefined, side: 1 | -1): Bound | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const order = compare(a.value, b.value) * side;
  return order > 0 || (order === 0 && (a.open || !b.open)) ? a : b;
}

/**
 * Multiples of `step` between the bounds as counts of steps, [first, last]; an end that is not bounded is undefined.
 */
export function multiples(range: NumberRange, step: Decimal): [first: bigint | undefined, last: bigint | undefined] {
  const count = (bound: Bound | undefined, up: boolean): bigint | undefined => {
    if (bound === undefined) return undefined;
    const scale = Math.max(bound.value.scale, step.scale);
    const [value, size] = [digitsAt(bound.value, scale), digitsAt(step, scale)];
    const below = value / size - (value % size < 0n ? 1n : 0n);
    if (value % size === 0n) return bound.open ? below + (up ? 1n : -1n) : below;
    return up ? below + 1n : below;
  };
  return [count(range.low, true), count(range.high, false)];
}

/** True only where no number is in the range. */
export function isEmptyRange(range: NumberRange): boolean {
  const { low, high, step, notSteps } = range;
  if (low !== undefined && high !== undefined) {
    const order = compare(low.value, high.value);
    if (order > 0 || (order === 0 && (low.open || high.open))) return true;
    if (order === 0) return !contains(range, low.value);
  }
  if (step === undefined) return false;
  if (notSteps.some((notStep) => isMultiple(step, notStep))) return true;
  const [first, last] = multiples(range, step);
  if (first === undefined || last === undefined) return false;
  if (last - first >= TRIED) return false;
  for (let n = first; n <= last; n++) {
    const value = decimal(step.digits * n, step.scale);
    spend(10 * (1 + notSteps.length));
    if (!notSteps.some((notStep) => isMultiple(value, notStep))) return false;
  }
  return true;
}

/** Whether the number is in the range. */
export function contains({ low, high, step, notSteps }: NumberRange, value: Decimal): boolean {
  const below = low === undefined ? 1 : compare(value, low.value);
  const above = high === undefined ? -1 : compare(value, high.value);
  return (
    (below > 0 || (below === 0 && low?.open === false)) &&
    (above < 0 || (above === 0 && high?.open === false)) &&
    (step === undefined || isMultiple(value, step)) &&
    !notSteps.some((notStep) => isMultiple(value, notStep))
  );
}

/** Without ranges that lie in others, so that "integer or number" is "number". */
function simplified(set: readonly NumberRange[]): NumberSet | undefined {
  if (set.length < 2) return set;
  if (set.length > MAX_RANGES) return undefined;
  let kept: NumberRange[] = [];
  let whole: NumberRange[] = [];
  const points = new Set<string>();
  for (const range of set) {
    spend(COST.found * (4 + whole.length));
    if (isPoint(range)) {
      const key = `${range.low?.value.digits}/${range.low?.value.scale}`;
      if (points.has(key)) continue;
      points.add(key);
    }
    if (whole.some((other) => covers(other, range))) continue;
    if (!isPoint(range) && range.step === undefined && range.notSteps.length === 0) {
      spend(COST.found * kept.length);
      kept = kept.filter((other) => !covers(range, other));
      whole = [...whole.filter((other) => !covers(range, other)), range];
    }
    kept.push(range);
  }
  return kept;
}

/** Whether every number of `inner` is in `outer`, which has neither steps nor steps left out. */
function covers(outer: NumberRange, inner: NumberRange): boolean {
  return (
    (outer.low === undefined || (inner.low !== undefined && tighter(inner.low, outer.low, 1) === inner.low)) &&
    (outer.high === undefined || (inner.high !== undefined && tighter(inner.high, outer.high, -1) === inner.high))
  );
}
