import { LlamaError } from "../errors.js";
import { TokenType, type Vocabulary } from "./vocab.js";

/** UTF-16 units of the longest special token that is looked for in text; real ones have 30 at most. */
const MAX_LENGTH = 128;
/** Units of all special tokens together, which bounds the memory of the search tree. */
const MAX_TOTAL_LENGTH = 1 << 20;

/** A stretch of ordinary text, or the id of a special token. */
export type Fragment = string | number;

/**
 * Finds special tokens in text: at each place the longest that begins there, from left to right. User-defined tokens
 * are found always, control tokens and the unknown token only where `parseSpecial` asks for it: otherwise a prompt
 * could forge the marks that divide a chat.
 *
 * Tokens of more than 128 UTF-16 units are never found.
 */
export class SpecialTokens {
  readonly #always = new SearchTree();
  readonly #asked = new SearchTree();

  /** @throws LlamaError `model` where the special tokens have more than 2^20 characters together */
  constructor({ pieces, types }: Vocabulary) {
    pieces.forEach((piece, id) => {
      if (piece === "" || piece.length > MAX_LENGTH) return;
      const type = types[id];
      const isUserDefined = type === TokenType.userDefined;
      if (isUserDefined) this.#always.add(piece, id);
      if (isUserDefined || type === TokenType.control || type === TokenType.unknown) this.#asked.add(piece, id);
    });
  }

  /** The fragments of well-formed `text` in order, none of them empty. */
  *split(text: string, parseSpecial: boolean): Generator<Fragment> {
    const tree = parseSpecial ? this.#asked : this.#always;
    let start = 0;
    for (let at = tree.nextStart(text, 0); at < text.length; ) {
      const match = tree.longestAt(text, at);
      if (match === undefined) {
        at = tree.nextStart(text, at + 1);
        continue;
      }
      if (at > start) yield text.slice(start, at);
      yield match.id;
      start = at + match.length;
      at = tree.nextStart(text, start);
    }
    if (start < text.length) yield text.slice(start);
  }
}

/** The pieces as a tree of UTF-16 units; node 0 is the root. */
class SearchTree {
  /** By node * 2^16 + unit: the node one unit on. */
  readonly #children = new Map<number, number>();
  /** By node: the token that ends there. */
  readonly #ids = new Map<number, number>();
  readonly #starts = new Uint8Array(1 << 16);
  #nodes = 1;

  add(piece: string, id: number): void {
    let node = 0;
    for (let i = 0; i < piece.length; i++) {
      const key = node * 0x10000 + piece.charCodeAt(i);
      let child = this.#children.get(key);
      if (child === undefined) {
        child = this.#nodes++;
        this.#children.set(key, child);
      }
      node = child;
    }
    if (this.#nodes > MAX_TOTAL_LENGTH) {
      throw new LlamaError(
        "model",
        `The vocabulary's special tokens have more than ${MAX_TOTAL_LENGTH} characters together, which is refused; use another file.`,
      );
    }
    if (!this.#ids.has(node)) this.#ids.set(node, id);
    this.#starts[piece.charCodeAt(0)] = 1;
  }

  /** The first unit at or after `at` with which a piece begins, or the text's length. */
  nextStart(text: string, at: number): number {
    if (this.#nodes === 1) return text.length;
    let next = at;
    while (next < text.length && this.#starts[text.charCodeAt(next)] === 0) next++;
    return next;
  }

  longestAt(text: string, at: number): { id: number; length: number } | undefined {
    let found: { id: number; length: number } | undefined;
    let node: number | undefined = 0;
    for (let end = at; end < text.length; ) {
      node = this.#children.get(node * 0x10000 + text.charCodeAt(end++));
      if (node === undefined) break;
      const id = this.#ids.get(node);
      if (id !== undefined) found = { id, length: end - at };
    }
    return found;
  }
}
