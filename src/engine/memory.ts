import { LlamaError } from "../errors.js";
import { findTensorTypeByName, type TensorType, tensorBytes } from "../gguf/format.js";
import type { TensorInfo } from "../gguf/tensors.js";
import type { Kernels } from "../kernels/exports.js";
import { Formats } from "../kernels/formats.js";
import type { ModelConfig } from "../model/config.js";
import type { LayerWeights, ModelWeights } from "../model/weights.js";
import { byteSize } from "../byte-size.js";
import { type CacheLayout, type CacheTypes, cacheLayout } from "./kv-cache.js";
import { controlBytes } from "./protocol.js";

/**
 * Banks. A 32-bit WebAssembly memory holds 4 GiB, so a model lies in as many memories as it needs: each bank has
 * the weights, KV caches and scratch of a contiguous range of layers, and only the residual stream crosses from
 * one to the next.
 *
 * ```
 * bank 0      | constants | control | scratch | embedding | layers 0..a | caches of sessions ...
 * bank 1      | constants |         | scratch |           | layers a..b | caches ...
 * last bank   | constants |         | scratch, logits | layers b.. | output | caches ...
 * ```
 *
 * An embedding that is the output matrix too lies with the output.
 */
export const PAGE_BYTES = 65536;
export const MAX_BANK_BYTES = 65536 * PAGE_BYTES;
const F32 = findTensorTypeByName("F32") as TensorType;
/** Cache lines, and the widest vectors of any machine. */
const ALIGNMENT = 64;
/** What is packed at a time fits into the cache of a core. */
const DESK_BYTES = 256 << 10;

export interface EngineShape {
  readonly workers: number;
  readonly contextSize: number;
  /** Tokens of a prompt that go through the network together. */
  readonly batchSize: number;
  readonly cacheTypes: CacheTypes;
  /** An instance of the kernels, which know what they need. */
  readonly kernels: Kernels;
  /** 4 GiB, less in tests of models that span banks. */
  readonly maxBankBytes: number;
}

/** A matrix W (rows, columns), or a vector where rows is 1, in a bank. */
export interface PlacedTensor {
  readonly info: TensorInfo;
  /** What it is in the bank: F32 for vectors that the file has in another type. */
  readonly type: TensorType;
  readonly rows: number;
  readonly columns: number;
  readonly rowBytes: number;
  readonly bank: number;
  readonly address: number;
  /** Whether groups of rows lie packed, as the kernels of the type want them, and not as in the file. */
  readonly isPacked: boolean;
  /** Rows that lie together: 1 where they are not packed. */
  readonly groupRows: number;
}

export type PlacedLayer = { readonly [role in keyof LayerWeights]: PlacedTensor };

/** What is prepared of a token before a matrix multiplies it. */
export interface Prepared {
  /** (tokens, dim) f32 */
  readonly normed: number;
  /** (tokens, widest) q8 */
  readonly packed: number;
  /** (tokens, headSize / 2, 2) f32: cos and sin of the token's position */
  readonly angles: number;
}

export interface OwnScratch extends Prepared {
  /** A call of attention with its scratch; see assembly/attention/scratch.ts. */
  readonly attention: number;
  /** The tiles of a matmul, rows as they are in the file, and what is read of the file before it is packed. */
  readonly desk: number;
}

export interface Scratch {
  /** Bytes of each `desk`: a group of rows of any packed matrix fits. */
  readonly deskBytes: number;
  /** For batches: each worker prepares some of the tokens. */
  readonly shared: Prepared;
  /** For single tokens: each worker prepares its own copy, which is cheaper than waiting for another's. */
  readonly own: readonly OwnScratch[];
  /** The residual stream, (tokens, dim) f32; so are `projected`. */
  readonly x: number;
  readonly projected: number;
  /** (tokens, heads * headSize) f32 */
  readonly query: number;
  readonly attended: number;
  /** (tokens, kvHeads * headSize) f32 */
  readonly key: number;
  readonly value: number;
  /** (tokens, hiddenDim) f32 */
  readonly gate: number;
  readonly up: number;
}

