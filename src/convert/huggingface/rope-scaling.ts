import { LlamaError, printable } from "../../errors.js";
import { type Entries, f32, text, u32 } from "../checkpoint.js";
import type { JsonObject } from "./json-object.js";

/** What a configuration says of RoPE. */
export interface RopeSettings {
  readonly base: number;
  readonly entries: Entries;
  /** Llama 3.1's: (headSize / 2,) */
  readonly factors: Float32Array | undefined;
}

/** As Hugging Face's LlamaConfig has it where the file says nothing. */
const DEFAULT_BASE = 10000;

/**
 * Reads `rope_theta` and `rope_scaling`, or the `rope_parameters` that newer files have instead.
 * @throws LlamaError `unsupported` for other kinds of scaling than default, linear, yarn and llama3
 */
export function readRope(config: JsonObject, headSize: number): RopeSettings {
  const parameters = config.findObject("rope_parameters");
  const base = parameters?.findNumber("rope_theta") ?? config.findNumber("rope_theta") ?? DEFAULT_BASE;
  if (!(base > 0)) throw new LlamaError("model", `"rope_theta" in ${config.place} is ${base}; expected more than 0.`);
  const part = config.findNumber("partial_rotary_factor") ?? 1;
  if (part !== 1) {
    throw new LlamaError(
      "unsupported",
      `The model rotates a part of each head only (${part}), which is not supported.`,
    );
  }
  const scaling = parameters ?? config.findObject("rope_scaling");
  const kind = scaling?.findString("rope_type") ?? scaling?.findString("type") ?? "default";
  const common = { base, entries: [] as Entries, factors: undefined };
  if (scaling === undefined || kind === "default") return common;
  switch (kind) {
    case "linear":
      return {
        ...common,
        entries: [
          ["llama.rope.scaling.type", text("linear")],
          ["llama.rope.scaling.factor", f32(positive(scaling, "factor"))],
        ],
      };
    case "yarn":
      return { ...common, entries: yarnEntries(scaling, config) };
    case "llama3":
      return { ...common, factors: llama3Factors(scaling, base, headSize) };
    default:
      throw new LlamaError(
        "unsupported",
        `The model uses the RoPE scaling "${printable(kind)}"; "linear", "yarn" and "llama3" are supported.`,
      );
  }
}

function yarnEntries(scaling: JsonObject, config: JsonObject): Entries {
  for (const [key, usual] of [
    ["beta_fast", 32],
    ["beta_slow", 1],
  ] as const) {
    const found = scaling.findNumber(key) ?? usual;
    if (found === usual) continue;
    throw new LlamaError("unsupported", `"${key}" in ${scaling.place} is ${found}; only ${usual} is supported.`);
  }
  for (const key of ["mscale", "mscale_all_dim"]) {
    if (scaling.find(key) === undefined) continue;
    throw new LlamaError("unsupported", `"${key}" in ${scaling.place} is not supported.`);
  }
  const factor = positive(scaling, "factor");
  const original =
    scaling.findInteger("original_max_position_embeddings") ?? config.getInteger("max_position_embeddings");
  // Here the attention's factor is a whole, in GGUF files what comes on top of YaRN's own.
  const attention = scaling.findNumber("attention_factor");
  const own = 1 + 0.1 * Math.log(factor);
  return [
    ["llama.rope.scaling.type", text("yarn")],
    ["llama.rope.scaling.factor", f32(factor)],
    ["llama.rope.scaling.original_context_length", u32(original)],
    ...(attention === undefined
      ? []
      : ([["llama.rope.scaling.attn_factor", f32(positive(scaling, "attention_factor") / own)]] satisfies Entries)),
  ];
}

/**
 * Llama 3.1's scaling as factors that divide the base frequencies: slow rotations are slowed down by `factor`, fast
 * ones are kept, with a ramp between (https://github.com/meta-llama/llama-models, `apply_scaling`).
 */
export function llama3Factors(scaling: JsonObject, base: number, headSize: number): Float32Array {
  const factor = positive(scaling, "factor");
  const low = positive(scaling, "low_freq_factor");
  const high = positive(scaling, "high_freq_factor");
  const original = positive(scaling, "original_max_position_embeddings");
  if (high <= low) {
    throw new LlamaError("model", `"high_freq_factor" in ${scaling.place} is ${high}; expected more than ${low}.`);
  }
  return Float32Array.from({ length: headSize / 2 }, (_, i) => {
    const wavelength = 2 * Math.PI * base ** ((2 * i) / headSize);
    if (wavelength < original / high) return 1;
    if (wavelength > original / low) return factor;
    const smooth = (original / wavelength - low) / (high - low);
    return 1 / ((1 - smooth) / factor + smooth);
  });
}

function positive(scaling: JsonObject, key: string): number {
  const value = scaling.getNumber(key);
  if (value > 0) return value;
  throw new LlamaError("model", `"${key}" in ${scaling.place} is ${value}; expected a number above 0.`);
}
