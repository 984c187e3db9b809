import { ALL_ARRAYS } from "./arrays.js";
import { decimalOf, ONE } from "./decimal.js";
import type { Place } from "./document.js";
import { list, wrong } from "./keyword-values.js";
import { ALL_NUMBERS, type NumberRange, point } from "./numbers.js";
import type { NamedProperty } from "./objects.js";
import { refuse, step } from "./refusal.js";
import { ALL_STRINGS, listedStrings } from "./strings.js";
import { NEVER, type Terms } from "./terms.js";
import { ALL_VALUES, NO_VALUES, type ValueSet } from "./value-set.js";

/** What `type` allows. */
export function readType(place: Place): ValueSet {
  const { type } = place.schema;
  if (type === undefined) return ALL_VALUES;
  const names: readonly unknown[] = Array.isArray(type) ? type : [type];
  let set = NO_VALUES;
  for (const name of names) {
    const one = typeof name === "string" ? TYPES.get(name) : undefined;
    if (one === undefined) {
      wrong(place, "type", "one or several of null, boolean, integer, number, string, array and object");
    }
    // A set of numbers and of integers is one of numbers, in either order.
    set = { ...set, ...one, ...(set.numbers === ALL_NUMBERS ? { numbers: ALL_NUMBERS } : {}) };
  }
  return set;
}

const TYPES: ReadonlyMap<string, Partial<ValueSet>> = new Map<string, Partial<ValueSet>>([
  ["null", { null: true }],
  ["boolean", { booleans: 3 }],
  ["integer", { numbers: [{ step: ONE, notSteps: [] }] }],
  ["number", { numbers: ALL_NUMBERS }],
  ["string", { strings: ALL_STRINGS }],
  ["array", { arrays: ALL_VALUES.arrays }],
  ["object", { objects: ALL_VALUES.objects }],
]);

/** What `enum` and `const` allow, each where it is there. */
export function readValues(terms: Terms, place: Place): ValueSet[] {
  const sets: ValueSet[] = [];
  const values = list(place, "enum");
  if (values !== undefined) sets.push(setOfValues(terms, values));
  if (place.schema["const"] !== undefined) sets.push(setOfValues(terms, [place.schema["const"]]));
  if (values?.length === 0) refuse(step(place.pointer, "enum"), "an empty enum allows no value.");
  return sets;
}

/** The set of some JSON values. */
export function setOfValues(terms: Terms, values: readonly unknown[]): ValueSet {
  const strings: string[] = [];
  const numbers: NumberRange[] = [];
  const set = { ...NO_VALUES, arrays: [...NO_VALUES.arrays], objects: [...NO_VALUES.objects] };
  for (const value of values) {
    if (value === null) set.null = true;
    else if (typeof value === "boolean") set.booleans |= value ? 2 : 1;
    else if (typeof value === "string") strings.push(value);
    else if (typeof value === "number") numbers.push(point(decimalOf(value)));
    else if (Array.isArray(value)) {
      const prefix = value.map((item) => terms.value(item));
      set.arrays.push({ ...ALL_ARRAYS, prefix, rest: NEVER, min: value.length, max: value.length });
    } else if (typeof value === "object") {
      const named = new Map<string, NamedProperty>();
      for (const [name, part] of Object.entries(value)) {
        named.set(name, { schema: terms.value(part), required: true, declared: true });
      }
      set.objects.push({ named, rest: [], witnesses: [], min: 0, max: Number.POSITIVE_INFINITY });
    }
  }
  return { ...set, numbers, strings: listedStrings(strings) };
}
