import { spend } from "../work.js";
import type { ByteSet } from "./byte-set.js";
import { Kind, type Regular } from "./regular.js";

/** Bytes in classes such that those of a class lead from a state to the same state. */
export interface BytePartition {
  /** (256) class of each byte. */
  readonly classOf: Uint8Array;
  /** One byte of each class. */
  readonly representatives: readonly number[];
}

const known = new Map<string, BytePartition>();
const MOST_KNOWN = 20_000;

/** The classes of a state's bytes: those that no set tells apart which the first byte may have to be in. */
export function partitionOf(state: Regular): BytePartition {
  state.partition ??= makePartition(state);
  return state.partition;
}

function makePartition(state: Regular): BytePartition {
  const sets = new Set<ByteSet>();
  collectFirst(state, sets);
  const key = [...sets].map((set) => set.id).join(",");
  let partition = known.get(key);
  if (partition === undefined) {
    if (known.size >= MOST_KNOWN) known.clear();
    partition = refine(sets);
    known.set(key, partition);
  }
  return partition;
}

function collectFirst(state: Regular, sets: Set<ByteSet>): void {
  let rest = state;
  spend(1);
  while (rest.kind === Kind.concatenation) {
    spend(1);
    collectFirst(rest.head, sets);
    if (!rest.head.isNullable) return;
    rest = rest.tail;
  }
  if (rest.set !== undefined) sets.add(rest.set);
  else for (const part of rest.parts) collectFirst(part, sets);
}

function refine(sets: Iterable<ByteSet>): BytePartition {
  const classOf = new Uint8Array(256);
  let count = 1;
  for (const set of sets) {
    spend(128);
    // Each class becomes two: its bytes in the set keep the number or get a new one.
    const renamed = new Map<number, number>();
    const seen = new Set<number>();
    for (let byte = 0; byte < 256; byte++) {
      const old = (classOf[byte] as number) * 2 + (set.has(byte) ? 1 : 0);
      let name = renamed.get(old);
      if (name === undefined) {
        const half = old >>> 1;
        name = seen.has(half) ? count++ : half;
        seen.add(half);
        renamed.set(old, name);
      }
      classOf[byte] = name;
    }
  }
  const representatives: number[] = [];
  for (let byte = 255; byte >= 0; byte--) representatives[classOf[byte] as number] = byte;
  return { classOf, representatives };
}
