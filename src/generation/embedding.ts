import { LlamaError } from "../errors.js";
import type { Metadata } from "../gguf/metadata.js";
import type { LoraScale } from "../loras.js";
import { architectureNamed } from "../model/architectures.js";
import { keyOf } from "../model/hyperparameters.js";
import { kindOf, refuseUnknown } from "../options.js";
import type { Tokenizer } from "../tokenizer/tokenizer.js";
import type { Session, SessionOptions } from "./session.js";
import { sideBySide } from "./side-by-side.js";

/** How the hidden states of a text's tokens become one vector. */
export const POOLINGS = ["mean", "last"] as const;
/** One of {@link POOLINGS}. */
export type Pooling = (typeof POOLINGS)[number];

/** How to embed. */
export interface EmbedOptions {
  /** `mean` of all tokens' hidden states, or the `last` token's; by default what the file says, else `mean`. */
  readonly pooling?: Pooling | undefined;
  /** Whether vectors have the length 1, so that their dot product is the cosine of their angle; by default true. */
  readonly normalize?: boolean | undefined;
  /** Leaves the first so many values of each vector; what is left is normalised. By default all. */
  readonly dimensions?: number | undefined;
  /** How much of each adapter of the model to use, of those not in the list nothing. */
  readonly loras?: readonly LoraScale[] | undefined;
  /** Ends it; the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** A text as a vector. */
export interface Embedding {
  /** (dimensions,) f32 */
  readonly vector: Float32Array;
  /** How many tokens the text has, with those that the model puts around it. */
  readonly tokens: number;
}

/** What embeds: a loaded model. */
export interface EmbeddingModel {
  readonly tokenizer: Tokenizer;
  /** Tokens that a session can hold. */
  readonly contextSize: number;
  readonly config: { readonly dim: number };
  readonly file: { readonly metadata: Metadata };
  /** Begins an empty sequence. */
  createSession(options: SessionOptions): Session;
}

const KNOWN: { readonly [Name in keyof Required<EmbedOptions>]: true } = {
  pooling: true,
  normalize: true,
  dimensions: true,
  loras: true,
  signal: true,
};

/** The numbers of llama.cpp's `pooling_type` that a causal model can have. */
const POOLING_TYPES: Readonly<Record<number, Pooling>> = { 1: "mean", 3: "last" };

/**
 * @throws LlamaError `option` for options that are unknown or out of range, and for a text without tokens; `context`
 *   for one that is too long
 */
export async function embedTexts(
  model: EmbeddingModel,
  texts: readonly (string | readonly number[])[],
  options: EmbedOptions = {},
): Promise<Embedding[]> {
  checkEmbedOptions(options, model.config.dim);
  if (!Array.isArray(texts)) {
    throw new LlamaError("option", `embed expects a text, or a list of texts or token ids (got ${kindOf(texts)}).`);
  }
  const prompts = texts.map((text, index) => idsOf(model, text, index));
  const pooling = options.pooling ?? poolingOf(model.file.metadata) ?? "mean";
  return sideBySide(prompts, (ids) => embedOne(model, ids, pooling, options));
}

/** What the model's file says of how its hidden states are pooled; undefined where it says nothing that fits. */
export function poolingOf(metadata: Metadata): Pooling | undefined {
  const architecture = architectureNamed(metadata.getString("general.architecture"));
  const type = metadata.findInteger(keyOf(architecture, "pooling"));
  return type === undefined ? undefined : POOLING_TYPES[type];
}

async function embedOne(
  model: EmbeddingModel,
  ids: readonly number[],
  pooling: Pooling,
  { normalize = true, dimensions = model.config.dim, loras, signal }: EmbedOptions,
): Promise<Embedding> {
  const sums = new Float64Array(dimensions);
  const session = model.createSession({ contextSize: ids.length, loras });
  try {
    const add = (index: number, state: Float32Array) => {
      if (pooling === "last" && index < ids.length - 1) return;
      for (let i = 0; i < dimensions; i++) sums[i] = (sums[i] ?? 0) + (state[i] ?? 0);
    };
    await session.evaluateHidden(ids, add, { signal });
  } finally {
    session.dispose();
  }
  const divisor = normalize ? lengthOf(sums) || 1 : pooling === "mean" ? ids.length : 1;
  const vector = Float32Array.from(sums, (sum) => sum / divisor);
  if (vector.every(Number.isFinite)) return { vector, tokens: ids.length };
  throw new LlamaError("numeric", "The hidden states are not finite numbers; the model's weights are damaged.");
}

function lengthOf(vector: Float64Array): number {
  return Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
}

function idsOf({ tokenizer, contextSize }: EmbeddingModel, text: unknown, index: number): readonly number[] {
  const isIds = Array.isArray(text);
  if (typeof text !== "string" && !isIds) {
    throw new LlamaError("option", `Text ${index} to embed must be a text or token ids (got ${kindOf(text)}).`);
  }
  const ids: readonly number[] = isIds ? [...text] : tokenizer.encode(text, { tokenLimit: contextSize });
  if (ids.length === 0) throw new LlamaError("option", `Text ${index} to embed has no tokens; leave it out.`);
  if (ids.length <= contextSize) return ids;
  throw new LlamaError(
    "context",
    `Text ${index} to embed has ${ids.length} tokens, and the context has room for ${contextSize}; shorten it, or use a larger context.`,
  );
}

function checkEmbedOptions(options: EmbedOptions, dim: number): void {
  refuseUnknown(options, KNOWN, "embed");
  const { pooling, normalize, dimensions } = options;
  if (pooling !== undefined && !POOLINGS.includes(pooling)) {
    throw new LlamaError("option", `pooling must be "mean" or "last" (got ${JSON.stringify(pooling)}).`);
  }
  if (normalize !== undefined && typeof normalize !== "boolean") {
    throw new LlamaError("option", `normalize must be true or false (got ${kindOf(normalize)}).`);
  }
  if (dimensions === undefined) return;
  if (!Number.isInteger(dimensions) || dimensions < 1 || dimensions > dim) {
    throw new LlamaError("option", `dimensions must be a whole number from 1 to ${dim} (got ${String(dimensions)}).`);
  }
}
