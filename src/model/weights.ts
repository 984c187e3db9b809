import { LlamaError, printable } from "../errors.js";
import type { GgufFile } from "../gguf/file.js";
import type { TensorInfo } from "../gguf/tensors.js";
import type { ModelConfig } from "./config.js";

/** The tensors of one block; of matrices, W (rows, columns) has dims [columns, rows]. */
export interface LayerWeights {
  /** (dim,) */
  readonly attentionNorm: TensorInfo;
  /** (heads * headSize, dim) */
  readonly query: TensorInfo;
  /** (kvHeads * headSize, dim) */
  readonly key: TensorInfo;
  /** (kvHeads * headSize, dim) */
  readonly value: TensorInfo;
  /** (dim, heads * headSize) */
  readonly attentionOutput: TensorInfo;
  /** (dim,) */
  readonly feedForwardNorm: TensorInfo;
  /** (hiddenDim, dim) */
  readonly gate: TensorInfo;
  /** (hiddenDim, dim) */
  readonly up: TensorInfo;
  /** (dim, hiddenDim) */
  readonly down: TensorInfo;
}

/** All tensors of a Llama, found by name, of the right shape. */
export interface ModelWeights {
  /** (vocabulary, dim) */
  readonly tokenEmbedding: TensorInfo;
  readonly layers: readonly LayerWeights[];
  /** (dim,) */
  readonly outputNorm: TensorInfo;
  /** (vocabulary, dim); the token embedding itself where the file ties them */
  readonly output: TensorInfo;
  /** (headSize / 2,), Llama 3.1's factors on the RoPE frequencies */
  readonly ropeFactors: TensorInfo | undefined;
}

/** Tensors that some converters write and that nothing reads: they repeat what the metadata says. */
const IGNORED = /^(blk\.\d+\.)?(attn_rot_embd|rope\.freqs|attn\.rope\.freqs)(\.weight)?$/;

/**
 * Finds every tensor of the model and checks its shape.
 * @throws LlamaError `model` naming the tensor, what was found and what was wanted
 */
export function findWeights(file: GgufFile, config: ModelConfig): ModelWeights {
  if (file.tensors.length === 0) {
    throw new LlamaError(
      "model",
      `${printable(file.path, 256)} holds a vocabulary only, no weights; give a whole model.`,
    );
  }
  const finder = new TensorFinder(file.tensors);
  const { dim, hiddenDim, headSize, vocabularySize } = config;
  const queryDim = config.heads * headSize;
  const kvDim = config.kvHeads * headSize;
  const layer = (index: number): LayerWeights => {
    const named = (name: string) => `blk.${index}.${name}.weight`;
    return {
      attentionNorm: finder.vector(named("attn_norm"), dim),
      query: finder.matrix(named("attn_q"), queryDim, dim),
      key: finder.matrix(named("attn_k"), kvDim, dim),
      value: finder.matrix(named("attn_v"), kvDim, dim),
      attentionOutput: finder.matrix(named("attn_output"), dim, queryDim),
      feedForwardNorm: finder.vector(named("ffn_norm"), dim),
      gate: finder.matrix(named("ffn_gate"), hiddenDim, dim),
      up: finder.matrix(named("ffn_up"), hiddenDim, dim),
      down: finder.matrix(named("ffn_down"), dim, hiddenDim),
    };
  };
  const tokenEmbedding = finder.matrix("token_embd.weight", vocabularySize, dim);
  const weights: ModelWeights = {
    tokenEmbedding,
    layers: Array.from({ length: config.layers }, (_, index) => layer(index)),
    outputNorm: finder.vector("output_norm.weight", dim),
    output: finder.has("output.weight") ? finder.matrix("output.weight", vocabularySize, dim) : tokenEmbedding,
    ropeFactors: finder.has("rope_freqs.weight") ? finder.vector("rope_freqs.weight", headSize / 2) : undefined,
  };
  finder.refuseUnused();
  return weights;
}

class TensorFinder {
  readonly #tensors: ReadonlyMap<string, TensorInfo>;
  readonly #used = new Set<string>();

  constructor(tensors: readonly TensorInfo[]) {
    this.#tensors = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  }

  has(name: string): boolean {
    return this.#tensors.has(name);
  }

  /** Norms and factors are F32 in every file: their few values would only lose by another type. */
  vector(name: string, length: number): TensorInfo {
    const tensor = this.#get(name, [length]);
    if (tensor.type.name === "F32") return tensor;
    throw new LlamaError("unsupported", `Tensor ${name} is of type ${tensor.type.name}, and F32 was wanted.`);
  }

  matrix(name: string, rows: number, columns: number): TensorInfo {
    return this.#get(name, [columns, rows]);
  }

  /** A tensor that no Llama has may mean a bias or an adapter: leaving it out would give wrong answers. */
  refuseUnused(): void {
    for (const name of this.#tensors.keys()) {
      if (this.#used.has(name) || IGNORED.test(name)) continue;
      throw new LlamaError(
        "model",
        `Tensor ${printable(name)} is not part of a Llama model of this shape; the file is of a kind that is not supported.`,
      );
    }
  }

  #get(name: string, wanted: readonly number[]): TensorInfo {
    const tensor = this.#tensors.get(name);
    if (tensor === undefined) {
      throw new LlamaError("model", `Tensor ${name} is missing, and one of shape [${wanted.join(", ")}] was wanted.`);
    }
    if (trimmed(tensor.dims).join() !== trimmed(wanted).join()) {
      throw new LlamaError(
        "model",
        `Tensor ${name} has the shape [${tensor.dims.join(", ")}], and [${wanted.join(", ")}] was wanted.`,
      );
    }
    this.#used.add(name);
    return tensor;
  }
}

/** Without the trailing dimensions of 1 that some writers add. */
function trimmed(dims: readonly number[]): readonly number[] {
  return dims.slice(0, dims.findLastIndex((dim) => dim !== 1) + 1);
}
