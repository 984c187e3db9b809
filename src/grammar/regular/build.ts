import { COST, spend } from "../work.js";
import { ByteSet } from "./byte-set.js";
import { EMPTY, intern, Kind, NOTHING, Regular } from "./regular.js";
import { normaliseUnion } from "./union.js";

const MOST_IDS = 2 ** 26;
const NO_PARTS: readonly Regular[] = [];
const ofBytes = new WeakMap<ByteSet, Regular>();

/** One byte of a set. */
export function bytes(set: ByteSet): Regular {
  if (set.isEmpty) return NOTHING;
  let found = ofBytes.get(set);
  if (found === undefined) {
    spend(COST.made);
    found = new Regular(Kind.bytes, NO_PARTS, set, 0, 0, false);
    ofBytes.set(set, found);
  }
  return found;
}

/** Any one byte. */
export const ANY_BYTE = bytes(ByteSet.range(0, 255));

/** Texts of one language after another. */
export function concatenation(...parts: readonly Regular[]): Regular {
  return concatenationOf(parts);
}

/** `concatenation` for lists of any length. */
export function concatenationOf(parts: readonly Regular[]): Regular {
  let rest = EMPTY;
  for (let i = parts.length - 1; i >= 0; i--) rest = pair(parts[i] as Regular, rest);
  return rest;
}

function pair(first: Regular, second: Regular): Regular {
  if (first === NOTHING || second === NOTHING) return NOTHING;
  if (first === EMPTY) return second;
  if (second === EMPTY) return first;
  if (first.kind !== Kind.concatenation) return cons(first, second);
  const heads: Regular[] = [];
  let last = first;
  for (; last.kind === Kind.concatenation; last = last.tail) heads.push(last.head);
  let rest = cons(last, second);
  for (let i = heads.length - 1; i >= 0; i--) rest = cons(heads[i] as Regular, rest);
  return rest;
}

function cons(head: Regular, tail: Regular): Regular {
  // r* r* is r*, without which nested repetitions grow.
  if (head.kind === Kind.repetition && head.min === 0 && head.max === Number.POSITIVE_INFINITY) {
    if (tail === head || (tail.kind === Kind.concatenation && tail.head === head)) return tail;
  }
  const isNullable = head.isNullable && tail.isNullable;
  // Numbers are made and found faster than texts, and these are most of all expressions.
  const key = head.id < MOST_IDS && tail.id < MOST_IDS ? head.id * MOST_IDS + tail.id : `c${head.id},${tail.id}`;
  return intern(key, () => new Regular(Kind.concatenation, [head, tail], undefined, 0, 0, isNullable));
}

/** Texts of any of the languages. */
export function union(...parts: readonly Regular[]): Regular {
  return unionOf(parts);
}

/** `union` for lists of any length. */
export function unionOf(parts: Iterable<Regular>): Regular {
  const flat = new Set<Regular>();
  for (const part of parts) {
    if (part === NOTHING) continue;
    if (part.kind === Kind.union) for (const inner of part.parts) flat.add(inner);
    else flat.add(part);
  }
  spend(flat.size);
  if (flat.has(ANY_TEXT)) return ANY_TEXT;
  if (flat.size === 0) return NOTHING;
  if (flat.size === 1) return [...flat][0] as Regular;
  const terms = normaliseUnion(flat, { bytes, concatenation, repetition, unionOf });
  if (terms.length === 1) return terms[0] as Regular;
  terms.sort((a, b) => a.id - b.id);
  const isNullable = terms.some((term) => term.isNullable);
  return intern(`u${ids(terms)}`, () => new Regular(Kind.union, terms, undefined, 0, 0, isNullable));
}

/** Texts that are in every one of the languages; all texts, where there are none. */
export function intersection(...parts: readonly Regular[]): Regular {
  const flat = new Set<Regular>();
  let set: ByteSet | undefined;
  for (const part of parts.flatMap((part) => (part.kind === Kind.intersection ? part.parts : [part]))) {
    if (part === NOTHING) return NOTHING;
    if (part === ANY_TEXT) continue;
    if (part.set !== undefined) set = set?.intersection(part.set) ?? part.set;
    else flat.add(part);
  }
  spend(5 * flat.size);
  if (set !== undefined) flat.add(bytes(set));
  if (flat.has(NOTHING)) return NOTHING;
  if (flat.has(EMPTY)) return [...flat].every((part) => part.isNullable) ? EMPTY : NOTHING;
  for (const part of flat) if (part.kind === Kind.complement && flat.has(part.head)) return NOTHING;
  const terms = [...flat].sort((a, b) => a.id - b.id);
  if (terms.length === 0) return ANY_TEXT;
  if (terms.length === 1) return terms[0] as Regular;
  const isNullable = terms.every((term) => term.isNullable);
  return intern(`i${ids(terms)}`, () => new Regular(Kind.intersection, terms, undefined, 0, 0, isNullable));
}

/** All texts (of any bytes) that are not in the language. */
export function complement(part: Regular): Regular {
  if (part.kind === Kind.complement) return part.head;
  if (part === NOTHING) return ANY_TEXT;
  if (part === ANY_TEXT) return NOTHING;
  return intern(`n${part.id}`, () => new Regular(Kind.complement, [part], undefined, 0, 0, !part.isNullable));
}

/** Texts of one language that are not in another. */
export function difference(part: Regular, without: Regular): Regular {
  return intersection(part, complement(without));
}

/**
 * From `min` to `max` texts of a language after one another; `max` may be Infinity. Bounds are counted, never
 * unrolled: a bound of a billion costs what one of two does.
 */
export function repetition(part: Regular, min: number, max: number): Regular {
  if (max < min) return NOTHING;
  if (max === 0 || part === EMPTY) return EMPTY;
  if (part === NOTHING) return min === 0 ? EMPTY : NOTHING;
  if (min === 1 && max === 1) return part;
  // A nullable text may be left out, so there is no lower bound, and being empty adds nothing.
  const least = part.isNullable ? 0 : min;
  if (part.isNullable && part.kind === Kind.union && part.parts.includes(EMPTY)) {
    return repetition(unionOf(part.parts.filter((inner) => inner !== EMPTY)), least, max);
  }
  if (part.kind === Kind.repetition) {
    const flat = flatten(part, least, max);
    if (flat !== undefined) return flat;
  }
  return intern(
    `r${part.id},${least},${max}`,
    () => new Regular(Kind.repetition, [part], undefined, least, max, least === 0 || part.isNullable),
  );
}

/** (r{a,b}){c,d} is r{ac,bd} where the counts from ac to bd leave no gap. */
function flatten(part: Regular, min: number, max: number): Regular | undefined {
  // Between k and k + 1 rounds lie the counts from kb + 1 to (k + 1)a - 1; the gap is largest for the fewest rounds.
  const hasGap = min !== max && (min + 1) * part.min > times(min, part.max) + 1;
  return hasGap ? undefined : repetition(part.head, min * part.min, times(max, part.max));
}

function times(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : a * b;
}

/** Any bytes at all, none included. */
export const ANY_TEXT = repetition(ANY_BYTE, 0, Number.POSITIVE_INFINITY);

export function optional(part: Regular): Regular {
  return repetition(part, 0, 1);
}

function ids(parts: readonly Regular[]): string {
  return parts.map((part) => part.id).join(",");
}
