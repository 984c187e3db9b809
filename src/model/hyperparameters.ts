import type { MetadataEntry } from "../gguf/metadata.js";
import type { Architecture } from "./architectures.js";

/**
 * The hyperparameters by their names here, with their keys in GGUF files, behind the architecture's prefix, and the
 * type that they are written in (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md).
 */
export const HYPERPARAMETERS = {
  contextLength: { key: "context_length", type: "u32" },
  dim: { key: "embedding_length", type: "u32" },
  layers: { key: "block_count", type: "u32" },
  hiddenDim: { key: "feed_forward_length", type: "u32" },
  heads: { key: "attention.head_count", type: "u32" },
  kvHeads: { key: "attention.head_count_kv", type: "u32" },
  keySize: { key: "attention.key_length", type: "u32" },
  valueSize: { key: "attention.value_length", type: "u32" },
  window: { key: "attention.sliding_window", type: "u32" },
  windowPattern: { key: "attention.sliding_window_pattern", type: "u32" },
  normEpsilon: { key: "attention.layer_norm_rms_epsilon", type: "f32" },
  ropeDims: { key: "rope.dimension_count", type: "u32" },
  ropeBase: { key: "rope.freq_base", type: "f32" },
  ropeScaleLinear: { key: "rope.scale_linear", type: "f32" },
  ropeScaling: { key: "rope.scaling.type", type: "string" },
  ropeFactor: { key: "rope.scaling.factor", type: "f32" },
  ropeOriginalContext: { key: "rope.scaling.original_context_length", type: "u32" },
  ropeAttentionFactor: { key: "rope.scaling.attn_factor", type: "f32" },
  vocabularySize: { key: "vocab_size", type: "u32" },
  experts: { key: "expert_count", type: "u32" },
  expertsUsed: { key: "expert_used_count", type: "u32" },
  pooling: { key: "pooling_type", type: "u32" },
  outputLabels: { key: "classifier.output_labels", type: "string" },
} as const;
export type Hyperparameter = keyof typeof HYPERPARAMETERS;

/** The key of a hyperparameter in files of an architecture. */
export function keyOf({ name }: Architecture, hyperparameter: Hyperparameter): string {
  return `${name}.${HYPERPARAMETERS[hyperparameter].key}`;
}

/** The metadata that says what architecture a model has and how large it is, in the order of `values`. */
export function hyperparameterEntries(
  architecture: Architecture,
  values: Readonly<Partial<Record<Hyperparameter, number>>>,
): [key: string, entry: MetadataEntry][] {
  return [
    ["general.architecture", { type: "string", value: architecture.name }],
    ...Object.entries(values).map(([name, value]): [string, MetadataEntry] => {
      const { type } = HYPERPARAMETERS[name as Hyperparameter];
      return [keyOf(architecture, name as Hyperparameter), { type, value }];
    }),
  ];
}
