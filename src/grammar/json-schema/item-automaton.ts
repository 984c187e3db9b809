import { COST, spend } from "../work.js";
import { type ArrayShape, type Containing, itemSchema } from "./arrays.js";
import { finiteValues } from "./finite-values.js";
import { refuse } from "./refusal.js";
import type { SchemaReader } from "./schema-reader.js";
import { NEVER, type Term } from "./terms.js";

/** One more item, and the state after it. */
export interface ItemEdge {
  readonly item: Term;
  readonly target: number;
}

export interface ItemState {
  readonly edges: readonly ItemEdge[];
  readonly isAccepting: boolean;
}

const MAX_STATES = 2048;
const MAX_EDGES = 20_000;
/** Values that are told apart in an array whose items all differ. */
const MAX_VALUES = 64;

/** Arrays of which more is asked than what each item is: the first state is 0. */
export class ItemAutomaton {
  readonly states: readonly ItemState[];

  constructor(states: readonly ItemState[]) {
    this.states = states;
  }

  /** The states from which an array can be finished. */
  live(isInhabited: (term: Term) => boolean): ReadonlySet<number> {
    const live = new Set<number>();
    for (let before = -1; before !== live.size; ) {
      before = live.size;
      for (let i = this.states.length - 1; i >= 0; i--) {
        const { edges, isAccepting } = this.states[i] as ItemState;
        spend(1 + edges.length);
        if (isAccepting || edges.some(({ item, target }) => live.has(target) && isInhabited(item))) live.add(i);
      }
    }
    return live;
  }
}

/** The automaton of a shape with `contains` or `unique`, or the shape itself where these ask nothing. */
export function itemAutomaton(reader: SchemaReader, shape: ArrayShape, pointer: string): ArrayShape | ItemAutomaton {
  const contains = shape.contains.filter(({ min, max }) => min > 0 || Number.isFinite(max));
  if (!shape.unique || isSurelyUnique(reader, shape)) {
    if (contains.length === 0) return { ...shape, contains, unique: false };
    return build(containing(reader, { ...shape, contains }), pointer);
  }
  if (contains.length > 0) refuse(pointer, "uniqueItems together with contains is not supported.");
  return build(distinct(reader, shape, pointer), pointer);
}

/** How states follow one another: a state is any value that its key tells from others. */
interface Walk<S> {
  readonly start: S;
  key(state: S): string;
  isAccepting(state: S): boolean;
  next(state: S): readonly (readonly [item: Term, state: S])[];
}

function build<S>(walk: Walk<S>, pointer: string): ItemAutomaton {
  const numbers = new Map<string, number>();
  const found: S[] = [];
  const numberOf = (state: S): number => {
    const key = walk.key(state);
    let number = numbers.get(key);
    if (number === undefined) {
      number = found.push(state) - 1;
      numbers.set(key, number);
    }
    return number;
  };
  numberOf(walk.start);
  const states: ItemState[] = [];
  let count = 0;
  for (const state of found) {
    const edges = walk.next(state).filter(([item]) => item !== NEVER);
    count += edges.length;
    spend(COST.made * (1 + edges.length));
    if (found.length > MAX_STATES || count > MAX_EDGES) {
      refuse(pointer, "its arrays can be put together in too many ways for uniqueItems or contains.");
    }
    states.push({
      edges: edges.map(([item, target]) => ({ item, target: numberOf(target) })),
      isAccepting: walk.isAccepting(state),
    });
  }
  return new ItemAutomaton(states);
}

interface Counted {
  /** Items so far, up to the number from which on they are all alike. */
  readonly index: number;
  /** For each `contains`, items of its schema so far, as far as they matter. */
  readonly counts: readonly number[];
}

function containing({ terms }: SchemaReader, shape: ArrayShape): Walk<Counted> {
  const { prefix, contains, min, max } = shape;
  // The first state is that of the empty array alone.
  const last = Math.max(1, prefix.length, min, Number.isFinite(max) ? max : 0, ...contains.map(({ from }) => from));
  const isExact = (c: Containing) => c.max !== Number.POSITIVE_INFINITY;
  return {
    start: { index: 0, counts: contains.map(() => 0) },
    key: ({ index, counts }) => `${index} ${counts.join()}`,
    isAccepting: ({ index, counts }) => index >= min && contains.every((c, i) => (counts[i] as number) >= c.min),
    next: ({ index, counts }) => {
      if (index >= max) return [];
      let options: [Term, number[]][] = [[itemSchema(shape, index), []]];
      contains.forEach((c, i) => {
        const count = counts[i] as number;
        const isCounted = index >= c.from && (isExact(c) || count < c.min);
        options = options.flatMap(([item, before]): [Term, number[]][] => {
          if (!isCounted) return [[item, [...before, count]]];
          // Items that are of the schema may be left uncounted where there is no upper bound.
          const other: [Term, number[]] = [
            isExact(c) ? terms.and(item, terms.not(c.schema)) : item,
            [...before, count],
          ];
          return count >= c.max ? [other] : [[terms.and(item, c.schema), [...before, count + 1]], other];
        });
      });
      const after = Math.min(index + 1, last);
      return options.map(([item, next]) => [item, { index: after, counts: next }]);
    },
  };
}

/** No two items can be equal: there is one at most, or they are of schemas that plainly have nothing in common. */
function isSurelyUnique(reader: SchemaReader, { prefix, rest, max }: ArrayShape): boolean {
  if (max <= 1) return true;
  if (rest !== NEVER || prefix.length > 50) return false;
  return prefix.every((item, i) =>
    prefix.slice(0, i).every((other) => reader.isPlainlyEmpty(reader.normal(reader.terms.and(item, other)))),
  );
}

interface Used {
  readonly index: number;
  readonly used: bigint;
}

function distinct(reader: SchemaReader, shape: ArrayShape, pointer: string): Walk<Used> {
  const { terms } = reader;
  const known = new Map<Term, number>();
  const values = (schema: Term): readonly Term[] => {
    const list = finiteValues(reader, schema, MAX_VALUES);
    if (list === undefined) {
      refuse(pointer, "uniqueItems is supported where the items are of a short list of values, as by enum.");
    }
    return list.map((value) => terms.value(value));
  };
  const bit = (value: Term): bigint => {
    if (!known.has(value)) known.set(value, known.size);
    return 1n << BigInt(known.get(value) as number);
  };
  const prefix = shape.prefix.map(values);
  const rest = shape.rest === NEVER ? [] : values(shape.rest);
  return {
    start: { index: 0, used: 0n },
    key: ({ index, used }) => `${index} ${used}`,
    isAccepting: ({ index }) => index >= shape.min,
    next: ({ index, used }) => {
      if (index >= shape.max) return [];
      return (prefix[index] ?? rest)
        .filter((value) => (used & bit(value)) === 0n)
        .map((value) => [value, { index: index + 1, used: used | bit(value) }]);
    },
  };
}
