import { byteSize } from "../../byte-size.js";
import { LlamaError } from "../../errors.js";
import { tensorBytes } from "../../gguf/format.js";
import type { TensorInfo } from "../../gguf/tensors.js";
import { Formats } from "../../kernels/formats.js";
import type { ModelConfig } from "../../model/config.js";
import { mapLayer } from "../../model/layer.js";
import {
  type LayerWeights,
  type ModelWeights,
  tensorsOfLayer,
  tensorsOfWeight,
  type Weight,
  type WeightAdapter,
} from "../../model/weights.js";
import { cacheLayout, rowsFor } from "./cache-layout.js";
import { type EngineShape, LOGIT_ROWS } from "./engine-shape.js";
import type { BankPlan, MemoryPlan } from "./memory-plan.js";
import {
  F32,
  isWidened,
  type PlacedLayer,
  type PlacedLowRank,
  type PlacedTensor,
  placedBytes,
  rowsOf,
} from "./placed.js";
import { extentsFor, planScratch, type Scratch, type ScratchExtents } from "./scratch.js";

/** Cache lines, and the widest vectors of any machine. */
const ALIGNMENT = 64;

/**
 * Lays a model out in banks, one layer the smallest unit. A 32-bit WebAssembly memory holds 4 GiB, so a model lies in
 * as many memories as it needs: each bank has the weights, KV caches and scratch of a contiguous range of layers, and
 * only the residual stream crosses from one to the next.
 *
 * ```
 * bank 0      | constants | control | scratch | embedding | layers 0..a | caches of sessions ...
 * bank 1      | constants |         | scratch |           | layers a..b | caches ...
 * last bank   | constants |         | scratch, logits | layers b.. | output | caches ...
 * ```
 *
 * An embedding that is the output matrix too lies with the output.
 * @throws LlamaError `memory` where a layer with its cache does not fit into a bank
 */
export function planMemory(config: ModelConfig, weights: ModelWeights, shape: EngineShape): MemoryPlan {
  const rows = rowsFor(config, shape.contextSize, shape.batchSize);
  const cache = cacheLayout(shape.kernels, config, rows, shape.cacheTypes);
  const isTied = weights.output === weights.tokenEmbedding;
  const formats = new Formats(shape.kernels);
  const extents = extentsFor(weights, formats, shape);
  const newBank = (index: number) => new BankBuilder(index, extents, config, shape, formats);
  let bank = newBank(0);
  const banks = [bank];
  const nextBankUnless = (fits: boolean) => {
    if (fits) return;
    bank = newBank(banks.length);
    banks.push(bank);
  };
  const control = bank.reserve(shape.controlBytes);
  const embedding = isTied ? undefined : bank.place(weights.tokenEmbedding, false);
  for (const layer of weights.layers) {
    nextBankUnless(bank.fits(bytesOf(formats, tensorsOfLayer(layer)), cache.layer));
    bank.addLayer(layer, cache.layer);
  }
  const logitsBytes = LOGIT_ROWS * config.vocabularySize * 4;
  const outputBytes = bytesOf(formats, [weights.outputNorm, ...tensorsOfWeight(weights.output)]) + roundUp(logitsBytes);
  nextBankUnless(bank.fits(outputBytes, 0));
  const logits = bank.reserve(logitsBytes);
  const outputNorm = bank.place(weights.outputNorm);
  const output = bank.place(weights.output);
  for (const { index, used } of banks) {
    if (used > shape.maxBankBytes) throw tooLarge(index, used, shape.maxBankBytes);
  }
  return {
    banks: banks.map((builder) => builder.finish()),
    cache,
    embedding: embedding ?? output,
    outputNorm,
    output,
    control,
    logits,
    tensors: banks.flatMap((builder) => builder.tensors),
  };
}

class BankBuilder {
  readonly index: number;
  readonly tensors: PlacedTensor[] = [];
  readonly #shape: EngineShape;
  readonly #formats: Formats;
  readonly #scratch: Scratch;
  readonly #layers: PlacedLayer[] = [];
  #next: number;
  #cacheBytes = 0;
  /** Of what was placed since the last layer began, which shares its scratch with no other. */
  #lowRankWidth = 0;

  constructor(index: number, extents: ScratchExtents, config: ModelConfig, shape: EngineShape, formats: Formats) {
    this.index = index;
    this.#shape = shape;
    this.#formats = formats;
    this.#next = roundUp(shape.kernels.heapBase());
    this.#scratch = planScratch(config, shape, extents, (bytes) => this.reserve(bytes));
  }

  /** Bytes with one cache. */
  get used(): number {
    return this.#next + this.#cacheBytes;
  }

  /** Whether there is room for so many bytes more, and so many more in every cache that is planned for. */
  fits(bytes: number, cacheBytes: number): boolean {
    const { sequences, maxBankBytes } = this.#shape;
    return this.#next + bytes + (this.#cacheBytes + cacheBytes) * sequences <= maxBankBytes;
  }

  reserve(bytes: number): number {
    const address = this.#next;
    this.#next += roundUp(bytes);
    return address;
  }

  /** @param packs whether it is packed if its type can be: not so where rows are only looked up */
  place(info: Weight, packs = true): PlacedTensor {
    const columns = info.dims[0] ?? 0;
    const rows = rowsOf(info);
    const type = isWidened(info) ? F32 : info.type;
    const packing = packs ? this.#formats.of(info.type).packing : undefined;
    const address = this.reserve(packs ? placedBytes(this.#formats, info) : info.bytes);
    const placed: PlacedTensor = {
      info,
      type,
      rows,
      columns,
      rowBytes: tensorBytes(type, columns),
      bank: this.index,
      address,
      isPacked: packing !== undefined,
      groupRows: packing?.groupRows ?? 1,
      bias: info.bias && this.place(info.bias),
      adapters: (info.adapters ?? []).map((adapter) => this.#placeAdapter(adapter)),
    };
    this.tensors.push(placed);
    return placed;
  }

  #placeAdapter({ a, b, ...part }: WeightAdapter): PlacedLowRank {
    const place = this.#lowRankWidth;
    this.#lowRankWidth += part.rank;
    return { ...part, a: this.place(a), b: this.place(b), place };
  }

  addLayer(layer: LayerWeights, cacheBytes: number): void {
    this.#lowRankWidth = 0;
    this.#layers.push(mapLayer(layer, (weight) => this.place(weight)));
    this.#cacheBytes += cacheBytes;
  }

  finish(): BankPlan {
    return { layers: this.#layers, scratch: this.#scratch, bytes: this.#next, cacheBytes: this.#cacheBytes };
  }
}

function bytesOf(formats: Formats, tensors: readonly TensorInfo[]): number {
  return tensors.reduce((sum, tensor) => sum + roundUp(placedBytes(formats, tensor)), 0);
}

function roundUp(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

function tooLarge(bank: number, used: number, limit: number): LlamaError {
  return new LlamaError(
    "memory",
    `Memory bank ${bank} would need ${byteSize(used)}, and a bank has ${byteSize(limit)}; choose a smaller context or batch size.`,
  );
}
