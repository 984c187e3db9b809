import { LlamaError, printable } from "../errors.js";
import { readTensorData } from "../gguf/data.js";
import type { GgufFile } from "../gguf/file.js";
import { isDense, toFloats } from "../gguf/floats.js";
import type { TensorInfo } from "../gguf/tensors.js";
import { architectureNamed } from "./architectures.js";
import type { ModelConfig } from "./config.js";
import { keyOf } from "./hyperparameters.js";
import { modelTensorName } from "./tensors.js";

/** What the file of a reward model says of its scores. */
export interface RewardInfo {
  /** What its outputs are called; the first is the score. */
  readonly labels: readonly string[];
  /** Mean and standard deviation of its scores on the answers that it was made with. */
  readonly mean: number | undefined;
  readonly std: number | undefined;
  /** Of a safety model: an answer is unsafe whose score has a sigmoid below this. */
  readonly unsafeBelow: number | undefined;
}

/**
 * What turns a hidden state into scores: a head of its own as llama.cpp's pooling RANK has it (Llama 2, section 3.2.2:
 * the classification head of next-token prediction is replaced by a regression head), or the first two rows of the
 * output matrix, of which the second is 0, so that every program that shows logits can score.
 */
export interface RewardHead {
  readonly info: RewardInfo;
  /** (dim,) f32 -> (labels,); undefined where the score is logit 0 less logit 1. */
  readonly outputsOf: ((state: Float32Array) => Float64Array) | undefined;
}

/** The tensors of a classifier (llama.cpp, `LLM_TENSOR_CLS` and `LLM_TENSOR_CLS_OUT`). */
const CLASSIFIER = /^cls\.(?:output\.)?(?:weight|bias)$/;

export function isClassifierTensor(name: string): boolean {
  return CLASSIFIER.test(name);
}

/** Rows behind the first that are 0 in no matrix that predicts tokens: `</s>` is among them. */
const ZERO_ROWS = 4;

/**
 * The reward head of a model; undefined where it has none.
 * @throws LlamaError `model` where it has only a part of one, or one of another shape; `unsupported` where its type is
 *   quantised
 */
export function findRewardHead(file: GgufFile, config: ModelConfig): RewardHead | undefined {
  const info = readInfo(file, config);
  const tensorNamed = (name: string) => file.tensors.find((tensor) => tensor.name === name);
  const head = tensorNamed("cls.output.weight");
  if (head === undefined) {
    if (file.tensors.some(({ name }) => isClassifierTensor(name))) {
      throw new LlamaError("model", "The model has a part of a classifier, but cls.output.weight is missing.");
    }
    const output = tensorNamed(modelTensorName("output"));
    return output !== undefined && hasScoreRows(file, output, config) ? { info, outputsOf: undefined } : undefined;
  }
  const { dim } = config;
  const count = info.labels.length;
  const layer = (weight: TensorInfo, bias: TensorInfo | undefined, rows: number): Affine => ({
    weight: valuesOf(weight, [dim, rows]),
    bias: bias === undefined ? undefined : valuesOf(bias, [rows]),
    rows,
  });
  const output = layer(head, tensorNamed("cls.output.bias"), count);
  const pooler = tensorNamed("cls.weight");
  const pooled = pooler && layer(pooler, tensorNamed("cls.bias"), dim);
  const outputsOf = (state: Float32Array) =>
    product(output, pooled === undefined ? state : product(pooled, state).map(Math.tanh));
  return { info, outputsOf };
}

/** @throws LlamaError `unsupported` where a model is asked for scores that has no head for them */
export function requireReward<T extends RewardHead | RewardInfo>(found: T | undefined): T {
  if (found !== undefined) return found;
  throw new LlamaError(
    "unsupported",
    "This is no reward model: it has neither cls.output.weight nor an output matrix of scores; give one that was trained to score answers.",
  );
}

function readInfo({ metadata }: GgufFile, config: ModelConfig): RewardInfo {
  const labels = metadata.findStrings(labelsKey(config)) ?? [];
  return {
    labels: labels.length === 0 ? ["score"] : labels,
    mean: metadata.findNumber("reward.mean"),
    std: metadata.findNumber("reward.std"),
    unsafeBelow: metadata.findNumber("reward.unsafe_below"),
  };
}

/** Whether the output matrix has the score in its first row and nothing below. */
function hasScoreRows({ metadata }: GgufFile, output: TensorInfo, config: ModelConfig): boolean {
  if (["reward.mean", "reward.std", "reward.unsafe_below", labelsKey(config)].some((key) => metadata.has(key))) {
    return true;
  }
  const rows = Math.min(ZERO_ROWS, config.vocabularySize - 1) + 1;
  const rowBytes = output.bytes / config.vocabularySize;
  // What is quantised has lost its zeros to rounding; such a file says what it is.
  if (!isDense(output.type) || rows < 2 || !Number.isInteger(rowBytes)) return false;
  const values = toFloats(output.type, readTensorData({ ...output, bytes: rows * rowBytes }));
  const isZero = (from: number, to: number) => values.subarray(from, to).every((value) => value === 0);
  return isZero(config.dim, values.length) && !isZero(0, config.dim);
}

function labelsKey({ architecture }: ModelConfig): string {
  return keyOf(architectureNamed(architecture), "outputLabels");
}

/** A matrix and what is added to its products. */
interface Affine {
  /** (rows, columns) */
  readonly weight: Float32Array;
  /** (rows,) */
  readonly bias: Float32Array | undefined;
  readonly rows: number;
}

/** W (rows, columns) @ x (columns,) + b (rows,) -> (rows,), in float64 */
function product({ weight, bias, rows }: Affine, x: Float32Array | Float64Array): Float64Array {
  const sums = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    let sum = bias?.[row] ?? 0;
    for (let i = 0; i < x.length; i++) sum += (weight[row * x.length + i] ?? 0) * (x[i] ?? 0);
    sums[row] = sum;
  }
  return sums;
}

function valuesOf(tensor: TensorInfo, expected: readonly number[]): Float32Array {
  const { name, dims, type } = tensor;
  const count = dims.reduce((all, n) => all * n, 1);
  // A head of one row may be written as a vector or as a matrix.
  if (dims[0] !== expected[0] || count !== expected.reduce((all, n) => all * n, 1)) {
    throw new LlamaError(
      "model",
      `Tensor ${printable(name)} has the shape [${dims.join(", ")}]; expected [${expected.join(", ")}].`,
    );
  }
  if (isDense(type)) return toFloats(type, readTensorData(tensor));
  throw new LlamaError(
    "unsupported",
    `Tensor ${printable(name)} is of type ${type.name}; expected F32, F16 or BF16, as the head of a reward model is small.`,
  );
}
