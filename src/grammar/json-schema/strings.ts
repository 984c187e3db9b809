import { grammarError } from "../errors.js";
import { isEmpty, matches } from "../regular/automaton.js";
import { complement, difference, intersection, repetition, union, unionOf } from "../regular/build.js";
import { ALL_SCALARS } from "../regular/code-points.js";
import { NOTHING, type Regular } from "../regular/regular.js";
import { codePoints, texts } from "../regular/utf8.js";
import { COST, spend } from "../work.js";

/** A set of strings, as values: what is left when quotes and escapes of their JSON text are taken away. */
export interface StringSet {
  /** Their UTF-8. */
  readonly language: Regular;
  /** All of them, where the set was made of a list. */
  readonly list?: ReadonlySet<string>;
  /** The numbers of code points, where nothing else is asked of the strings. */
  readonly length?: readonly [min: number, max: number];
  /** Whether some strings that belong to the set are left out of it, so that it has no complement. */
  readonly isPartial?: true;
  /** Those of them that are written, where not all are of use. */
  readonly preferred?: Regular;
}

const CHARACTER = codePoints(ALL_SCALARS);

export const ALL_STRINGS = stringsOfLength(0, Number.POSITIVE_INFINITY);
export const NO_STRINGS: StringSet = { language: NOTHING, list: new Set() };

/** Strings of `min` to `max` code points. */
export function stringsOfLength(min: number, max: number): StringSet {
  return max < min ? NO_STRINGS : { language: repetition(CHARACTER, min, max), length: [min, max] };
}

export function listedStrings(values: Iterable<string>): StringSet {
  const list = new Set(values);
  spend(2 * list.size);
  if (list.size === 0) return NO_STRINGS;
  let language: Regular | undefined;
  return {
    list,
    // Mostly the list is all that is asked for, and the language of a long one takes time to make.
    get language() {
      language ??= texts(list);
      return language;
    },
  };
}

/** Strings of a language of UTF-8 texts; bytes that are not UTF-8 are left out. */
export function regularStrings(language: Regular): StringSet {
  return { language: language.isPure ? language : intersection(ALL_STRINGS.language, language) };
}

export function intersectStrings(a: StringSet, b: StringSet): StringSet {
  if (a === b || b === ALL_STRINGS) return a;
  if (a === ALL_STRINGS) return b;
  if (a.isPartial === true || b.isPartial === true) return partial(intersectStrings(whole(a), whole(b)));
  if (a.list !== undefined) return listedStrings([...a.list].filter((value) => testString(b, value)));
  if (b.list !== undefined) return intersectStrings(b, a);
  if (a.length !== undefined && b.length !== undefined) {
    return stringsOfLength(Math.max(a.length[0], b.length[0]), Math.min(a.length[1], b.length[1]));
  }
  const language = intersection(a.language, b.language);
  if (a.preferred === undefined && b.preferred === undefined) return { language };
  return { language, preferred: intersection(a.preferred ?? a.language, b.preferred ?? b.language) };
}

/** The language of what is written of a set. */
export function writtenLanguage({ language, preferred }: StringSet): Regular {
  return preferred === undefined || isEmpty(preferred) ? language : preferred;
}

export function uniteStrings(a: StringSet, b: StringSet): StringSet {
  if (a === b || b === NO_STRINGS || a === ALL_STRINGS) return a;
  if (a === NO_STRINGS || b === ALL_STRINGS) return b;
  if (a.isPartial === true || b.isPartial === true) return partial(uniteStrings(whole(a), whole(b)));
  if (a.list !== undefined && b.list !== undefined) return listedStrings([...a.list, ...b.list]);
  const language = union(a.language, b.language);
  if (a.preferred === undefined && b.preferred === undefined) return { language };
  return { language, preferred: union(writtenLanguage(a), writtenLanguage(b)) };
}

/** The strings of any of the sets: lists make one list, and languages one union. */
export function uniteAllStrings(sets: readonly StringSet[]): StringSet {
  if (sets.includes(ALL_STRINGS)) return ALL_STRINGS;
  const others = sets.filter(({ list }) => list === undefined);
  const listed = sets.flatMap(({ list }) => (list === undefined ? [] : [list]));
  const all = listed.length === 0 ? NO_STRINGS : listedStrings(listed.flatMap((list) => [...list]));
  const isPlain = others.length > 1 && others.every(({ isPartial, preferred }) => isPartial !== true && !preferred);
  if (!isPlain) return others.reduce(uniteStrings, all);
  return uniteStrings(all, { language: unionOf(others.map(({ language }) => language)) });
}

/** The set marked as partial. */
export function partial(set: StringSet): StringSet {
  return { ...set, isPartial: true };
}

function whole({ isPartial: _, ...set }: StringSet): StringSet {
  return set;
}

/**
 * Every string that is not in the set.
 * @throws LlamaError `grammar` for sets that are partial
 */
export function complementStrings(set: StringSet): StringSet {
  if (set.isPartial === true) throw grammarError("Its format is supported as it is, but not negated.");
  if (set === ALL_STRINGS) return NO_STRINGS;
  if (set === NO_STRINGS) return ALL_STRINGS;
  if (set.length !== undefined) {
    const [min, max] = set.length;
    const shorter = stringsOfLength(0, min - 1);
    if (max === Number.POSITIVE_INFINITY) return shorter;
    return uniteStrings(shorter, stringsOfLength(max + 1, Number.POSITIVE_INFINITY));
  }
  return { language: intersection(ALL_STRINGS.language, complement(set.language)) };
}

/** The set without some strings. */
export function stringsWithout(set: StringSet, values: readonly string[]): StringSet {
  spend(COST.found * values.length);
  const inside = new Set(values.filter((value) => testString(set, value)));
  if (inside.size === 0) return set;
  const mark = set.isPartial === true ? partial : (result: StringSet) => result;
  if (set.list !== undefined) return mark(listedStrings([...set.list].filter((value) => !inside.has(value))));
  const rest = { language: difference(set.language, texts(inside)) };
  return mark(set.preferred === undefined ? rest : { ...rest, preferred: difference(set.preferred, texts(inside)) });
}

const encoder = new TextEncoder();

export function testString(set: StringSet, value: string): boolean {
  if (set === ALL_STRINGS) return true;
  return set.list?.has(value) ?? matches(set.language, encoder.encode(value));
}

/**
 * Whether no string is in the set.
 * @throws LlamaError `grammar` where that takes too many states to find out
 */
export function isNoString(set: StringSet): boolean {
  if (set.length !== undefined) return false;
  return set.list === undefined ? isEmpty(set.language) : set.list.size === 0;
}

/** Whether no string is in the set, nor left out of it. */
export function isSurelyNoString(set: StringSet): boolean {
  return set.isPartial !== true && isNoString(set);
}
