import type { ByteSet } from "../regular/byte-set.js";
import type { Regular } from "../regular/regular.js";
import type { Slot } from "./slots.js";

/** Where to go on when a nonterminal is done that was begun in a state: the items that wait for it there. */
export class Return {
  /** Undefined for the end of the whole text. */
  readonly state: ParserState | undefined;
  readonly waiting: Item[] = [];
  readonly #items = new Map<number, Item>();

  constructor(state: ParserState | undefined) {
    this.state = state;
  }

  /** The one item of a place, a count of rounds and this return. */
  item(slot: Slot, count: number): Item {
    const key = slot.id * MOST_ROUNDS + count;
    let item = this.#items.get(key);
    if (item === undefined) {
      item = new Item(slot, count, this);
      this.#items.set(key, item);
    }
    return item;
  }
}

const MOST_ROUNDS = 2 ** 31;

/** A production that has been read up to a place. */
export class Item {
  readonly id = nextId++;
  readonly slot: Slot;
  /** Rounds of a loop so far. */
  readonly count: number;
  readonly back: Return;

  constructor(slot: Slot, count: number, back: Return) {
    this.slot = slot;
    this.count = count;
    this.back = back;
  }
}

/** Items that have one terminal before them, of which the same part has been read. Equal sets are one object. */
export class ItemSet {
  readonly id = nextId++;
  readonly items: readonly Item[];
  /** The state in which the terminal has just ended for these items alone. */
  after: ParserState | undefined = undefined;

  constructor(items: readonly Item[]) {
    this.items = items;
  }
}

let nextId = 0;

/** A terminal that is being read: what may still follow of it, and what waits for it. */
export interface Group {
  readonly language: Regular;
  readonly set: ItemSet;
}

/** What a state is made from; two states of one origin are the same. */
export interface Origin {
  /** Terminals in the midst of which the text stands. */
  readonly groups: readonly Group[];
  /** Items whose symbol has just ended. */
  readonly advanced: readonly Item[];
}

/** All that a text so far may be the beginning of. */
export class ParserState {
  readonly id = nextId++;
  readonly origin: Origin;
  /** Terminals of which more bytes may follow, those that begin here too. */
  groups: readonly Group[] = [];
  /** Items before a token terminal. */
  tokenItems: readonly Item[] = [];
  /** Whether the text may end here. */
  isComplete = false;
  /** What follows by byte, as far as it is known; null where nothing does. Once there are many, in a table. */
  readonly steps = new Map<number, ParserState | null>();
  table: (ParserState | null | undefined)[] | undefined = undefined;
  /** Bytes that may come next, see `Parser.liveBytes`. */
  live: ByteSet | undefined = undefined;
  /** By vocabulary; see `mask.ts`. */
  readonly masks = new Map<object, Uint32Array>();

  constructor(origin: Origin) {
    this.origin = origin;
  }
}
