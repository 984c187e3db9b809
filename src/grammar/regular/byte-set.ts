/** A set of bytes. Equal sets are one object, so `===` compares them. */
export class ByteSet {
  /** (8) bit `byte & 31` of word `byte >>> 5`. */
  readonly words: Uint32Array;
  readonly key: string;
  readonly size: number;

  private constructor(words: Uint32Array, key: string) {
    this.words = words;
    this.key = key;
    let size = 0;
    for (let byte = 0; byte < 256; byte++) if (this.has(byte)) size++;
    this.size = size;
  }

  static #known = new Map<string, ByteSet>();

  /** @param words (8), which the set keeps */
  static fromWords(words: Uint32Array): ByteSet {
    const key = String.fromCharCode(...new Uint16Array(words.buffer, words.byteOffset, 16));
    let set = ByteSet.#known.get(key);
    if (set === undefined) {
      // Sets in use stay as they are; only the guarantee that equal ones are one object starts over.
      if (ByteSet.#known.size >= MOST_KNOWN) ByteSet.#known.clear();
      set = new ByteSet(words, key);
      ByteSet.#known.set(key, set);
    }
    return set;
  }

  /** The bytes `first` to `last`, both included. */
  static range(first: number, last: number): ByteSet {
    const words = new Uint32Array(8);
    for (let byte = first; byte <= last; byte++) add(words, byte);
    return ByteSet.fromWords(words);
  }

  static of(...bytes: readonly number[]): ByteSet {
    const words = new Uint32Array(8);
    for (const byte of bytes) add(words, byte);
    return ByteSet.fromWords(words);
  }

  has(byte: number): boolean {
    return (((this.words[byte >>> 5] as number) >>> (byte & 31)) & 1) === 1;
  }

  union(other: ByteSet): ByteSet {
    return ByteSet.fromWords(this.words.map((word, i) => word | (other.words[i] as number)));
  }

  intersection(other: ByteSet): ByteSet {
    return ByteSet.fromWords(this.words.map((word, i) => word & (other.words[i] as number)));
  }

  /** The bytes that are not in the set. */
  complement(): ByteSet {
    return ByteSet.fromWords(this.words.map((word) => ~word));
  }

  *[Symbol.iterator](): Generator<number> {
    for (let byte = 0; byte < 256; byte++) if (this.has(byte)) yield byte;
  }
}

const MOST_KNOWN = 100_000;

function add(words: Uint32Array, byte: number): void {
  words[byte >>> 5] = (words[byte >>> 5] as number) | (1 << (byte & 31));
}
