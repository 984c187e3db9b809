import { LlamaError, printable } from "../errors.js";
import { LAYER_TENSORS, MODEL_TENSORS } from "./tensors.js";

/**
 * A kind of model that this engine runs. All that is known of it is in its row, or read from the file by what the row
 * says; the network itself (engine) computes what the rows have in common.
 */
export interface Architecture {
  /** `general.architecture` in its files, and what the keys of its hyperparameters begin with. */
  readonly name: string;
  /** In the forms of the tensors' roles. */
  readonly layerTensors: typeof LAYER_TENSORS;
  readonly modelTensors: typeof MODEL_TENSORS;
  /** RMSNorm (Zhang & Sennrich 2019). */
  readonly norm: "rms";
  /** Which values of a head RoPE rotates together. */
  readonly rope: "neighbours";
  /** What the feed-forward network does to its gate. */
  readonly activation: "silu";
  /** Whether a token sees no more than the last positions where `attention.sliding_window` is given. */
  readonly hasWindow: boolean;
  /** Whether it is a mixture of experts where `expert_count` is given (Mixtral, Jiang et al. 2024). */
  readonly hasExperts: boolean;
}

const LLAMA: Architecture = {
  name: "llama",
  layerTensors: LAYER_TENSORS,
  modelTensors: MODEL_TENSORS,
  norm: "rms",
  rope: "neighbours",
  activation: "silu",
  hasWindow: true,
  hasExperts: true,
};

/**
 * Files of Mistral 7B mostly say "llama", with a window or without (Jiang et al. 2023; later versions have none). Some
 * programs write its own name.
 */
export const ARCHITECTURES: readonly Architecture[] = [LLAMA, { ...LLAMA, name: "mistral" }];

/** @throws LlamaError `unsupported` where there is none of that name */
export function architectureNamed(name: string): Architecture {
  const found = ARCHITECTURES.find((architecture) => architecture.name === name);
  if (found !== undefined) return found;
  const known = ARCHITECTURES.map((architecture) => `"${architecture.name}"`).join(" and ");
  throw new LlamaError(
    "unsupported",
    `This is a model of the architecture "${printable(name)}"; only ${known} are supported.`,
  );
}
