import { spend } from "../work.js";
import { ALL_ARRAYS, type ArrayShape, complementArray, intersectArrays } from "./arrays.js";
import { ALL_NUMBERS, complementNumbers, intersectNumbers, type NumberSet, uniteNumbers } from "./numbers.js";
import { complementObject, intersectObjects, type ObjectShape, objectShape } from "./objects.js";
import { refuse } from "./refusal.js";
import {
  ALL_STRINGS,
  complementStrings,
  intersectStrings,
  isNoString,
  NO_STRINGS,
  type StringSet,
  uniteAllStrings,
} from "./strings.js";
import type { Terms } from "./terms.js";

/** A set of JSON values, type by type; arrays and objects are unions of shapes, which may overlap. */
export interface ValueSet {
  readonly null: boolean;
  /** Bit 0: false is in the set, bit 1: true is. */
  readonly booleans: number;
  readonly numbers: NumberSet;
  readonly strings: StringSet;
  readonly arrays: readonly ArrayShape[];
  readonly objects: readonly ObjectShape[];
}

export const NO_VALUES: ValueSet = {
  null: false,
  booleans: 0,
  numbers: [],
  strings: NO_STRINGS,
  arrays: [],
  objects: [],
};

export const ALL_VALUES: ValueSet = {
  null: true,
  booleans: 3,
  numbers: ALL_NUMBERS,
  strings: ALL_STRINGS,
  arrays: [ALL_ARRAYS],
  objects: [objectShape(ALL_STRINGS, {})],
};

const MAX_SHAPES = 512;

/**
 * The algebra of value sets. `isNever` may drop a shape that no value can have: it decides how large the unions become.
 */
export class ValueSets {
  readonly #terms: Terms;
  readonly #isEmpty: (set: ValueSet) => boolean;

  constructor(terms: Terms, isEmpty: (set: ValueSet) => boolean) {
    this.#terms = terms;
    this.#isEmpty = isEmpty;
  }

  intersect(a: ValueSet, b: ValueSet, pointer: string): ValueSet {
    if (a === ALL_VALUES) return b;
    if (b === ALL_VALUES) return a;
    const arrays = product(a.arrays, b.arrays, (x, y) => intersectArrays(this.#terms, x, y));
    const objects = product(a.objects, b.objects, (x, y) => intersectObjects(this.#terms, x, y));
    return {
      null: a.null && b.null,
      booleans: a.booleans & b.booleans,
      numbers: intersectNumbers(a.numbers, b.numbers) ?? refuse(pointer, "its numbers fall into too many ranges."),
      strings: intersectStrings(a.strings, b.strings),
      arrays: this.#pruned(arrays, (array) => ({ ...NO_VALUES, arrays: [array] }), pointer),
      objects: this.#pruned(objects, (object) => ({ ...NO_VALUES, objects: [object] }), pointer),
    };
  }

  unite(a: ValueSet, b: ValueSet, pointer: string): ValueSet {
    return this.uniteAll([a, b], pointer);
  }

  /** All at once, as a union of many costs more by two and two. */
  uniteAll(sets: readonly ValueSet[], pointer: string): ValueSet {
    if (sets.includes(ALL_VALUES)) return ALL_VALUES;
    const some = sets.filter((set) => set !== NO_VALUES);
    if (some.length < 2) return some[0] ?? NO_VALUES;
    const numbers = uniteNumbers(some.map((set) => set.numbers));
    return {
      null: some.some((set) => set.null),
      booleans: some.reduce((both, { booleans }) => both | booleans, 0),
      numbers: numbers ?? refuse(pointer, "its numbers fall into too many ranges."),
      strings: uniteAllStrings(some.map(({ strings }) => strings)),
      arrays: this.#bounded(
        some.flatMap(({ arrays }) => arrays),
        pointer,
      ),
      objects: this.#bounded(
        some.flatMap(({ objects }) => objects),
        pointer,
      ),
    };
  }

  complement(set: ValueSet, pointer: string): ValueSet {
    if (set === ALL_VALUES) return NO_VALUES;
    if (set === NO_VALUES) return ALL_VALUES;
    let rest: ValueSet = {
      null: !set.null,
      booleans: 3 & ~set.booleans,
      numbers: complementNumbers(set.numbers) ?? refuse(pointer, "its numbers fall into too many ranges."),
      strings: complementStrings(set.strings),
      arrays: ALL_VALUES.arrays,
      objects: ALL_VALUES.objects,
    };
    for (const array of set.arrays) {
      rest = this.intersect(rest, { ...ALL_VALUES, arrays: complementArray(this.#terms, array, pointer) }, pointer);
    }
    for (const object of set.objects) {
      const others = complementObject(this.#terms, ALL_STRINGS, object);
      rest = this.intersect(rest, { ...ALL_VALUES, objects: others }, pointer);
    }
    return rest;
  }

  #pruned<T>(shapes: readonly T[], alone: (shape: T) => ValueSet, pointer: string): readonly T[] {
    const kept = shapes.length < 2 ? shapes : shapes.filter((shape) => !this.#isEmpty(alone(shape)));
    return this.#bounded(kept, pointer);
  }

  #bounded<T>(shapes: readonly T[], pointer: string): readonly T[] {
    if (shapes.length > MAX_SHAPES) refuse(pointer, TOO_MANY);
    return shapes;
  }
}

const TOO_MANY = "its alternatives combine in too many ways to compile.";

function product<T>(a: readonly T[], b: readonly T[], intersect: (x: T, y: T) => T | undefined): T[] {
  spend(10 * a.length * b.length);
  return a.flatMap((x) => b.map((y) => intersect(x, y)).filter((both) => both !== undefined));
}

/** True only where the set plainly holds nothing. */
export function isNothing(set: ValueSet): boolean {
  return (
    !set.null &&
    set.booleans === 0 &&
    set.numbers.length === 0 &&
    set.arrays.length === 0 &&
    set.objects.length === 0 &&
    isNoString(set.strings)
  );
}
