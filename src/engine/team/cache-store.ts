import { byteSize } from "../../byte-size.js";
import { LlamaError } from "../../errors.js";
import { PAGE_BYTES } from "../../kernels/load.js";
import { type CacheLayout, layoutOfRows } from "../plan/cache-layout.js";
import type { MemoryPlan } from "../plan/memory-plan.js";
import type { CachePlace } from "../run/job.js";

/** The keys and values of one sequence; it belongs to the engine that made it. */
export interface KvCache extends CachePlace {
  /** Positions that the sequence may have. */
  readonly contextSize: number;
  /** Positions that hold valid keys and values. */
  length: number;
  /** One more than the last position that was ever written. */
  written: number;
  /** What each of the model's adapters is multiplied by; the same for all positions. */
  scales: readonly number[];
}

/** A stretch of every bank, in bytes a layer. */
interface Stretch {
  readonly from: number;
  readonly to: number;
}

/**
 * Hands out KV caches of any length. They lie behind the weights in every bank, and banks grow as sessions are made. A
 * cache takes as many bytes of a bank as the bank has layers, times the same number for all banks: so one list of
 * stretches, in bytes a layer, says what is taken everywhere.
 */
export class CacheStore {
  readonly #plan: MemoryPlan;
  readonly #kvHeads: number;
  readonly #memories: readonly WebAssembly.Memory[];
  readonly #limit: number;
  readonly #inUse = new Map<KvCache, Stretch>();

  /** @param limit bytes that all banks may take together */
  constructor(plan: MemoryPlan, kvHeads: number, memories: readonly WebAssembly.Memory[], limit: number) {
    this.#plan = plan;
    this.#kvHeads = kvHeads;
    this.#memories = memories;
    this.#limit = limit;
  }

  /**
   * @param rows positions that are kept of the context's
   * @throws LlamaError `memory` where a bank, the limit or the machine is full
   */
  create(contextSize: number, rows: number, scales: readonly number[] = []): KvCache {
    const bytes = this.#layoutOf(rows).layer;
    const from = this.#firstGap(bytes);
    this.#grow(from + bytes, contextSize, bytes);
    const { banks } = this.#plan;
    const addresses = banks.map((bank) => bank.bytes + from * bank.layers.length);
    const cache: KvCache = { addresses, rows, contextSize, length: 0, written: 0, scales };
    this.#inUse.set(cache, { from, to: from + bytes });
    return cache;
  }

  release(cache: KvCache): void {
    this.#inUse.delete(cache);
  }

  /**
   * Another cache with the same tokens, for as many positions as the first or fewer.
   * @param rows positions that it keeps; where the first has wrapped around, it has to keep as many
   */
  copy(cache: KvCache, contextSize = cache.contextSize, rows = cache.rows): KvCache {
    const isWrapped = cache.written > cache.rows;
    const copy = this.create(contextSize, isWrapped ? cache.rows : rows, cache.scales);
    const positions = isWrapped ? cache.rows : cache.length;
    const targets = this.rows(copy, positions);
    for (const row of this.rows(cache, positions)) targets.next().value?.set(row);
    copy.length = cache.length;
    copy.written = isWrapped ? cache.written : cache.length;
    return copy;
  }

  /**
   * The first `positions` rows of a cache as they lie in memory, whatever their type: layer by layer the keys of every
   * KV head, (positions, keyRow) bytes, then the values, (positions, valueRow) bytes.
   */
  *rows(cache: KvCache, positions: number): Generator<Uint8Array, void, undefined> {
    const { layer, keyRow, keyHead, valueRow, valueHead, valueOffset } = this.#layoutOf(cache.rows);
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

  #layoutOf(rows: number): CacheLayout {
    return layoutOfRows(this.#plan.cache, this.#kvHeads, rows);
  }

  #memory(bank: number): WebAssembly.Memory {
    const memory = this.#memories[bank];
    if (memory === undefined) throw new LlamaError("disposed", "The model was disposed of; load it again.");
    return memory;
  }

  /** Where the first stretch begins that nobody has and that is so long. */
  #firstGap(bytes: number): number {
    let from = 0;
    for (const taken of [...this.#inUse.values()].sort((a, b) => a.from - b.from)) {
      if (taken.from - from >= bytes) break;
      from = taken.to;
    }
    return from;
  }

  /** Makes sure that the banks reach so far, in bytes a layer. */
  #grow(to: number, contextSize: number, bytes: number): void {
    const ends = this.#plan.banks.map((bank) => bank.bytes + to * bank.layers.length);
    const needed = bytes * this.#plan.banks.reduce((sum, { layers }) => sum + layers.length, 0);
    if (ends.reduce((sum, end) => sum + end, 0) > this.#limit) throw this.#isFull(contextSize, needed);
    const grown = ends.map((end, bank) => ({ end, memory: this.#memory(bank) }));
    try {
      for (const { end, memory } of grown) {
        const pages = Math.ceil((end - memory.buffer.byteLength) / PAGE_BYTES);
        if (pages > 0) memory.grow(pages);
      }
    } catch (cause) {
      throw this.#isFull(contextSize, needed, cause);
    }
  }

  #isFull(contextSize: number, needed: number, cause?: unknown): LlamaError {
    const open = this.#inUse.size === 1 ? "1 is open" : `${this.#inUse.size} are open`;
    return new LlamaError(
      "memory",
      `There is no room for another session of ${contextSize} positions, which needs ${byteSize(needed)} (${open}); dispose of one or choose a smaller context size.`,
      { cause },
    );
  }
}
