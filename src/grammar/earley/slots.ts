import type { Regular } from "../regular/regular.js";
import type { TokenTerminal } from "../rules.js";
import type { Nonterminal, ProductionSymbol, Productions } from "./productions.js";

export const SlotKind = { end: 0, terminal: 1, token: 2, nonterminal: 3, loop: 4 } as const;

/**
 * A place in a production: before the symbol that it holds, or at the end. A loop has one place, before its item,
 * where it may also end.
 */
export interface Slot {
  readonly id: number;
  readonly kind: (typeof SlotKind)[keyof typeof SlotKind];
  /** The terminal or token that comes next, where it is one; of a loop, its item. */
  readonly language: Regular | undefined;
  readonly token: TokenTerminal | undefined;
  /** The number of the nonterminal that comes next, and whether it may be empty. */
  readonly nonterminal: number;
  readonly isNullable: boolean;
  /** The place behind the symbol; of a loop, itself. */
  readonly next: Slot | undefined;
  /** Bounds of a loop. */
  readonly min: number;
  readonly max: number;
}

/** The places where each nonterminal begins, by its number. */
export function makeSlots({ nonterminals }: Productions): readonly (readonly Slot[])[] {
  let id = 0;
  const before = (symbol: ProductionSymbol, next: Slot): Slot => ({
    id: id++,
    kind: SlotKind[symbol.kind],
    ...partsOf(symbol),
    next,
    min: 0,
    max: 0,
  });
  const end: Slot = {
    id: id++,
    kind: SlotKind.end,
    language: undefined,
    token: undefined,
    nonterminal: -1,
    isNullable: true,
    next: undefined,
    min: 0,
    max: 0,
  };
  const startsOf = ({ loop, productions }: Nonterminal): Slot[] => {
    if (loop === undefined) return productions.map((symbols) => symbols.reduceRight((next, s) => before(s, next), end));
    const slot = {
      id: id++,
      kind: SlotKind.loop,
      ...partsOf(loop.symbol),
      next: undefined,
      min: loop.min,
      max: loop.max,
    };
    return [{ ...slot, next: undefined }];
  };
  return nonterminals.map(startsOf);
}

function partsOf(symbol: ProductionSymbol) {
  const isNonterminal = symbol.kind === "nonterminal";
  const language = symbol.kind === "terminal" ? symbol.language : undefined;
  return {
    language,
    token: symbol.kind === "token" ? symbol.terminal : undefined,
    nonterminal: isNonterminal ? symbol.nonterminal.id : -1,
    isNullable: isNonterminal ? symbol.nonterminal.isNullable : (language?.isNullable ?? false),
  };
}
