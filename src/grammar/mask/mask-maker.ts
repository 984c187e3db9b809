import type { Parser } from "../earley/parser.js";
import type { Item, ParserState } from "../earley/state.js";
import { horizon } from "../regular/horizon.js";
import type { TokenTerminal } from "../rules.js";
import { COST, spend } from "../work.js";
import type { TokenTrie } from "./trie.js";
import type { IndexedVocabulary } from "./vocabulary.js";

/** Masks that are kept, in bytes. */
const MOST_KEPT = 48 * 2 ** 20;

/**
 * Finds the tokens that may come next. A token that stays within a terminal depends on the terminal's state alone,
 * and is found once for all grammars that have it. Only where a terminal may end inside a token does the parser
 * say what goes on there.
 */
export class MaskMaker {
  readonly #parser: Parser;
  readonly #vocabulary: IndexedVocabulary;
  readonly #tokens: ReadonlyMap<TokenTerminal, ReadonlySet<number>>;
  /** States that have a mask. */
  readonly #kept: ParserState[] = [];
  /** Pairs of states and nodes that were walked for the mask in the making. */
  readonly #walked = new Set<number>();
  /** States by depth. */
  readonly #path: ParserState[] = [];

  /** @throws LlamaError `grammar` where the grammar names a token that the vocabulary has not */
  constructor(parser: Parser, vocabulary: IndexedVocabulary, terminals: readonly TokenTerminal[]) {
    this.#parser = parser;
    this.#vocabulary = vocabulary;
    this.#tokens = new Map(terminals.map((terminal) => [terminal, vocabulary.resolve(terminal)]));
  }

  /** (words) bit `id & 31` of word `id >>> 5`; not to be changed. */
  maskOf(state: ParserState): Uint32Array {
    let mask = state.masks.get(this);
    if (mask === undefined) {
      mask = this.#make(state);
      if ((this.#kept.length + 1) * mask.byteLength > MOST_KEPT) {
        for (const other of this.#kept.splice(0)) other.masks.delete(this);
      }
      state.masks.set(this, mask);
      this.#kept.push(state);
    }
    return mask;
  }

  /** The items before a token terminal that is this very token. */
  itemsOf({ tokenItems }: ParserState, id: number): Item[] {
    return tokenItems.filter(({ slot }) => {
      const terminal = slot.token as TokenTerminal;
      return this.#tokens.get(terminal)?.has(id) !== terminal.isNegated;
    });
  }

  /** Whether the grammar names a token by itself, not by all that it excludes. */
  names(id: number): boolean {
    return [...this.#tokens].some(([terminal, ids]) => !terminal.isNegated && ids.has(id));
  }

  #make(state: ParserState): Uint32Array {
    const mask = new Uint32Array(this.#vocabulary.words);
    for (const { slot } of state.tokenItems) this.#markTokens(slot.token as TokenTerminal, mask);
    for (const trie of this.#vocabulary.tries) this.#markTexts(state, trie, mask);
    for (const id of this.#vocabulary.endIds) mark(id, state.isComplete, mask);
    return mask;
  }

  #markTokens(terminal: TokenTerminal, mask: Uint32Array): void {
    const named = this.#tokens.get(terminal) as ReadonlySet<number>;
    spend(terminal.isNegated ? this.#vocabulary.size : named.size);
    if (!terminal.isNegated) for (const id of named) mark(id, true, mask);
    else for (let id = 0; id < this.#vocabulary.size; id++) if (!named.has(id)) mark(id, true, mask);
  }

  #markTexts(state: ParserState, trie: TokenTrie, mask: Uint32Array): void {
    this.#walked.clear();
    for (const { language, set } of state.groups) {
      const near = horizon(language, trie.longest);
      const { words } = this.#vocabulary;
      spend(COST.found + words / 16);
      const { tokens, isMask, accepting } = this.#vocabulary.scan(trie, near);
      if (isMask) for (let i = 0; i < words; i++) mask[i] = (mask[i] as number) | (tokens[i] as number);
      else for (const node of tokens) trie.mark(node, mask);
      if (accepting.length === 0) continue;
      spend(COST.item * accepting.length);
      const after = this.#parser.after(set);
      if (after.groups.length > 0) for (const node of accepting) this.#walk(after, trie, node, mask);
    }
  }

  /**
   * Marks the tokens below a node that go on from a state. It is the whole state that goes from byte to byte: were its
   * terminals followed one by one, they would part at every end, and never meet again.
   */
  #walk(start: ParserState, trie: TokenTrie, parent: number, mask: Uint32Array): void {
    const key = start.id * trie.size + parent;
    if (this.#walked.has(key)) return;
    this.#walked.add(key);
    const { bytes, depths, ends, tokens } = trie;
    const path = this.#path;
    const end = ends[parent] as number;
    let visited = 0;
    path[(depths[parent] as number) + 1] = start;
    for (let node = parent + 1; node < end; visited++) {
      const depth = depths[node] as number;
      const state = path[depth] as ParserState;
      const byte = bytes[node] as number;
      const next = this.#parser.liveBytes(state).has(byte) ? this.#parser.step(state, byte) : undefined;
      if (next === undefined) {
        node = ends[node] as number;
        continue;
      }
      if ((tokens[node] as number) >= 0) trie.mark(node, mask);
      path[depth + 1] = next;
      node++;
    }
    spend(visited);
  }
}

function mark(id: number, isAllowed: boolean, mask: Uint32Array): void {
  const bit = 1 << (id & 31);
  const word = mask[id >>> 5] as number;
  mask[id >>> 5] = isAllowed ? word | bit : word & ~bit;
}
