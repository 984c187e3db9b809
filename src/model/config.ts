import { LlamaError, printable } from "../errors.js";
import type { Metadata } from "../gguf/metadata.js";
import { isAdapter } from "./adapters.js";
import { type Architecture, architectureNamed } from "./architectures.js";
import { type Hyperparameter, keyOf } from "./hyperparameters.js";
import type { RopeConfig, RopeScaling } from "./rope.js";

/** The hyperparameters of a Llama, validated. */
export interface ModelConfig {
  /** `general.name`, or "unnamed"; from the file, so print it through `printable`. */
  readonly name: string;
  /** `general.architecture`. */
  readonly architecture: string;
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
  /** Feed-forward networks in a layer of a mixture, and how many of them a token goes to; 0 where one is for all. */
  readonly experts: number;
  readonly expertsUsed: number;
  /** Positions the model was trained for. */
  readonly contextLength: number;
  /** Positions that a token sees, its own and those right before it; undefined where it sees all. */
  readonly window: number | undefined;
  readonly vocabularySize: number;
  readonly normEpsilon: number;
  readonly rope: RopeConfig;
}

/** Larger than any model there is by a wide margin; keeps every product of two below 2^53. */
const MAX_WIDTH = 1 << 20;
const MAX_LAYERS = 1 << 10;
const MAX_CONTEXT = 1 << 26;
const MAX_VOCABULARY = 1 << 24;
const MAX_EXPERTS = 1 << 10;

/**
 * Reads and checks the hyperparameters.
 * @throws LlamaError `unsupported` for another architecture, `model` for values that make no Llama
 */
export function readConfig(metadata: Metadata): ModelConfig {
  if (isAdapter(metadata)) {
    throw new LlamaError(
      "model",
      "This is an adapter, not a model; load the model that it was made for, and give the adapter with --lora.",
    );
  }
  const architecture = architectureNamed(metadata.getString("general.architecture"));
  const values = new Hyperparameters(metadata, architecture);
  const dim = values.integer("dim", 1, MAX_WIDTH);
  const heads = values.integer("heads", 1, MAX_WIDTH);
  const kvHeads = values.integer("kvHeads", 1, MAX_WIDTH, heads);
  if (heads % kvHeads !== 0) {
    throw wrong(values.key("kvHeads"), kvHeads, `a divisor of the ${heads} heads`);
  }
  const headSize = readHeadSize(values, dim, heads);
  return {
    name: metadata.findString("general.name") ?? "unnamed",
    architecture: architecture.name,
    dim,
    layers: values.integer("layers", 1, MAX_LAYERS),
    heads,
    kvHeads,
    headSize,
    hiddenDim: values.integer("hiddenDim", 1, MAX_WIDTH),
    ...readExperts(values, architecture),
    contextLength: values.integer("contextLength", 1, MAX_CONTEXT),
    window: architecture.hasWindow ? readWindow(values) : undefined,
    vocabularySize: readVocabularySize(values),
    normEpsilon: values.positive("normEpsilon"),
    rope: readRope(values, headSize),
  };
}

function readExperts(values: Hyperparameters, { hasExperts, name }: Architecture) {
  const experts = values.integer("experts", 0, MAX_EXPERTS, 0);
  if (experts === 0) return { experts, expertsUsed: 0 };
  if (!hasExperts)
    throw new LlamaError("unsupported", `Mixtures of experts of the architecture "${name}" are not supported.`);
  return { experts, expertsUsed: values.integer("expertsUsed", 1, experts) };
}

function readHeadSize(values: Hyperparameters, dim: number, heads: number): number {
  if (!values.has("keySize") && dim % heads !== 0) {
    throw wrong(values.key("dim"), dim, `a multiple of the ${heads} heads`);
  }
  const headSize = values.integer("keySize", 1, MAX_WIDTH, dim / heads);
  const valueSize = values.integer("valueSize", 1, MAX_WIDTH, headSize);
  if (valueSize !== headSize) {
    throw wrong(values.key("valueSize"), valueSize, `the same as the key length, ${headSize}`);
  }
  if (headSize % 2 !== 0) {
    throw wrong("the head size", headSize, "an even number");
  }
  if (heads * headSize > MAX_WIDTH) {
    throw wrong("the width of all heads", heads * headSize, `at most ${MAX_WIDTH}`);
  }
  return headSize;
}

