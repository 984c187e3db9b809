import { spend } from "../work.js";
import type { ByteSet } from "./byte-set.js";
import { EMPTY, Kind, type Regular } from "./regular.js";

/** The constructors, handed in because they normalise unions themselves. */
interface Constructors {
  readonly bytes: (set: ByteSet) => Regular;
  readonly concatenation: (...parts: readonly Regular[]) => Regular;
  readonly repetition: (part: Regular, min: number, max: number) => Regular;
  readonly unionOf: (parts: Iterable<Regular>) => Regular;
}

interface Interval {
  min: number;
  max: number;
}

/**
 * Terms of a union, made fewer by three rules, so that states with one meaning are mostly one expression:
 *
 * ```
 * h t1 | h t2            ->  h (t1 | t2)
 * r{a,b} t | r{c,d} t    ->  r{min(a,c),max(b,d)} t    where the bounds leave no gap; t alone is r{0,0} t
 * [x] t | [y] t          ->  [xy] t
 * ```
 */
export function normaliseUnion(terms: Iterable<Regular>, constructors: Constructors): Regular[] {
  let list = [...terms];
  for (;;) {
    const before = list.length;
    spend(10 * before);
    list = mergeByteSets(mergeCounts(factorHeads(list, constructors), constructors), constructors);
    if (list.length === before || list.length < 2) return list;
  }
}

/** Long texts that begin alike are factored a stretch at a time, as the stack allows. */
const DEEPEST_FACTORING = 200;
let nesting = 0;

const headOf = (term: Regular) => (term.kind === Kind.concatenation ? term.head : term);
const tailOf = (term: Regular) => (term.kind === Kind.concatenation ? term.tail : EMPTY);

function factorHeads(terms: readonly Regular[], { concatenation, unionOf }: Constructors): Regular[] {
  const byHead = groupBy(terms, headOf);
  if (byHead.size === terms.length || nesting >= DEEPEST_FACTORING) return [...terms];
  const merged: Regular[] = [];
  nesting++;
  try {
    for (const [head, group] of byHead) {
      if (group.length === 1 || head === EMPTY) merged.push(group[0] as Regular);
      else merged.push(concatenation(head, unionOf(group.map(tailOf))));
    }
  } finally {
    nesting--;
  }
  return flatten(merged);
}

function mergeCounts(terms: readonly Regular[], { concatenation, repetition }: Constructors): Regular[] {
  const counted = terms.filter((term) => headOf(term).kind === Kind.repetition);
  if (counted.length === 0) return [...terms];
  const kept = new Set(terms);
  for (const [tail, sameTail] of groupBy(counted, tailOf)) {
    for (const [part, group] of groupBy(sameTail, (term) => headOf(term).head)) {
      const intervals: Interval[] = group.map((term) => ({ min: headOf(term).min, max: headOf(term).max }));
      const hasNone = kept.has(tail);
      if (hasNone) intervals.push({ min: 0, max: 0 });
      const joined = join(intervals);
      if (joined.length === intervals.length) continue;
      for (const term of group) kept.delete(term);
      if (hasNone) kept.delete(tail);
      for (const { min, max } of joined) kept.add(concatenation(repetition(part, min, max), tail));
    }
  }
  return flatten(kept);
}

function mergeByteSets(terms: readonly Regular[], { bytes, concatenation }: Constructors): Regular[] {
  const single = terms.filter((term) => headOf(term).kind === Kind.bytes);
  if (single.length < 2) return [...terms];
  const byTail = groupBy(single, tailOf);
  if (byTail.size === single.length) return [...terms];
  const merged = terms.filter((term) => headOf(term).kind !== Kind.bytes);
  for (const [tail, group] of byTail) {
    const set = group.map((term) => headOf(term).set as ByteSet).reduce((a, b) => a.union(b));
    merged.push(concatenation(bytes(set), tail));
  }
  return merged;
}

/** Intervals that overlap or touch become one. */
function join(intervals: readonly Interval[]): Interval[] {
  const joined: Interval[] = [];
  for (const next of intervals.toSorted((a, b) => a.min - b.min)) {
    const last = joined.at(-1);
    if (last !== undefined && next.min <= last.max + 1) last.max = Math.max(last.max, next.max);
    else joined.push({ ...next });
  }
  return joined;
}

function flatten(terms: Iterable<Regular>): Regular[] {
  const flat = new Set<Regular>();
  for (const term of terms) {
    if (term.kind === Kind.union) for (const inner of term.parts) flat.add(inner);
    else flat.add(term);
  }
  return [...flat];
}

function groupBy(terms: Iterable<Regular>, keyOf: (term: Regular) => Regular): Map<Regular, Regular[]> {
  const groups = new Map<Regular, Regular[]>();
  for (const term of terms) {
    const key = keyOf(term);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [term]);
    else group.push(term);
  }
  return groups;
}
