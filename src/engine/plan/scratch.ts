import type { TensorInfo } from "../../gguf/tensors.js";
import type { Formats } from "../../kernels/formats.js";
import type { ModelConfig } from "../../model/config.js";
import { partsOf } from "../../model/layer.js";
import { type ModelWeights, tensorsOfLayer, tensorsOfWeight, type Weight } from "../../model/weights.js";
import type { EngineShape } from "./engine-shape.js";
import { isWidened, placedBytes, rowBytesOf } from "./placed.js";

/** What is prepared of tokens before a matrix multiplies them. */
export interface Prepared {
  /** (tokens, dim) f32 */
  readonly floats: number;
  /** (tokens, widest) q8 */
  readonly packed: number;
  /** (tokens, headSize / 2, 2) f32: cos and sin of the token's position */
  readonly angles: number;
}

export interface WorkerScratch extends Prepared {
  /** A call of attention with its scratch; see assembly/attention/scratch.ts. */
  readonly attention: number;
  /** The tiles of a matmul, rows as they are in the file, and what is read of the file before it is packed. */
  readonly workspace: number;
  /** (tokens, experts) f32: what the router says */
  readonly scores: number;
}

export interface Scratch {
  /** Bytes of each `workspace`: a group of rows of any packed matrix fits. */
  readonly workspaceBytes: number;
  /** For batches: each worker prepares some of the tokens. */
  readonly shared: Prepared;
  /** For single tokens: each worker prepares its own copy, which is cheaper than waiting for another's. */
  readonly perWorker: readonly WorkerScratch[];
  /** The residual stream, (tokens, dim) f32 */
  readonly x: number;
  /** (rows, dim) f32; rows as those of `gate` */
  readonly projected: number;
  /** (tokens, heads * headSize) f32 */
  readonly query: number;
  readonly attended: number;
  /** (tokens, kvHeads * headSize) f32 */
  readonly key: number;
  readonly value: number;
  /** Of a mixture: what is gathered for its experts, of so many rows at most. A row is a token at an expert. */
  readonly experts: Pick<Prepared, "floats" | "packed">;
  readonly expertRows: number;
  /** (rows, hiddenDim) f32; rows are tokens, or those of a mixture */
  readonly gate: number;
  readonly up: number;
  /** (rows, lowRankWidth) f32: A x of the adapters of a layer */
  readonly lowRank: number;
  readonly lowRankWidth: number;
}

/** What the weights ask of scratch. */
export interface ScratchExtents {
  readonly workspaceBytes: number;
  readonly lowRankWidth: number;
}

/** What is packed at a time fits into the cache of a core. */
const WORKSPACE_BYTES = 256 << 10;

/** Lays out the scratch of one bank, by addresses that `reserve` gives for bytes. */
export function planScratch(
  config: ModelConfig,
  shape: EngineShape,
  { workspaceBytes, lowRankWidth }: ScratchExtents,
  reserve: (bytes: number) => number,
): Scratch {
  const { dim, hiddenDim, headSize, experts, expertsUsed } = config;
  const queryDim = config.heads * headSize;
  const kvDim = config.kvHeads * headSize;
  const floats = (tokens: number, width: number) => reserve(tokens * width * 4);
  const inputs = (tokens: number) => ({
    floats: floats(tokens, dim),
    packed: reserve(tokens * shape.kernels.q8RowBytes(Math.max(dim, queryDim, hiddenDim))),
  });
  const prepared = (tokens: number): Prepared => ({
    ...inputs(tokens),
    angles: floats(tokens, headSize),
  });
  const batch = shape.batchSize;
  // Tokens of a mixture go through in rounds of so many rows, so experts cost no more scratch than one network.
  const expertRows = experts === 0 ? 0 : Math.max(batch, expertsUsed);
  const rows = Math.max(batch, expertRows);
  return {
    workspaceBytes,
    shared: prepared(batch),
    perWorker: Array.from({ length: shape.workers }, () => ({
      ...prepared(1),
      attention: reserve(shape.kernels.attentionBytes(headSize)),
      workspace: reserve(workspaceBytes),
      scores: floats(batch, experts),
    })),
    x: floats(batch, dim),
    projected: floats(rows, dim),
    query: floats(batch, queryDim),
    attended: floats(batch, queryDim),
    key: floats(batch, kvDim),
    value: floats(batch, kvDim),
    experts: inputs(expertRows),
    expertRows,
    gate: floats(rows, hiddenDim),
    up: floats(rows, hiddenDim),
    lowRank: floats(rows, lowRankWidth),
    lowRankWidth,
  };
}

export function extentsFor(weights: ModelWeights, formats: Formats, shape: EngineShape): ScratchExtents {
  const ranks = (...matrices: readonly Weight[]) =>
    matrices.flatMap(({ adapters = [] }) => adapters).reduce((sum, { rank }) => sum + rank, 0);
  const { layers, tokenEmbedding, output } = weights;
  const ends = ranks(tokenEmbedding, output);
  return {
    workspaceBytes: workspaceBytesFor(weights, formats, shape),
    lowRankWidth: ends + Math.max(0, ...layers.map((layer) => ranks(...partsOf(layer)))),
  };
}

/**
 * Room for the tiles of a matmul, for as many groups of rows as are packed at a time, and for vectors to be widened.
 */
function workspaceBytesFor(weights: ModelWeights, formats: Formats, { kernels }: EngineShape): number {
  const packed = tensorsOf(weights).filter((matrix) => formats.of(matrix.type).packing !== undefined);
  const largest = Math.max(0, ...packed.map((matrix) => placedBytes(formats, matrix)));
  const groups = packed.map((matrix) => kernels.groupRows() * rowBytesOf(matrix));
  const vectors = tensorsOf(weights)
    .filter(isWidened)
    .map(({ bytes }) => bytes);
  return Math.max(kernels.matmulBytes(), Math.min(WORKSPACE_BYTES, largest), ...groups, ...vectors);
}

function tensorsOf({ layers, outputNorm, output }: ModelWeights): TensorInfo[] {
  return [outputNorm, ...tensorsOfWeight(output), ...layers.flatMap(tensorsOfLayer)];
}
