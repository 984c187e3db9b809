import { NO_WINDOW } from "../../kernels/attention.js";
import type { ModelConfig } from "../../model/config.js";
import type { RopeAngles } from "../../model/rope.js";
import type { CacheTypes } from "../plan/cache-layout.js";
import type { Bank } from "./bank.js";
import type { Batch, BatchSlice } from "./batch.js";
import type { Range } from "./partition.js";

/**
 * The part of a layer in which tokens meet those before them in their sequence: rotary positions, writing to the KV
 * cache and attention. All of it goes slice by slice.
 */
export class AttentionStep {
  readonly #config: ModelConfig;
  readonly #types: CacheTypes;
  readonly #angles: RopeAngles;
  readonly #scale: number;

  constructor(config: ModelConfig, types: CacheTypes, angles: RopeAngles) {
    this.#config = config;
    this.#types = types;
    this.#angles = angles;
    this.#scale = 1 / Math.sqrt(config.headSize);
  }

  /** The cos and sin of some tokens' positions -> `table` (tokens, headSize / 2, 2) */
  writeAngles(bank: Bank, table: number, batch: Batch, tokens: Range): void {
    const { frequencies, magnitude } = this.#angles;
    const { floats } = bank;
    for (let t = tokens.from; t < tokens.to; t++) {
      const position = batch.positions[t] ?? 0;
      const start = (table >>> 2) + t * this.#config.headSize;
      for (let i = 0; i < frequencies.length; i++) {
        const angle = position * (frequencies[i] ?? 0);
        floats[start + 2 * i] = Math.cos(angle) * magnitude;
        floats[start + 2 * i + 1] = Math.sin(angle) * magnitude;
      }
    }
  }

  /** q = rope(q) of the heads; rope(k) and v of the KV heads -> cache */
  rotateAndStore(bank: Bank, layer: number, angles: number, heads: Range, kvHeads: Range, batch: Batch): void {
    const config = this.#config;
    const { scratch } = bank.plan;
    const headBytes = config.headSize * 4;
    const { store: storeKey } = bank.cacheFormat(this.#types.key);
    const { store: storeValue } = bank.cacheFormat(this.#types.value);
    for (const slice of batch.slices) {
      const { keyHead, keyRow, valueHead, valueRow, rows } = slice.layout;
      const { keys, values } = cacheOf(bank, layer, slice);
      for (let t = 0; t < slice.tokens.length; t++) {
        const token = slice.first + t;
        const table = angles + token * headBytes;
        const query = scratch.query + (token * config.heads + heads.from) * headBytes;
        bank.kernels.rope(query, table, heads.to - heads.from, config.headSize);
        const firstKey = scratch.key + (token * config.kvHeads + kvHeads.from) * headBytes;
        bank.kernels.rope(firstKey, table, kvHeads.to - kvHeads.from, config.headSize);
        const row = (slice.position + t) % rows;
        for (let head = kvHeads.from; head < kvHeads.to; head++) {
          const at = (token * config.kvHeads + head) * headBytes;
          storeKey(scratch.key + at, keys + head * keyHead + row * keyRow, config.headSize);
          storeValue(scratch.value + at, values + head * valueHead + row * valueRow, config.headSize);
        }
      }
    }
  }

  /** attended = softmax(q K^T / sqrt(headSize)) V of the heads */
  attend(bank: Bank, layer: number, heads: Range, batch: Batch): void {
    const { heads: allHeads, kvHeads, headSize, window = NO_WINDOW } = this.#config;
    const { scratch } = bank.plan;
    const group = allHeads / kvHeads;
    const headBytes = headSize * 4;
    for (const slice of batch.slices) {
      const { keyHead, valueHead, rows } = slice.layout;
      const { keys, values } = cacheOf(bank, layer, slice);
      for (const { kvHead, from, to } of headsByKvHead(heads, group)) {
        const first = (slice.first * allHeads + from) * headBytes;
        bank.attention.run({
          queries: scratch.query + first,
          keys: keys + kvHead * keyHead,
          values: values + kvHead * valueHead,
          out: scratch.attended + first,
          tokens: slice.tokens.length,
          tokenStride: allHeads * headBytes,
          heads: to - from,
          headSize,
          position: slice.position,
          window,
          rows,
          scale: this.#scale,
          keyType: bank.cacheFormat(this.#types.key).number,
          valueType: bank.cacheFormat(this.#types.value).number,
        });
      }
    }
  }
}

/** The addresses of a layer's keys and values in a slice's cache. */
function cacheOf(bank: Bank, layer: number, { cache, layout }: BatchSlice) {
  const keys = (cache.addresses[bank.index] ?? 0) + layer * layout.layer;
  return { keys, values: keys + layout.valueOffset };
}

/** Cuts a range of query heads at the borders of the KV heads that they share. */
function* headsByKvHead(heads: Range, group: number): Generator<Range & { readonly kvHead: number }> {
  for (let from = heads.from; from < heads.to; ) {
    const kvHead = Math.floor(from / group);
    const to = Math.min(heads.to, (kvHead + 1) * group);
    yield { kvHead, from, to };
    from = to;
  }
}
