import { LlamaError, printable } from "../errors.js";
import type { GgufFile } from "../gguf/file.js";
import type { TensorInfo } from "../gguf/tensors.js";
import type { LowRank } from "./adapters.js";
import { architectureNamed } from "./architectures.js";
import type { ModelConfig } from "./config.js";
import { type FeedForward, type Layer, partsOf } from "./layer.js";
import { isClassifierTensor } from "./reward-head.js";
import {
  biasRow,
  expertTensorName,
  type LayerRole,
  layerTensorName,
  type ModelRole,
  modelTensorName,
  type TensorRow,
} from "./tensors.js";

/** A norm's weights, or a matrix with what is added to its products. */
export interface Weight extends TensorInfo {
  /** (rows,) */
  readonly bias?: TensorInfo;
  readonly adapters?: readonly WeightAdapter[];
  /** Of a part of a tensor that has the matrices of all experts, one below the other: which one it is. */
  readonly expert?: Part;
}

/** One of several equal parts of a tensor. */
export interface Part {
  readonly index: number;
  readonly count: number;
}

/** One of several equal parts of a tensor, by its last dimension. */
export function partOf<T extends TensorInfo>(tensor: T, { index, count }: Part): T {
  const bytes = tensor.bytes / count;
  return { ...tensor, dims: tensor.dims.slice(0, 2), offset: tensor.offset + index * bytes, bytes };
}

/** What one of a model's adapters adds to a matrix. */
export interface WeightAdapter extends LowRank {
  /** Which one it is. */
  readonly adapter: number;
}

/** The tensors of one layer; tensors.ts has their shapes. */
export type LayerWeights = Layer<Weight>;

/** All of a layer, with what is added to products. */
export function tensorsOfLayer(layer: LayerWeights): TensorInfo[] {
  return partsOf(layer).flatMap(tensorsOfWeight);
}

/** A weight itself, and what is added to its products. */
export function tensorsOfWeight(weight: Weight): TensorInfo[] {
  const { bias, adapters = [] } = weight;
  return [weight, ...(bias === undefined ? [] : [bias]), ...adapters.flatMap(({ a, b }) => [a, b])];
}

/** All tensors of a Llama, found by name, of the right shape. */
export interface ModelWeights {
  /** (vocabulary, dim) */
  readonly tokenEmbedding: Weight;
  readonly layers: readonly LayerWeights[];
  /** (dim,) */
  readonly outputNorm: TensorInfo;
  /** (vocabulary, dim); the token embedding itself where the file ties them */
  readonly output: Weight;
  /** (headSize / 2,), Llama 3.1's factors on the RoPE frequencies */
  readonly ropeFactors: TensorInfo | undefined;
}

/** Tensors that some converters write and that nothing reads: they repeat what the metadata says. */
const IGNORED = /^(blk\.\d+\.)?(attn_rot_embd|rope\.freqs|attn\.rope\.freqs)(\.weight)?$/;

/**
 * Finds every tensor of the model and checks its shape.
 * @throws LlamaError `model` naming the tensor, what was found and what was expected
 */
