import type { Random } from "#dist/random.js";

/** Numbers at the edges of what fits. */
const EDGES = [0, 1, 2, 3, 31, 32, 127, 128, 255, 256, 65535, 65536, 0x7fffffff, 0x80000000, 0xffffffff];
const MAX_BYTES = 1 << 16;

/**
 * Another input out of a known one: a few changes of bytes, numbers, stretches, or words of the target's language.
 * @param other to take stretches from
 */
export function mutate(input: Uint8Array, other: Uint8Array, words: readonly Uint8Array[], random: Random): Uint8Array {
  let bytes = input;
  const changes = 1 << below(random, 4);
  for (let i = 0; i < changes; i++) bytes = change(bytes, other, words, random);
  return bytes.subarray(0, MAX_BYTES);
}

function change(bytes: Uint8Array, other: Uint8Array, words: readonly Uint8Array[], random: Random): Uint8Array {
  const at = below(random, bytes.length + 1);
  const length = Math.min(1 << below(random, 8), bytes.length - at);
  switch (below(random, 9)) {
    case 0:
      return replaced(bytes, at, 1, Uint8Array.of((bytes[at] ?? 0) ^ (1 << below(random, 8))));
    case 1:
      return replaced(bytes, at, 1, Uint8Array.of(below(random, 256)));
    case 2:
      return replaced(bytes, at, 4, edge(random, 4));
    case 3:
      return replaced(bytes, at, 8, edge(random, 8));
    case 4: // forget a stretch
      return replaced(bytes, at, length, new Uint8Array(0));
    case 5: // say it twice
      return replaced(bytes, at, 0, bytes.subarray(at, at + length));
    case 6: {
      const from = below(random, other.length + 1);
      return replaced(bytes, at, below(random, 2) * length, other.subarray(from, from + (1 << below(random, 8))));
    }
    default: {
      const word = words[below(random, Math.max(1, words.length))] ?? Uint8Array.of(below(random, 256));
      return replaced(bytes, at, below(random, 2) * word.length, word);
    }
  }
}

function edge(random: Random, size: 4 | 8): Uint8Array {
  const view = new DataView(new ArrayBuffer(8));
  const value = EDGES[below(random, EDGES.length)] as number;
  const sign = below(random, 4) === 0 ? -1n : 1n;
  view.setBigUint64(0, BigInt.asUintN(64, sign * BigInt(value)), true);
  return new Uint8Array(view.buffer, 0, size);
}

function replaced(bytes: Uint8Array, at: number, length: number, by: Uint8Array): Uint8Array {
  const behind = bytes.subarray(Math.min(bytes.length, at + length));
  const result = new Uint8Array(at + by.length + behind.length);
  result.set(bytes.subarray(0, at));
  result.set(by, at);
  result.set(behind, at + by.length);
  return result;
}

/** A whole number from 0 to before `end`. */
export function below(random: Random, end: number): number {
  return end <= 1 ? 0 : random.nextUint32() % end;
}