/** 0 is how some converters write that there is none. */
function readWindow(values: Hyperparameters): number | undefined {
  if (values.has("windowPattern")) {
    throw new LlamaError(
      "unsupported",
      `The model has windows of attention in some layers only (${values.key("windowPattern")}), which is not supported.`,
    );
  }
  return values.integer("window", 0, MAX_CONTEXT, 0) || undefined;
}

/** The vocabulary itself counts; the key of its own is only a hint that some files lack. */
function readVocabularySize(values: Hyperparameters): number {
  const tokens = values.metadata.findStrings("tokenizer.ggml.tokens");
  return tokens === undefined || tokens.length === 0
    ? values.integer("vocabularySize", 1, MAX_VOCABULARY)
    : tokens.length;
}

function readRope(values: Hyperparameters, headSize: number): RopeConfig {
  const dims = values.integer("ropeDims", 1, MAX_WIDTH, headSize);
  if (dims !== headSize) {
    throw wrong(values.key("ropeDims"), dims, `the head size, ${headSize}`);
  }
  return { dims, base: values.positive("ropeBase", 10000), scaling: readScaling(values) };
}

/** A factor without a type is linear, as older converters write it; a factor of 0 stands for none. */
function readScaling(values: Hyperparameters): RopeScaling {
  const legacyFactor = values.factor("ropeScaleLinear", 1);
  const factor = values.factor("ropeFactor", legacyFactor);
  const kind = values.metadata.findString(values.key("ropeScaling")) ?? "linear";
  switch (kind) {
    case "none":
      return { kind };
    case "linear":
      return factor === 1 ? { kind: "none" } : { kind, factor };
    case "yarn":
      return {
        kind,
        factor,
        originalContext: values.integer(
          "ropeOriginalContext",
          1,
          MAX_CONTEXT,
          values.integer("contextLength", 1, MAX_CONTEXT),
        ),
        attentionFactor: values.positive("ropeAttentionFactor", 1),
      };
    default:
      throw new LlamaError(
        "unsupported",
        `The model uses the RoPE scaling "${printable(kind)}"; "none", "linear" and "yarn" are supported.`,
      );
  }
}

/** The hyperparameters of a file, by their names here. */
class Hyperparameters {
  readonly metadata: Metadata;
  readonly #architecture: Architecture;

  constructor(metadata: Metadata, architecture: Architecture) {
    this.metadata = metadata;
    this.#architecture = architecture;
  }

  key(name: Hyperparameter): string {
    return keyOf(this.#architecture, name);
  }

  has(name: Hyperparameter): boolean {
    return this.metadata.has(this.key(name));
  }

  integer(name: Hyperparameter, min: number, max: number, fallback?: number): number {
    const key = this.key(name);
    const found =
      this.metadata.find(key)?.type === "array" ? this.#sameInAllLayers(key) : this.metadata.findInteger(key);
    const value = found ?? fallback ?? this.metadata.getInteger(key);
    if (value < min || value > max) throw wrong(key, value, `a whole number from ${min} to ${max}`);
    return value;
  }

  positive(name: Hyperparameter, fallback?: number): number {
    const key = this.key(name);
    const value = fallback === undefined ? this.metadata.getNumber(key) : (this.metadata.findNumber(key) ?? fallback);
    if (!(value > 0)) throw wrong(key, value, "a number above 0");
    return value;
  }

  /** A number above 0, or 0 for 1. */
  factor(name: Hyperparameter, fallback: number): number {
    return this.metadata.findNumber(this.key(name)) === 0 ? 1 : this.positive(name, fallback);
  }

  /** Some converters write one value a layer. */
  #sameInAllLayers(key: string): number {
    const values = this.metadata.findNumbers(key) ?? new Float64Array();
    const [first] = values;
    if (first === undefined || !values.every(Number.isInteger)) {
      throw new LlamaError("model", `The model cannot be run: ${key} is an array without whole numbers.`);
    }
    if (values.every((value) => value === first)) return first;
    throw new LlamaError(
      "unsupported",
      `The model's layers differ: ${key} goes from ${Math.min(...values)} to ${Math.max(...values)}, and only models whose layers are alike are supported.`,
    );
  }
}

function wrong(key: string, found: number, expected: string): LlamaError {
  return new LlamaError("model", `The model cannot be run: ${key} is ${found}, but ${expected} was expected.`);
}