export function findWeights(file: GgufFile, config: ModelConfig): ModelWeights {
  if (file.tensors.length === 0) {
    throw new LlamaError(
      "model",
      `${printable(file.path, 256)} holds a vocabulary only, no weights; give a whole model.`,
    );
  }
  const { layerTensors, modelTensors } = architectureNamed(config.architecture);
  const finder = new TensorFinder(file.tensors, config);
  const ofModel = (role: ModelRole) => finder.get(modelTensorName(role), modelTensors[role]);
  const ifPresent = (role: ModelRole) => (finder.has(modelTensorName(role)) ? ofModel(role) : undefined);
  const ofLayer = (role: LayerRole, index: number): Weight => {
    const row: TensorRow = layerTensors[role];
    const weight = finder.get(layerTensorName(role, index), row);
    const biasName = layerTensorName(role, index, "bias");
    if (row.biasGroup === undefined || !finder.has(biasName)) return weight;
    return { ...weight, bias: finder.get(biasName, biasRow(row)) };
  };
  const count = config.experts;
  /** The matrices of all experts are one tensor, or each is one. */
  const ofExpert = (role: "gate" | "up" | "down", layer: number, index: number): Weight => {
    const name = expertTensorName(role, layer, index);
    if (finder.has(name)) return finder.get(name, layerTensors[role]);
    const all = ofLayer(`${role}Experts`, layer);
    return { ...partOf(all, { index, count }), expert: { index, count } };
  };
  const networks = (layer: number): [FeedForward<Weight>, ...FeedForward<Weight>[]] => {
    const network = (index: number): FeedForward<Weight> => {
      const find = (role: "gate" | "up" | "down") =>
        count === 0 ? ofLayer(role, layer) : ofExpert(role, layer, index);
      return { gate: find("gate"), up: find("up"), down: find("down") };
    };
    return [network(0), ...Array.from({ length: Math.max(0, count - 1) }, (_, index) => network(index + 1))];
  };
  const layer = (index: number): LayerWeights => ({
    attentionNorm: ofLayer("attentionNorm", index),
    query: ofLayer("query", index),
    key: ofLayer("key", index),
    value: ofLayer("value", index),
    attentionOutput: ofLayer("attentionOutput", index),
    feedForwardNorm: ofLayer("feedForwardNorm", index),
    router: count === 0 ? undefined : ofLayer("router", index),
    feedForward: networks(index),
  });
  const tokenEmbedding = ofModel("tokenEmbedding");
  const weights: ModelWeights = {
    tokenEmbedding,
    layers: Array.from({ length: config.layers }, (_, index) => layer(index)),
    outputNorm: ofModel("outputNorm"),
    output: ifPresent("output") ?? tokenEmbedding,
    ropeFactors: ifPresent("ropeFactors"),
  };
  finder.refuseUnused();
  return weights;
}

/** Types of vectors: what the network reads of them is F32 in memory. */
const VECTOR_TYPES: ReadonlySet<string> = new Set(["F32", "F16", "BF16"]);

class TensorFinder {
  readonly #tensors: ReadonlyMap<string, TensorInfo>;
  readonly #used = new Set<string>();

  readonly #config: ModelConfig;

  constructor(tensors: readonly TensorInfo[], config: ModelConfig) {
    this.#config = config;
    this.#tensors = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  }

  has(name: string): boolean {
    return this.#tensors.has(name);
  }

  /** A tensor that no Llama has may mean another bias or an adapter: leaving it out would give wrong answers. */
  refuseUnused(): void {
    for (const name of this.#tensors.keys()) {
      if (this.#used.has(name) || IGNORED.test(name) || isClassifierTensor(name)) continue;
      throw new LlamaError(
        "model",
        `Tensor ${printable(name)} is not part of a Llama model of this shape; the file is of a kind that is not supported.`,
      );
    }
  }

  get(name: string, { dims, isMatrix }: TensorRow): TensorInfo {
    const expected = dims(this.#config);
    const tensor = this.#tensors.get(name);
    if (tensor === undefined) {
      throw new LlamaError("model", `Tensor ${name} is missing; expected one of shape [${expected.join(", ")}].`);
    }
    if (trimmed(tensor.dims).join() !== trimmed(expected).join()) {
      throw new LlamaError(
        "model",
        `Tensor ${name} has the shape [${tensor.dims.join(", ")}]; expected [${expected.join(", ")}].`,
      );
    }
    if (!isMatrix && !VECTOR_TYPES.has(tensor.type.name)) {
      const types = [...VECTOR_TYPES].join(", ");
      throw new LlamaError("unsupported", `Tensor ${name} is of type ${tensor.type.name}; expected one of ${types}.`);
    }
    this.#used.add(name);
    return tensor;
  }
}

/** Without the trailing dimensions of 1 that some writers add. */
function trimmed(dims: readonly number[]): readonly number[] {
  return dims.slice(0, dims.findLastIndex((dim) => dim !== 1) + 1);
}
