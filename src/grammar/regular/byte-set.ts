/** A set of bytes. Equal sets are one object, so `===` compares them. */
export class ByteSet {
  readonly id: number;
  /** (8) bit `byte & 31` of word `byte >>> 5`. */
  readonly words: Uint32Array;

  private constructor(words: Uint32Array) {
    this.id = nextId++;
    this.words = words;
  }

  /** @param words (8), which the set keeps */
  static fromWords(words: Uint32Array): ByteSet {
    let hash = 0;
    for (let i = 0; i < 8; i++) hash = Math.imul(hash ^ (words[i] as number), 0x9e3779b1) ^ (hash >>> 15);
    const bucket = known.get(hash);
    const found = bucket?.find((set) => hasWords(set, words));
    if (found !== undefined) return found;
    const set = new ByteSet(words);
    if (bucket !== undefined) bucket.push(set);
    else {
      // Sets in use stay as they are; only the promise that equal ones are one object starts over.
      if (known.size >= MOST_KNOWN) known.clear();
      known.set(hash, [set]);
    }
    return set;
  }

  /** The bytes `first` to `last`, both included. */
  static range(first: number, last: number): ByteSet {
    const words = new Uint32Array(8);
    for (let byte = first; byte <= last; byte++) addByte(words, byte);
    return ByteSet.fromWords(words);
  }

  static of(...bytes: readonly number[]): ByteSet {
    const words = new Uint32Array(8);
    for (const byte of bytes) addByte(words, byte);
    return ByteSet.fromWords(words);
  }

  get isEmpty(): boolean {
    return this.words.every((word) => word === 0);
  }

  has(byte: number): boolean {
    return (((this.words[byte >>> 5] as number) >>> (byte & 31)) & 1) === 1;
  }

  union(other: ByteSet): ByteSet {
    return this.#combine(other, (a, b) => a | b);
  }

  intersection(other: ByteSet): ByteSet {
    return this.#combine(other, (a, b) => a & b);
  }

  /** The bytes that are not in the set. */
  complement(): ByteSet {
    return this.#combine(this, (a) => ~a);
  }

  *[Symbol.iterator](): Generator<number> {
    for (let byte = 0; byte < 256; byte++) if (this.has(byte)) yield byte;
  }

  #combine(other: ByteSet, combine: (a: number, b: number) => number): ByteSet {
    const words = new Uint32Array(8);
    for (let i = 0; i < 8; i++) words[i] = combine(this.words[i] as number, other.words[i] as number);
    return ByteSet.fromWords(words);
  }
}

const known = new Map<number, ByteSet[]>();
const MOST_KNOWN = 100_000;
let nextId = 0;

/** Puts a byte into the words of a set that is in the making. */
export function addByte(words: Uint32Array, byte: number): void {
  words[byte >>> 5] = (words[byte >>> 5] as number) | (1 << (byte & 31));
}

function hasWords(set: ByteSet, words: Uint32Array): boolean {
  for (let i = 0; i < 8; i++) if (set.words[i] !== words[i]) return false;
  return true;
}
