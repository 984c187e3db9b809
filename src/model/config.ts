import { LlamaError, printable } from "../errors.js";
import type { Metadata } from "../gguf/metadata.js";
import type { RopeConfig, RopeScaling } from "./rope.js";

/** The hyperparameters of a Llama, validated. */
export interface ModelConfig {
  /** `general.name`, or "unnamed"; from the file, so print it through `printable`. */
  readonly name: string;
  /** Width of the residual stream (`embedding_length`). */
  readonly dim: number;
  readonly layers: number;
  /** Query heads. */
  readonly heads: number;
  /** Key and value heads: `heads` in multi-head, 1 in multi-query, between in grouped-query attention. */
  readonly kvHeads: number;
  /** Values a head; a multiple of 2. */
  readonly headSize: number;
  /** Width of the feed-forward network (`feed_forward_length`). */
  readonly hiddenDim: number;
  /** Positions the model was trained for. */
  readonly contextLength: number;
  readonly vocabularySize: number;
  readonly normEpsilon: number;
  readonly rope: RopeConfig;
}

/** Larger than any model there is by a wide margin; keeps every product of two below 2^53. */
const MAX_WIDTH = 1 << 20;
const MAX_LAYERS = 1 << 10;
const MAX_CONTEXT = 1 << 26;
const MAX_VOCABULARY = 1 << 24;

/**
 * Reads and checks the hyperparameters.
 * @throws LlamaError `unsupported` for another architecture, `model` for values that make no Llama
 */
export function readConfig(metadata: Metadata): ModelConfig {
  const architecture = metadata.getString("general.architecture");
  if (architecture !== "llama") {
    throw new LlamaError(
      "unsupported",
      `This is a model of the architecture "${printable(architecture)}"; only "llama" is supported.`,
    );
  }
  if ((metadata.findInteger("llama.expert_count") ?? 0) > 0) {
    throw new LlamaError("unsupported", "This is a mixture-of-experts model; only dense Llama models are supported.");
  }
  const dim = integer(metadata, "llama.embedding_length", 1, MAX_WIDTH);
  const heads = integer(metadata, "llama.attention.head_count", 1, MAX_WIDTH);
  const kvHeads = integer(metadata, "llama.attention.head_count_kv", 1, MAX_WIDTH, heads);
  if (heads % kvHeads !== 0) {
    throw wrong("llama.attention.head_count_kv", kvHeads, `a divisor of the ${heads} heads`);
  }
  const headSize = readHeadSize(metadata, dim, heads);
  return {
    name: metadata.findString("general.name") ?? "unnamed",
    dim,
    layers: integer(metadata, "llama.block_count", 1, MAX_LAYERS),
    heads,
    kvHeads,
    headSize,
    hiddenDim: integer(metadata, "llama.feed_forward_length", 1, MAX_WIDTH),
    contextLength: integer(metadata, "llama.context_length", 1, MAX_CONTEXT),
    vocabularySize: readVocabularySize(metadata),
    normEpsilon: positive(metadata, "llama.attention.layer_norm_rms_epsilon"),
    rope: readRope(metadata, headSize),
  };
}

function readHeadSize(metadata: Metadata, dim: number, heads: number): number {
  const given = metadata.has("llama.attention.key_length");
  if (!given && dim % heads !== 0) {
    throw wrong("llama.embedding_length", dim, `a multiple of the ${heads} heads`);
  }
  const headSize = integer(metadata, "llama.attention.key_length", 1, MAX_WIDTH, dim / heads);
  const valueSize = integer(metadata, "llama.attention.value_length", 1, MAX_WIDTH, headSize);
  if (valueSize !== headSize) {
    throw wrong("llama.attention.value_length", valueSize, `the same as the key length, ${headSize}`);
  }
  if (headSize % 2 !== 0) {
    throw wrong("the head size", headSize, "an even number");
  }
  if (heads * headSize > MAX_WIDTH) {
    throw wrong("the width of all heads", heads * headSize, `${MAX_WIDTH} at most`);
  }
  return headSize;
}

/** The vocabulary itself counts; the key of its own is only a hint that some files lack. */
function readVocabularySize(metadata: Metadata): number {
  const tokens = metadata.findStrings("tokenizer.ggml.tokens");
  return tokens === undefined || tokens.length === 0
    ? integer(metadata, "llama.vocab_size", 1, MAX_VOCABULARY)
    : tokens.length;
}

function readRope(metadata: Metadata, headSize: number): RopeConfig {
  const dims = integer(metadata, "llama.rope.dimension_count", 1, MAX_WIDTH, headSize);
  if (dims !== headSize) {
    throw wrong("llama.rope.dimension_count", dims, `the head size, ${headSize}`);
  }
  return {
    dims,
    base: positive(metadata, "llama.rope.freq_base", 10000),
    scaling: readScaling(metadata),
  };
}

function readScaling(metadata: Metadata): RopeScaling {
  const legacyFactor = positive(metadata, "llama.rope.scale_linear", 1);
  const kind = metadata.findString("llama.rope.scaling.type") ?? (legacyFactor === 1 ? "none" : "linear");
  const factor = positive(metadata, "llama.rope.scaling.factor", legacyFactor);
  switch (kind) {
    case "none":
      return { kind };
    case "linear":
      return factor === 1 ? { kind: "none" } : { kind, factor };
    case "yarn":
      return {
        kind,
        factor,
        originalContext: integer(
          metadata,
          "llama.rope.scaling.original_context_length",
          1,
          MAX_CONTEXT,
          metadata.findInteger("llama.context_length"),
        ),
        attentionFactor: positive(metadata, "llama.rope.scaling.attn_factor", 1),
      };
    default:
      throw new LlamaError(
        "unsupported",
        `The model wants the RoPE scaling "${printable(kind)}"; "none", "linear" and "yarn" are supported.`,
      );
  }
}

function integer(metadata: Metadata, key: string, min: number, max: number, fallback?: number): number {
  const value = fallback === undefined ? metadata.getInteger(key) : (metadata.findInteger(key) ?? fallback);
  if (value < min || value > max) throw wrong(key, value, `a whole number from ${min} to ${max}`);
  return value;
}

function positive(metadata: Metadata, key: string, fallback?: number): number {
  const value = fallback === undefined ? metadata.getNumber(key) : (metadata.findNumber(key) ?? fallback);
  if (!(value > 0)) throw wrong(key, value, "a number above 0");
  return value;
}

function wrong(key: string, found: number, wanted: string): LlamaError {
  return new LlamaError("model", `The model cannot be run: ${key} is ${found}, and ${wanted} was wanted.`);
}
