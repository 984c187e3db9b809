import { EMPTY, type Regular } from "../regular/regular.js";
import { COST, spend } from "../work.js";
import { type Slot, SlotKind } from "./slots.js";
import { type Group, type Item, type ItemSet, type ParserState, Return } from "./state.js";

/** What a closure needs of its parser. */
export interface ClosureContext {
  /** Where nonterminals begin, by number. */
  readonly starts: readonly (readonly Slot[])[];
  /** The return of the whole text. */
  readonly end: Return;
  readonly set: (items: Iterable<Item>) => ItemSet;
}

/** The item behind its symbol. */
export function advance({ slot, count, back }: Item): Item {
  if (slot.kind !== SlotKind.loop) return back.item(slot.next as Slot, 0);
  // Without an upper bound, rounds beyond the lower one need no count.
  return back.item(slot, slot.max === Number.POSITIVE_INFINITY ? Math.min(count + 1, slot.min) : count + 1);
}

/** Completes a new state: nonterminals that begin or end in it, and the terminals before which it stands. */
export function close(state: ParserState, context: ClosureContext): void {
  new Closure(state, context).run();
}

class Closure {
  readonly #state: ParserState;
  readonly #context: ClosureContext;
  readonly #work: Item[] = [];
  readonly #seen = new Set<Item>();
  readonly #done = new Set<Return>();
  readonly #returns = new Map<number, Return>();
  readonly #begun = new Map<Regular, Item[]>();
  readonly #tokenItems: Item[] = [];
  /** The fewest rounds of a loop that may end, by its item of none. */
  readonly #fewest = new Map<Item, number>();

  constructor(state: ParserState, context: ClosureContext) {
    this.#state = state;
    this.#context = context;
  }

  run(): void {
    for (const item of this.#state.origin.advanced) this.#add(item);
    for (let item = this.#work.pop(); item !== undefined; item = this.#work.pop()) this.#process(item);
    this.#state.groups = this.#groups();
    this.#state.tokenItems = this.#tokenItems;
  }

  #add(item: Item): void {
    spend(1);
    if (this.#seen.has(item)) return;
    const { slot, count, back } = item;
    if (slot.kind === SlotKind.loop && count > slot.min) {
      // Whatever may follow may also follow fewer rounds, if those may end as well.
      const key = back.item(slot, slot.min);
      const fewest = this.#fewest.get(key) ?? Number.POSITIVE_INFINITY;
      if (count >= fewest || this.#seen.has(key)) return;
      this.#fewest.set(key, count);
    }
    spend(COST.item);
    this.#seen.add(item);
    this.#work.push(item);
  }

  #process(item: Item): void {
    const { slot, count, back } = item;
    switch (slot.kind) {
      case SlotKind.end:
        this.#complete(back);
        return;
      case SlotKind.loop:
        if (count >= slot.min) this.#complete(back);
        if (count < slot.max) this.#predict(item);
        return;
      default:
        this.#predict(item);
        if (slot.isNullable) this.#add(advance(item));
    }
  }

  #predict(item: Item): void {
    const { slot, back } = item;
    if (slot.language !== undefined) {
      if (slot.language === EMPTY) return;
      const items = this.#begun.get(slot.language);
      if (items === undefined) this.#begun.set(slot.language, [item]);
      else items.push(item);
    } else if (slot.token !== undefined) this.#tokenItems.push(item);
    else {
      const isLast = slot.next?.kind === SlotKind.end;
      const to = isLast ? back : this.#waitFor(slot.nonterminal, item);
      for (const start of this.#context.starts[slot.nonterminal] as readonly Slot[]) this.#add(to.item(start, 0));
    }
  }

  #waitFor(nonterminal: number, item: Item): Return {
    let back = this.#returns.get(nonterminal);
    if (back === undefined) {
      back = new Return(this.#state);
      this.#returns.set(nonterminal, back);
    }
    back.waiting.push(item);
    return back;
  }

  /** A nonterminal that begins and ends in this very state is empty, and its symbol was passed already. */
  #complete(back: Return): void {
    if (back === this.#context.end) this.#state.isComplete = true;
    if (back.state === this.#state || this.#done.has(back)) return;
    this.#done.add(back);
    for (const item of back.waiting) this.#add(advance(item));
  }

  #groups(): Group[] {
    const groups: Group[] = [];
    spend(2 * (this.#state.origin.groups.length + this.#begun.size));
    for (const { language, set } of this.#state.origin.groups) {
      const begun = this.#begun.get(language);
      this.#begun.delete(language);
      groups.push({ language, set: begun === undefined ? set : this.#context.set([...set.items, ...begun]) });
    }
    for (const [language, items] of this.#begun) groups.push({ language, set: this.#context.set(items) });
    return groups;
  }
}