export interface BankPlan {
  readonly firstLayer: number;
  readonly layers: readonly PlacedLayer[];
  readonly scratch: Scratch;
  /** Bytes in use before any cache. */
  readonly bytes: number;
  /** Bytes of one session's cache in this bank. */
  readonly cacheBytes: number;
}

export interface MemoryPlan {
  readonly banks: readonly BankPlan[];
  readonly cache: CacheLayout;
  readonly embedding: PlacedTensor;
  readonly outputNorm: PlacedTensor;
  readonly output: PlacedTensor;
  /** Control words, in bank 0; see protocol.ts. */
  readonly control: number;
  /** (LOGIT_ROWS, vocabulary) f32 in the last bank. */
  readonly logits: number;
  /** Every tensor once, in the order of its address in its bank. */
  readonly tensors: readonly PlacedTensor[];
}

/** Positions whose logits can be computed in one job. */
export const LOGIT_ROWS = 32;

/**
 * Lays a model out in banks, one layer the smallest unit.
 * @throws LlamaError `memory` where a layer with its cache does not fit into a bank
 */
export function planMemory(config: ModelConfig, weights: ModelWeights, shape: EngineShape): MemoryPlan {
  const cache = cacheLayout(shape.kernels, config, shape.contextSize, shape.cacheTypes);
  const isTied = weights.output === weights.tokenEmbedding;
  const formats = new Formats(shape.kernels);
  const deskBytes = deskBytesFor(weights, formats, shape);
  const banks: BankBuilder[] = [new BankBuilder(0, 0, deskBytes, config, shape, formats)];
  let bank = banks[0] as BankBuilder;
  const nextBankUnless = (fits: boolean, layer: number) => {
    if (fits) return;
    bank = new BankBuilder(banks.length, layer, deskBytes, config, shape, formats);
    banks.push(bank);
  };
  const control = bank.reserve(controlBytes(shape.batchSize));
  const embedding = isTied ? undefined : bank.place(weights.tokenEmbedding, false);
  weights.layers.forEach((layer, index) => {
    const bytes =
      Object.values(layer).reduce((sum, tensor) => sum + roundUp(placedBytes(formats, tensor)), 0) + cache.layer;
    nextBankUnless(bank.fits(bytes), index);
    bank.addLayer(layer, cache.layer);
  });
  const logitsBytes = LOGIT_ROWS * config.vocabularySize * 4;
  const outputBytes =
    roundUp(placedBytes(formats, weights.outputNorm)) +
    roundUp(placedBytes(formats, weights.output)) +
    roundUp(logitsBytes);
  nextBankUnless(bank.fits(outputBytes), config.layers);
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

/** What a plan asks of the machine, in bytes. */
export interface MemoryNeed {
  readonly weights: number;
  readonly scratch: number;
  /** One session's KV cache. */
  readonly cache: number;
  readonly total: number;
}

export function memoryNeed(plan: MemoryPlan): MemoryNeed {
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const weights = sum(plan.tensors.map((tensor) => tensor.info.bytes));
  const cache = sum(plan.banks.map((bank) => bank.cacheBytes));
  const total = sum(plan.banks.map((bank) => bank.bytes)) + cache;
  return { weights, cache, scratch: total - weights - cache, total };
}

class BankBuilder {
  readonly index: number;
  readonly tensors: PlacedTensor[] = [];
  readonly #firstLayer: number;
  readonly #maxBytes: number;
  readonly #formats: Formats;
  readonly #scratch: Scratch;
  readonly #layers: PlacedLayer[] = [];
  #next: number;
  #cacheBytes = 0;

  constructor(
    index: number,
    firstLayer: number,
    deskBytes: number,
    config: ModelConfig,
    shape: EngineShape,
    formats: Formats,
  ) {
    this.index = index;
    this.#formats = formats;
    this.#firstLayer = firstLayer;
    this.#maxBytes = shape.maxBankBytes;
    this.#next = roundUp(shape.kernels.heapBase());
    this.#scratch = planScratch(config, shape, deskBytes, (bytes) => this.reserve(bytes));
  }

  get used(): number {
    return this.#next + this.#cacheBytes;
  }

  fits(bytes: number): boolean {
    return this.used + bytes <= this.#maxBytes;
  }

  reserve(bytes: number): number {
    const address = this.#next;
    this.#next += roundUp(bytes);
    return address;
  }

  /** @param packs whether it is packed if its type can be: not so where rows are only looked up */
  place(info: TensorInfo, packs = true): PlacedTensor {
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
    };
    this.tensors.push(placed);
    return placed;
  }

  addLayer(layer: LayerWeights, cacheBytes: number): void {
    const placed = Object.entries(layer).map(([role, tensor]) => [role, this.place(tensor)]);
    this.#layers.push(Object.fromEntries(placed) as PlacedLayer);
    this.#cacheBytes += cacheBytes;
  }

  finish(): BankPlan {
    return {
      firstLayer: this.#firstLayer,
      layers: this.#layers,
      scratch: this.#scratch,
      bytes: this.#next,
      cacheBytes: this.#cacheBytes,
    };
  }
}

