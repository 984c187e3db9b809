import { LlamaError } from "../errors.js";

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
  readonly #tree = new Tree();
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
    const known = this.#tree.find(parent, unit);
    if (known !== 0) return known;
    const node = this.#tree.add(parent, unit);
    const suffix = parent === 0 ? 0 : this.#step(this.#suffixes[parent] as number, unit);
    this.#suffixes.push(suffix);
    this.#longest.push(this.#longest[suffix] as number);
    return node;
  }

  #step(from: number, unit: number): number {
    for (let node = from; ; node = this.#suffixes[node] as number) {
      const next = this.#tree.find(node, unit);
      if (next !== 0 || node === 0) return next;
    }
  }
}

/** A tree of UTF-16 units, as a hash table of its edges. Node 0 is the root, and so no child. */
class Tree {
  readonly #parents = [0];
  readonly #units = [0];
  /** By slot: the child, or 0. */
  #slots = new Uint32Array(1 << 10);
  /** Drawn at random, so that no file can choose edges that collide. */
  readonly #factors = [randomOdd(), randomOdd()] as const;

  /** The child by this unit, or 0. */
  find(parent: number, unit: number): number {
    return this.#slots[this.#slotOf(parent, unit)] as number;
  }

  add(parent: number, unit: number): number {
    const node = this.#parents.length;
    if (node >= MAX_NODES) {
      throw new LlamaError(
        "model",
        `The special tokens and prompt markers of the model have more than ${MAX_NODES} characters in all; use another file.`,
      );
    }
    this.#parents.push(parent);
    this.#units.push(unit);
    if (2 * node > this.#slots.length) this.#enlarge();
    else this.#slots[this.#slotOf(parent, unit)] = node;
    return node;
  }

  #enlarge(): void {
    this.#slots = new Uint32Array(2 * this.#slots.length);
    for (let node = 1; node < this.#parents.length; node++) {
      this.#slots[this.#slotOf(this.#parents[node] as number, this.#units[node] as number)] = node;
    }
  }

  /** Where the edge is, or the free slot where it belongs. */
  #slotOf(parent: number, unit: number): number {
    const mask = this.#slots.length - 1;
    const [first, second] = this.#factors;
    const hash = Math.imul(parent, first) ^ Math.imul(unit, second);
    for (let slot = (hash ^ (hash >>> 15)) & mask; ; slot = (slot + 1) & mask) {
      const node = this.#slots[slot] as number;
      if (node === 0 || (this.#parents[node] === parent && this.#units[node] === unit)) return slot;
    }
  }
}

function randomOdd(): number {
  return Math.floor(Math.random() * 2 ** 32) | 1;
}
