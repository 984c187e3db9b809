const U64 = (1n << 64n) - 1n;

/**
 * SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", 2014), which Blackman and Vigna
 * recommend for seeding: seeds that differ in one bit give unrelated words.
 *
 * @returns a function that gives the next 64-bit word of the stream that `seed` starts
 */
export function splitMix64(seed: bigint): () => bigint {
  let state = seed & U64;
  return () => {
    state = (state + 0x9e3779b97f4a7c15n) & U64;
    let z = state;
    z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & U64;
    z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & U64;
    return z ^ (z >> 31n);
  };
}

/**
 * xoshiro128** 1.1 (Blackman, Vigna: "Scrambled Linear Pseudorandom Number Generators", 2021): 128 bits of state,
 * period 2^128 - 1, and nothing but 32-bit operations, which JavaScript has without BigInt.
 */
export class Random {
  #a = 0;
  #b = 0;
  #c = 0;
  #d = 0;

  /** @param seed a whole number from 0 to 2^32 - 1 */
  constructor(seed: number) {
    const next = splitMix64(BigInt(seed));
    const [first, second] = [next(), next()];
    this.#set(Number(first & 0xffffffffn), Number(first >> 32n), Number(second & 0xffffffffn), Number(second >> 32n));
  }

  /** A generator at a given state: four 32-bit words, not all of them 0. */
  static fromState(a: number, b: number, c: number, d: number): Random {
    const random = new Random(0);
    random.#set(a, b, c, d);
    return random;
  }

  /** A whole number from 0 to 2^32 - 1. */
  nextUint32(): number {
    const scrambled = Math.imul(rotateLeft(Math.imul(this.#b, 5), 7), 9) >>> 0;
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = rotateLeft(this.#d, 11);
    return scrambled;
  }

  /** A number from 0 (included) to 1 (excluded), on a grid of 2^-53. */
  nextFloat(): number {
    // The high bits of 21 and 32 make up the 53 bits of a double: with 32 alone no token rarer than 2^-32 could be
    // drawn.
    const high = this.nextUint32() >>> 11;
    return (high * 0x100000000 + this.nextUint32()) / 0x20000000000000;
  }

  /** A generator that will give the same numbers as this one from here on. */
  clone(): Random {
    return Random.fromState(this.#a, this.#b, this.#c, this.#d);
  }

  #set(a: number, b: number, c: number, d: number): void {
    this.#a = a | 0;
    this.#b = b | 0;
    this.#c = c | 0;
    this.#d = d | 0;
  }
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
