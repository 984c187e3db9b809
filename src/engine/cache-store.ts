import { LlamaError } from "../errors.js";
import type { KvCache } from "./kv-cache.js";
import { type MemoryPlan, PAGE_BYTES } from "./memory.js";

/** Hands out KV caches, which lie behind the weights in every bank: the banks grow as sessions are made. */
export class CacheStore {
  readonly #plan: MemoryPlan;
  readonly #memories: readonly WebAssembly.Memory[];
  readonly #limit: number;
  readonly #free: (readonly number[])[] = [];
  readonly #inUse = new Set<KvCache>();
  /** Where the next cache goes, a bank. */
  #ends: readonly number[];

  /** @param limit bytes that all banks may take together */
  constructor(plan: MemoryPlan, memories: readonly WebAssembly.Memory[], limit: number) {
    this.#plan = plan;
    this.#memories = memories;
    this.#limit = limit;
    this.#ends = plan.banks.map((bank) => bank.bytes);
  }

  /** @throws LlamaError `memory` where a bank or the machine is full */
  create(): KvCache {
    const cache: KvCache = { addresses: this.#free.pop() ?? this.#grow(), length: 0 };
    this.#inUse.add(cache);
    return cache;
  }

  release(cache: KvCache): void {
    if (this.#inUse.delete(cache)) this.#free.push(cache.addresses);
  }

  /**
   * The first `positions` of a cache as they lie in memory, whatever their type: layer by layer the keys of every
   * KV head, (positions, keyRow) bytes, then the values, (positions, valueRow) bytes.
   */
  *rows(cache: KvCache, positions: number): Generator<Uint8Array, void, undefined> {
    const { layer, keyRow, keyHead, valueRow, valueHead, valueOffset } = this.#plan.cache;
    for (const [bank, { layers }] of this.#plan.banks.entries()) {
      const { buffer } = this.#memory(bank);
      for (let index = 0; index < layers.length; index++) {
        const keys = (cache.addresses[bank] as number) + index * layer;
        const values = keys + valueOffset;
        for (let at = keys; at < values; at += keyHead) yield new Uint8Array(buffer, at, positions * keyRow);
        for (let at = values; at < keys + layer; at += valueHead) {
          yield new Uint8Array(buffer, at, positions * valueRow);
        }
      }
    }
  }

  #memory(bank: number): WebAssembly.Memory {
    const memory = this.#memories[bank];
    if (memory === undefined) throw new LlamaError("disposed", "The model was disposed of; load it again.");
    return memory;
  }

  #grow(): readonly number[] {
    const addresses = this.#ends;
    const ends = addresses.map((address, bank) => address + (this.#plan.banks[bank]?.cacheBytes ?? 0));
    if (ends.reduce((sum, end) => sum + end, 0) > this.#limit) throw this.#isFull();
    const grown = ends.map((end, bank) => ({ end, memory: this.#memory(bank) }));
    try {
      for (const { end, memory } of grown) {
        const pages = Math.ceil((end - memory.buffer.byteLength) / PAGE_BYTES);
        if (pages > 0) memory.grow(pages);
      }
    } catch (cause) {
      throw this.#isFull(cause);
    }
    this.#ends = ends;
    return addresses;
  }

  #isFull(cause?: unknown): LlamaError {
    return new LlamaError(
      "memory",
      `There is no room for another session (${this.#inUse.size} are open); dispose of one or choose a smaller context size.`,
      { cause },
    );
  }
}
