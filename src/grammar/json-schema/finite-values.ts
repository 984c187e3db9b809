import { COST, spend } from "../work.js";
import { type ArrayShape, itemSchema } from "./arrays.js";
import { compare, decimal, decimalText } from "./decimal.js";
import { contains, multiples, type NumberRange } from "./numbers.js";
import type { ObjectShape } from "./objects.js";
import type { Reader } from "./reader.js";
import { isNoString } from "./strings.js";
import type { Term } from "./terms.js";

/**
 * All values of a term, where they are at most `most`; undefined where they are more, or it is not plain that they are
 * not.
 */
export function finiteValues(reader: Reader, term: Term, most: number, depth = 0): unknown[] | undefined {
  if (depth > 8) return undefined;
  spend(COST.made);
  const { null: hasNull, booleans, numbers, strings, arrays, objects } = reader.normal(term);
  const values: unknown[] = [];
  if (hasNull) values.push(null);
  if ((booleans & 1) !== 0) values.push(false);
  if ((booleans & 2) !== 0) values.push(true);
  const inside = (part: Term) => finiteValues(reader, part, most, depth + 1);
  const lists = [
    strings.list !== undefined ? [...strings.list] : isNoString(strings) ? [] : undefined,
    ...numbers.map((range) => numbersOf(range, most)),
    ...arrays.map((shape) => arraysOf(shape, inside, most)),
    ...objects.map((shape) => objectsOf(shape, inside, most)),
  ];
  for (const list of lists) {
    if (list === undefined || list.length + values.length > most) return undefined;
    values.push(...list);
  }
  return values;
}

function numbersOf(range: NumberRange, most: number): number[] | undefined {
  const { low, high, step } = range;
  if (low === undefined || high === undefined) return undefined;
  if (compare(low.value, high.value) === 0) return [Number(decimalText(low.value))];
  if (step === undefined) return undefined;
  const [first, last] = multiples(range, step) as [bigint, bigint];
  if (last - first >= BigInt(most)) return undefined;
  const found: number[] = [];
  for (let n = first; n <= last; n++) {
    const value = decimal(step.digits * n, step.scale);
    if (contains(range, value)) found.push(Number(decimalText(value)));
  }
  return found;
}

type Inside = (term: Term) => unknown[] | undefined;

function arraysOf(shape: ArrayShape, inside: Inside, most: number): unknown[][] | undefined {
  if (shape.min !== shape.max || shape.min > 64 || shape.unique || shape.contains.length > 0) return undefined;
  return product(
    Array.from({ length: shape.min }, (_, i) => inside(itemSchema(shape, i))),
    most,
  );
}

function objectsOf({ named, rest, witnesses, min }: ObjectShape, inside: Inside, most: number): unknown[] | undefined {
  const properties = [...named];
  if (rest.length > 0 || witnesses.length > 0 || min > named.size) return undefined;
  if (properties.some(([, { required }]) => !required)) return undefined;
  const values = product(
    properties.map(([, { schema }]) => inside(schema)),
    most,
  );
  return values?.map((list) => Object.fromEntries(list.map((value, i) => [properties[i]?.[0], value])));
}

/** Every way to take one value of each list. */
function product(lists: readonly (readonly unknown[] | undefined)[], most: number): unknown[][] | undefined {
  let ways: unknown[][] = [[]];
  for (const list of lists) {
    if (list === undefined || ways.length * list.length > most) return undefined;
    ways = ways.flatMap((way) => list.map((value) => [...way, value]));
  }
  return ways;
}
