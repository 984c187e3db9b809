import { LlamaError, printable } from "../errors.js";
import { findTensorTypeByName, type TensorType } from "../gguf/format.js";
import type { TensorInfo } from "../gguf/tensors.js";
import type { ModelConfig } from "../model/config.js";
import { isClassifierTensor } from "../model/reward-head.js";
import { roleOf } from "../model/tensors.js";

/** A target of `llama2 quantize`: the type of most matrices, and what `general.file_type` says of it. */
export interface Mix {
  readonly base: string;
  readonly fileType: number;
  /** Types of the matrices that are worth more bits than the rest, by role; `layers` is their number. */
  readonly attentionValue?: (layer: number, layers: number) => string | undefined;
  readonly attentionOutput?: string;
  readonly feedForwardDown?: (layer: number, layers: number) => string | undefined;
}

/** The layers at either end, and every third between, lose most by few bits. */
function isSensitive(layer: number, layers: number): boolean {
  const eighth = Math.floor(layers / 8);
  return layer < eighth || layer >= Math.floor((7 * layers) / 8) || (layer - eighth) % 3 === 2;
}

const sensitiveInQ6_K = (layer: number, layers: number) => (isSensitive(layer, layers) ? "Q6_K" : undefined);

/** llama.cpp's targets by name, with its mixes. */
export const MIXES: Readonly<Record<string, Mix>> = {
  F16: { base: "F16", fileType: 1 },
  Q4_0: { base: "Q4_0", fileType: 2 },
  Q4_1: { base: "Q4_1", fileType: 3 },
  Q8_0: { base: "Q8_0", fileType: 7 },
  Q5_0: { base: "Q5_0", fileType: 8 },
  Q5_1: { base: "Q5_1", fileType: 9 },
  Q2_K: {
    base: "Q2_K",
    fileType: 10,
    attentionValue: () => "Q3_K",
    attentionOutput: "Q3_K",
    feedForwardDown: () => "Q3_K",
  },
  Q3_K_S: { base: "Q3_K", fileType: 11 },
  Q3_K_M: {
    base: "Q3_K",
    fileType: 12,
    attentionValue: (layer) => (layer < 2 ? "Q5_K" : "Q4_K"),
    attentionOutput: "Q4_K",
    feedForwardDown: (layer, layers) => (layer < Math.floor(layers / 16) ? "Q5_K" : "Q4_K"),
  },
  Q3_K_L: {
    base: "Q3_K",
    fileType: 13,
    attentionValue: () => "Q5_K",
    attentionOutput: "Q5_K",
    feedForwardDown: () => "Q5_K",
  },
  Q4_K_S: {
    base: "Q4_K",
    fileType: 14,
    attentionValue: (layer) => (layer < 4 ? "Q5_K" : undefined),
    feedForwardDown: (layer, layers) => (layer < Math.floor(layers / 8) ? "Q5_K" : undefined),
  },
  Q4_K_M: { base: "Q4_K", fileType: 15, attentionValue: sensitiveInQ6_K, feedForwardDown: sensitiveInQ6_K },
  Q5_K_S: { base: "Q5_K", fileType: 16 },
  Q5_K_M: { base: "Q5_K", fileType: 17, attentionValue: sensitiveInQ6_K, feedForwardDown: sensitiveInQ6_K },
  Q6_K: { base: "Q6_K", fileType: 18 },
};

/** Short names that people type for the usual mix. */
export const MIX_ALIASES: Readonly<Record<string, string>> = { Q3_K: "Q3_K_M", Q4_K: "Q4_K_M", Q5_K: "Q5_K_M" };

/** What takes the place of a type whose blocks do not divide a row. */
const FALLBACKS: Readonly<Record<string, string>> = {
  Q2_K: "Q4_0",
  Q3_K: "Q4_0",
  Q4_K: "Q5_0",
  Q5_K: "Q5_1",
  Q6_K: "Q8_0",
};

/**
 * A mix by its name in any case, among some.
 * @throws LlamaError `option` with the names that there are
 */
export function mixNamed(name: string, mixes: Readonly<Record<string, Mix>>): Mix {
  const upper = name.toUpperCase();
  const proper = MIX_ALIASES[upper] ?? upper;
  const mix = Object.hasOwn(mixes, proper) ? mixes[proper] : undefined;
  if (mix !== undefined) return mix;
  const names = [...Object.keys(mixes), ...Object.keys(MIX_ALIASES)].join(", ");
  throw new LlamaError("option", `There is no type ${printable(name)} to quantize to; choose one of ${names}.`);
}

/** What a mix depends on besides the tensor. */
type MixConfig = Pick<ModelConfig, "layers" | "experts">;

/** The type that a tensor gets in a mix. */
export function typeInMix(
  mix: Mix,
  tensor: Pick<TensorInfo, "name" | "type" | "dims">,
  config: MixConfig,
  isTied: boolean,
): TensorType {
  const name = typeNameInMix(mix, tensor, config, isTied);
  const type = findTensorTypeByName(name);
  if (type === undefined) throw new RangeError(`there is no tensor type ${name}`);
  return type;
}

function typeNameInMix(
  mix: Mix,
  tensor: Pick<TensorInfo, "name" | "type" | "dims">,
  config: MixConfig,
  isTied: boolean,
): string {
  if (tensor.dims.length < 2 || tensor.name.includes("norm") || isClassifierTensor(tensor.name))
    return tensor.type.name;
  // A router is small, and a token at the wrong expert is lost.
  if (roleOf(tensor.name)?.role === "router") return tensor.type.name;
  const wanted = wantedType(mix, tensor.name, config, isTied);
  const row = tensor.dims[0] ?? 0;
  if (wanted.endsWith("_K") && row % 256 !== 0) return divided(FALLBACKS[wanted] ?? "F16", row);
  return divided(wanted, row);
}

const DENSE: ReadonlySet<string> = new Set(["F32", "F16", "BF16"]);

function divided(wanted: string, row: number): string {
  return !DENSE.has(wanted) && !wanted.endsWith("_K") && row % 32 !== 0 ? "F16" : wanted;
}

function wantedType(mix: Mix, name: string, { layers, experts }: MixConfig, isTied: boolean): string {
  const { role, layer = 0 } = roleOf(name) ?? {};
  // Beside the experts of Mixtral the matrices of attention are small.
  if (experts === 8 && !DENSE.has(mix.base)) {
    if (role === "key" || role === "value") return "Q8_0";
    if (role === "attentionOutput" && /^Q[234]_K$/.test(mix.base) && mix.fileType !== MIXES["Q3_K_L"]?.fileType)
      return "Q5_K";
  }
  switch (role) {
    case "output":
      return outputType(mix);
    case "tokenEmbedding":
      return isTied ? outputType(mix) : mix.base;
    case "value":
      return mix.attentionValue?.(layer, layers) ?? mix.base;
    case "attentionOutput":
      return mix.attentionOutput ?? mix.base;
    case "down":
    case "downExperts":
      return mix.feedForwardDown?.(layer, layers) ?? mix.base;
    default:
      return mix.base;
  }
}

function outputType({ base }: Mix): string {
  return DENSE.has(base) || base === "Q8_0" ? base : "Q6_K";
}
