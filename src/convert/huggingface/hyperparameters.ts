import { LlamaError, printable } from "../../errors.js";
import type { MetadataEntry } from "../../gguf/metadata.js";
import { architectureNamed } from "../../model/architectures.js";
import { type Hyperparameter, hyperparameterEntries } from "../../model/hyperparameters.js";
import type { BiasGroup } from "../../model/tensors.js";
import type { JsonObject } from "./json-object.js";
import { type RopeSettings, readRope } from "./rope-scaling.js";

/** Classes of Hugging Face's transformers that are a Llama in GGUF files. */
const CLASSES: Readonly<Record<string, HuggingFaceClass>> = {
  LlamaForCausalLM: { hasWindow: false, isMixture: false },
  LLaMAForCausalLM: { hasWindow: false, isMixture: false },
  MistralForCausalLM: { hasWindow: true, isMixture: false },
  MixtralForCausalLM: { hasWindow: true, isMixture: true },
};

interface HuggingFaceClass {
  readonly hasWindow: boolean;
  readonly isMixture: boolean;
}

/** What config.json says of biases. */
export const BIAS_KEYS: Readonly<Record<BiasGroup, string>> = {
  attention: "attention_bias",
  feedForward: "mlp_bias",
};

/** What config.json says of the network. */
export interface HuggingFaceModel {
  readonly entries: readonly [key: string, entry: MetadataEntry][];
  readonly rope: RopeSettings;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headSize: number;
  readonly isTied: boolean;
  readonly biases: readonly BiasGroup[];
  readonly vocabularySize: number;
}

/**
 * Reads config.json; the ranges of its numbers are checked with the GGUF metadata that it becomes.
 * @throws LlamaError `unsupported` for another architecture or another activation, `model` for values that make no
 * Llama
 */
export function readHyperparameters(config: JsonObject): HuggingFaceModel {
  const { hasWindow, isMixture } = checkSupported(config);
  const dim = config.getInteger("hidden_size");
  const heads = config.getInteger("num_attention_heads");
  const kvHeads = config.findInteger("num_key_value_heads") ?? heads;
  const ownHeadSize = config.findInteger("head_dim");
  const headSize = ownHeadSize ?? dim / heads;
  if (!(headSize >= 2 && headSize <= 1 << 20 && headSize % 2 === 0)) {
    throw new LlamaError("model", `The head size by ${config.place} is ${headSize}; expected an even number.`);
  }
  const rope = readRope(config, headSize);
  const vocabularySize = config.getInteger("vocab_size");
  const window = hasWindow ? config.findInteger("sliding_window") : undefined;
  const values: Partial<Record<Hyperparameter, number>> = {
    vocabularySize,
    contextLength: config.getInteger("max_position_embeddings"),
    dim,
    layers: config.getInteger("num_hidden_layers"),
    hiddenDim: config.getInteger("intermediate_size"),
    heads,
    kvHeads,
    ...(ownHeadSize === undefined ? {} : { keySize: headSize, valueSize: headSize }),
    ...(window === undefined ? {} : { window }),
    ...(isMixture
      ? { experts: config.getInteger("num_local_experts"), expertsUsed: config.getInteger("num_experts_per_tok") }
      : {}),
    ropeBase: rope.base,
    ropeDims: headSize,
    normEpsilon: config.findNumber("rms_norm_eps") ?? 1e-6,
  };
  return {
    entries: [...hyperparameterEntries(architectureNamed("llama"), values), ...rope.entries],
    rope,
    heads,
    kvHeads,
    headSize,
    isTied: config.findBoolean("tie_word_embeddings") ?? false,
    biases: (["attention", "feedForward"] as const).filter((group) => config.findBoolean(BIAS_KEYS[group]) === true),
    vocabularySize,
  };
}

function checkSupported(config: JsonObject): HuggingFaceClass {
  const [name, ...others] = config.findArray("architectures") ?? [];
  if (typeof name !== "string" || others.length > 0) {
    throw new LlamaError("model", `"architectures" in ${config.place} does not name one architecture.`);
  }
  const known = Object.hasOwn(CLASSES, name) ? CLASSES[name] : undefined;
  if (known === undefined) {
    throw new LlamaError(
      "unsupported",
      `This is a model of the architecture "${printable(name)}"; only LlamaForCausalLM, MistralForCausalLM and MixtralForCausalLM can be converted.`,
    );
  }
  if (config.find("quantization_config") !== undefined) {
    throw new LlamaError("unsupported", "The model is already quantized; convert its F32, F16 or BF16 original.");
  }
  const activation = config.findString("hidden_act") ?? "silu";
  if (activation !== "silu") {
    throw new LlamaError(
      "unsupported",
      `The model's activation is "${printable(activation)}"; only "silu" is supported.`,
    );
  }
  return known;
}
