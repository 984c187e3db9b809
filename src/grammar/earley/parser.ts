import { isOver, liveBytes, step } from "../regular/automaton.js";
import { ByteSet } from "../regular/byte-set.js";
import { forgetOld, NOTHING, type Regular } from "../regular/regular.js";
import { COST, spend } from "../work.js";
import { advance, type ClosureContext, close } from "./closure.js";
import type { Productions } from "./productions.js";
import { makeSlots, type Slot } from "./slots.js";
import { type Group, type Item, ItemSet, type Origin, ParserState, Return } from "./state.js";

const MOST_STATES = 30_000;
const MOST_STEPS_WITHOUT_TABLE = 8;
const NO_BYTES = ByteSet.of();

/**
 * Recognises a context-free language byte by byte (Earley 1970). A state holds every way to read the text so far,
 * each with the terminal it is in as a state of that terminal's automaton. Three things make states few, so that what
 * was found out about one is found again:
 *
 * - An item remembers not where its nonterminal began but in which state; equal states are one object. After
 *   `[1,` and `[1,2,` the state is the same.
 * - A nonterminal at the end of a production goes back to where the production would have gone (Leo 1991), so
 *   that right recursion does not pile up.
 * - Repetitions are counted.
 *
 * Symbols that may be empty are passed when they are predicted (Aycock and Horspool 2002).
 */
export class Parser {
  readonly start: ParserState;
  readonly #context: ClosureContext;
  #states = new Map<string, ParserState>();
  #sets = new Map<string, ItemSet>();

  constructor(productions: Productions) {
    const starts = makeSlots(productions);
    const end = new Return(undefined);
    this.#context = { starts, end, set: (items) => this.#set(items) };
    const first = starts[productions.root.id] as readonly Slot[];
    this.start = this.#intern({ groups: [], advanced: first.map((slot) => end.item(slot, 0)) });
  }

  /** Lets go of states when they have become many, between two pieces of work. */
  forgetOld(): void {
    forgetOld();
    if (this.#states.size < MOST_STATES) return;
    // What the states remember of others would keep those alive.
    for (const state of this.#states.values()) {
      state.steps.clear();
      state.table = undefined;
      state.masks.clear();
    }
    for (const set of this.#sets.values()) set.after = undefined;
    this.#states = new Map();
    this.#sets = new Map();
  }

  /**
   * The state after one more byte; undefined where no text goes on with it.
   * @throws LlamaError `grammar` where the grammar is too ambiguous or its automata too large
   */
  step(state: ParserState, byte: number): ParserState | undefined {
    const { steps, table } = state;
    let next = table === undefined ? steps.get(byte) : table[byte];
    if (next === undefined) {
      next = this.#makeStep(state, byte) ?? null;
      if (table !== undefined) table[byte] = next;
      else if (steps.size < MOST_STEPS_WITHOUT_TABLE) steps.set(byte, next);
      else {
        state.table = new Array<ParserState | null | undefined>(256).fill(undefined);
        for (const [known, target] of steps) state.table[known] = target;
        state.table[byte] = next;
        steps.clear();
      }
    }
    return next ?? undefined;
  }

  /** The bytes that may come next. */
  liveBytes(state: ParserState): ByteSet {
    if (state.live === undefined) spend(COST.found * state.groups.length);
    state.live ??= state.groups.map(({ language }) => liveBytes(language)).reduce((a, b) => a.union(b), NO_BYTES);
    return state.live;
  }

  /** The state behind a terminal that ends here, for the items that wait for it. */
  after(set: ItemSet): ParserState {
    set.after ??= this.#intern({ groups: [], advanced: set.items.map(advance) });
    return set.after;
  }

  /** The state of all that either `state` allows or follows when a token terminal has just ended for `items`. */
  afterTokens(state: ParserState | undefined, items: readonly Item[]): ParserState | undefined {
    if (items.length === 0) return state;
    const { groups, advanced } = state?.origin ?? { groups: [], advanced: [] };
    return this.#intern({ groups, advanced: [...advanced, ...items.map(advance)] });
  }

  #makeStep(state: ParserState, byte: number): ParserState | undefined {
    const sets = new Map<Regular, ItemSet[]>();
    const advanced: Item[] = [];
    spend(2 * state.groups.length);
    for (const { language, set } of state.groups) {
      const next = step(language, byte);
      if (next === NOTHING) continue;
      if (next.isNullable) {
        spend(2 * set.items.length);
        for (const item of set.items) advanced.push(advance(item));
      }
      if (isOver(next)) continue;
      const same = sets.get(next);
      if (same === undefined) sets.set(next, [set]);
      else same.push(set);
    }
    if (sets.size === 0 && advanced.length === 0) return undefined;
    const groups = [...sets].map(([language, [set, ...others]]): Group => {
      const only = set as ItemSet;
      return { language, set: others.length === 0 ? only : this.#set([only, ...others].flatMap(({ items }) => items)) };
    });
    return this.#intern({ groups, advanced });
  }

  #intern({ groups, advanced }: Origin): ParserState {
    spend(2 * (1 + groups.length + advanced.length));
    const sorted = groups.length < 2 ? groups : groups.toSorted((a, b) => a.language.id - b.language.id);
    const items = advanced.length < 2 ? advanced : [...new Set(advanced)].sort((a, b) => a.id - b.id);
    let key = "";
    for (const { language, set } of sorted) key += `${language.id}:${set.id};`;
    for (const item of items) key += `${item.id},`;
    let state = this.#states.get(key);
    if (state === undefined) {
      spend(COST.made);
      state = new ParserState({ groups: sorted, advanced: items });
      close(state, this.#context);
      this.#states.set(key, state);
    }
    return state;
  }

  #set(items: Iterable<Item>): ItemSet {
    const sorted = [...new Set(items)].sort((a, b) => a.id - b.id);
    spend(2 * sorted.length);
    const key = sorted.map(({ id }) => id).join(",");
    let set = this.#sets.get(key);
    if (set === undefined) {
      set = new ItemSet(sorted);
      this.#sets.set(key, set);
    }
    return set;
  }
}