function planScratch(
  config: ModelConfig,
  shape: EngineShape,
  deskBytes: number,
  reserve: (bytes: number) => number,
): Scratch {
  const { dim, hiddenDim, headSize } = config;
  const queryDim = config.heads * headSize;
  const kvDim = config.kvHeads * headSize;
  const floats = (tokens: number, width: number) => reserve(tokens * width * 4);
  const prepared = (tokens: number): Prepared => ({
    normed: floats(tokens, dim),
    packed: reserve(tokens * shape.kernels.q8RowBytes(Math.max(dim, queryDim, hiddenDim))),
    angles: floats(tokens, headSize),
  });
  const batch = shape.batchSize;
  return {
    deskBytes,
    shared: prepared(batch),
    own: Array.from({ length: shape.workers }, () => ({
      ...prepared(1),
      attention: reserve(shape.kernels.attentionBytes(headSize)),
      desk: reserve(deskBytes),
    })),
    x: floats(batch, dim),
    projected: floats(batch, dim),
    query: floats(batch, queryDim),
    attended: floats(batch, queryDim),
    key: floats(batch, kvDim),
    value: floats(batch, kvDim),
    gate: floats(batch, hiddenDim),
    up: floats(batch, hiddenDim),
  };
}

/** Room for the tiles of a matmul and for as many groups of rows as are packed at a time. */
function deskBytesFor(weights: ModelWeights, formats: Formats, { kernels }: EngineShape): number {
  const packed = tensorsOf(weights).filter((matrix) => formats.of(matrix.type).packing !== undefined);
  const largest = Math.max(0, ...packed.map((matrix) => placedBytes(formats, matrix)));
  const groups = packed.map((matrix) => kernels.groupRows() * rowBytesOf(matrix));
  const widened = tensorsOf(weights).filter(isWidened);
  const vectors = widened.map(({ bytes }) => bytes);
  return Math.max(kernels.tileBytes(), Math.min(DESK_BYTES, largest), ...groups, ...vectors);
}

function tensorsOf({ layers, outputNorm, output }: ModelWeights): TensorInfo[] {
  return [outputNorm, output, ...layers.flatMap((layer): TensorInfo[] => Object.values(layer))];
}

function rowsOf(info: TensorInfo): number {
  return info.dims.slice(1).reduce((product, dim) => product * dim, 1);
}

/** Bytes of a tensor where it is packed if its type can be. */
function placedBytes(formats: Formats, info: TensorInfo): number {
  if (isWidened(info)) return tensorBytes(F32, info.dims[0] ?? 0);
  return formats.placedBytes(info.type, rowsOf(info), rowBytesOf(info));
}

/** What the network reads of vectors is F32, whatever the file has. */
function isWidened(info: TensorInfo): boolean {
  return rowsOf(info) === 1 && info.type.blockSize === 1 && info.type !== F32;
}

function rowBytesOf(info: TensorInfo): number {
  return info.bytes / rowsOf(info);
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
