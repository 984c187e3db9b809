import { LlamaError } from "../../errors.js";

/** Nodes of the tree; a real model's control tokens and markers have some thousand. */
const MAX_NODES = 1 << 21;

/** A phrase in a text. */
export interface PhraseMatch {
  readonly text: string;
  readonly at: number;
}

/**
 * Finds any of many phrases in a text: from left to right, at each place the longest that begins there, no two of them
 * overlapping. The time is linear in the text, however many phrases there are and whatever they look like.
 *
 * It is the automaton of Aho and Corasick (1975, https://doi.org/10.1145/360825.360855), for the phrases read
 * backwards: run over the text from its end, it knows at each place the longest phrase that begins there.
 */
export class Phrases {
  /** By node * 2^16 + UTF-16 unit: the node one unit on. Node 0 is the root. */
  readonly #children = new Map<number, number>();
  /** By node: the node of the longest proper suffix that is in the tree. */
  readonly #suffixes = [0];
  /** By node: units of the longest phrase that ends what the node stands for. */
  readonly #longest = [0];

  /** @throws LlamaError `model` where the phrases have more characters in all than those of any real model */
  constructor(phrases: readonly string[]) {
    // Level by level, so that the suffixes, which are shorter, are there before what they are suffixes of.
    const nodes = new Uint32Array(phrases.length);
    let open = phrases.map((_, index) => index).filter((index) => phrases[index] !== "");
    for (let level = 1; open.length > 0; level++) {
      open = open.filter((index) => {
        const phrase = phrases[index] as string;
        const node = this.#grow(nodes[index] as number, phrase.charCodeAt(phrase.length - level));
        nodes[index] = node;
        if (level === phrase.length) this.#longest[node] = level;
        return level < phrase.length;
      });
    }
  }

  /** Every phrase in the text, in order. */
  *in(text: string): Generator<PhraseMatch> {
    if (this.#longest.length === 1) return;
    const lengths = new Uint32Array(text.length);
    let node = 0;
    for (let at = text.length - 1; at >= 0; at--) {
      node = this.#step(node, text.charCodeAt(at));
      lengths[at] = this.#longest[node] as number;
    }
    for (let at = 0; at < text.length; ) {
      const length = lengths[at] as number;
      if (length > 0) yield { text: text.slice(at, at + length), at };
      at += Math.max(1, length);
    }
  }

  /** The child of a node, which is made where there is none. */
  #grow(parent: number, unit: number): number {
    const key = parent * 0x10000 + unit;
    const known = this.#children.get(key);
    if (known !== undefined) return known;
    const node = this.#longest.length;
    if (node >= MAX_NODES) {
      throw new LlamaError(
        "model",
        `The model's control tokens and prompt markers have more than ${MAX_NODES} characters in all; use another file.`,
      );
    }
    const suffix = parent === 0 ? 0 : this.#step(this.#suffixes[parent] as number, unit);
    this.#children.set(key, node);
    this.#suffixes.push(suffix);
    this.#longest.push(this.#longest[suffix] as number);
    return node;
  }

  #step(from: number, unit: number): number {
    for (let node = from; ; node = this.#suffixes[node] as number) {
      const next = this.#children.get(node * 0x10000 + unit);
      if (next !== undefined || node === 0) return next ?? 0;
    }
  }
}
