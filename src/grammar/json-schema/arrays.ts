import { COST, spend } from "../work.js";
import { refuse } from "./refusal.js";
import { ANY, NEVER, type Term, type Terms } from "./terms.js";

/** From `from` on, at least `min` and at most `max` items are of the schema. */
export interface Containing {
  readonly schema: Term;
  readonly from: number;
  readonly min: number;
  readonly max: number;
}

/** A set of arrays: items by position, then all others; their number; how many are of a schema; whether all differ. */
export interface ArrayShape {
  readonly prefix: readonly Term[];
  readonly rest: Term;
  readonly contains: readonly Containing[];
  readonly min: number;
  readonly max: number;
  readonly unique: boolean;
}

/** Every array. */
export const ALL_ARRAYS: ArrayShape = {
  prefix: [],
  rest: ANY,
  contains: [],
  min: 0,
  max: Number.POSITIVE_INFINITY,
  unique: false,
};

/** The schema of the item at an index. */
export function itemSchema(shape: ArrayShape, index: number): Term {
  return shape.prefix[index] ?? shape.rest;
}

/** The arrays of both shapes; undefined where they plainly have none in common. */
export function intersectArrays(terms: Terms, a: ArrayShape, b: ArrayShape): ArrayShape | undefined {
  const length = Math.max(a.prefix.length, b.prefix.length);
  spend(COST.found * (1 + length));
  const prefix = Array.from({ length }, (_, i) => terms.and(itemSchema(a, i), itemSchema(b, i)));
  return trimmed({
    prefix,
    rest: terms.and(a.rest, b.rest),
    contains: [...a.contains, ...b.contains.filter((x) => !a.contains.some((y) => same(x, y)))],
    min: Math.max(a.min, b.min),
    max: Math.min(a.max, b.max),
    unique: a.unique || b.unique,
  });
}

function same(a: Containing, b: Containing): boolean {
  return a.schema === b.schema && a.from === b.from && a.min === b.min && a.max === b.max;
}

/** Ends the shape before the first item that nothing can be; undefined where too few are left. */
export function trimmed(shape: ArrayShape): ArrayShape | undefined {
  let { max } = shape;
  const end = shape.prefix.indexOf(NEVER);
  if (end >= 0) max = Math.min(max, end);
  else if (shape.rest === NEVER) max = Math.min(max, shape.prefix.length);
  if (max < shape.min) return undefined;
  const prefix = max < shape.prefix.length ? shape.prefix.slice(0, max) : shape.prefix;
  return { ...shape, prefix, max, rest: max <= prefix.length ? NEVER : shape.rest };
}

/** The arrays that are not of the shape, as a union of shapes, which may overlap. */
export function complementArray(terms: Terms, shape: ArrayShape, pointer: string): ArrayShape[] {
  if (shape.unique) refuse(pointer, "uniqueItems cannot be negated here.");
  const others: ArrayShape[] = [];
  if (shape.min > 0) others.push({ ...ALL_ARRAYS, max: shape.min - 1 });
  if (shape.max < Number.POSITIVE_INFINITY) others.push({ ...ALL_ARRAYS, min: shape.max + 1 });
  for (const [i, item] of shape.prefix.entries()) {
    if (item === ANY) continue;
    spend(i);
    const before = Array.from({ length: i }, () => ANY);
    others.push({ ...ALL_ARRAYS, prefix: [...before, terms.not(item)], min: i + 1 });
  }
  const from = shape.prefix.length;
  if (shape.rest !== ANY && shape.max > from) {
    const contains = [{ schema: terms.not(shape.rest), from, min: 1, max: Number.POSITIVE_INFINITY }];
    others.push({ ...ALL_ARRAYS, contains });
  }
  for (const { schema, from: start, min, max } of shape.contains) {
    if (min > 0) others.push({ ...ALL_ARRAYS, contains: [{ schema, from: start, min: 0, max: min - 1 }] });
    if (max < Number.POSITIVE_INFINITY) {
      others.push({ ...ALL_ARRAYS, contains: [{ schema, from: start, min: max + 1, max: Number.POSITIVE_INFINITY }] });
    }
  }
  return others;
}
