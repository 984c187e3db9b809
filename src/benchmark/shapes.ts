import { LlamaError, printable } from "../errors.js";

/** The hyperparameters of a well-known model, enough to make one of random weights that computes as fast. */
export interface ModelShape {
  readonly name: string;
  readonly dim: number;
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly hiddenDim: number;
  readonly vocabularySize: number;
  readonly contextLength: number;
  readonly ropeBase: number;
  /** Whether the token embedding is the output matrix too. */
  readonly tied: boolean;
  /** `general.architecture`, by default "llama". */
  readonly architecture?: string;
  /** Positions that a token sees at most, by default all. */
  readonly window?: number;
  /** Of a mixture: its experts in a layer, and how many of them a token goes to. */
  readonly mixture?: { readonly experts: number; readonly expertsUsed: number };
}

/**
 * From the models' own configurations; tinyllamas by Karpathy, TinyLlama by Zhang et al., the others by Meta and
 * Mistral.
 */
export const SHAPES: readonly ModelShape[] = [
  shape("stories15m", [288, 6, 6, 6, 768], 32000, 256, 1e4, true),
  shape("stories110m", [768, 12, 12, 12, 2048], 32000, 1024, 1e4, true),
  shape("1.1b", [2048, 22, 32, 4, 5632], 32000, 2048, 1e4),
  shape("7b", [4096, 32, 32, 32, 11008], 32000, 4096, 1e4),
  shape("13b", [5120, 40, 40, 40, 13824], 32000, 4096, 1e4),
  shape("34b", [8192, 48, 64, 8, 22016], 32000, 16384, 1e6),
  shape("70b", [8192, 80, 64, 8, 28672], 32000, 4096, 1e4),
  shape("mistral-7b", [4096, 32, 32, 8, 14336], 32000, 32768, 1e4),
  {
    ...shape("mixtral-8x7b", [4096, 32, 32, 8, 14336], 32000, 32768, 1e6),
    mixture: { experts: 8, expertsUsed: 2 },
  },
  shape("llama3-8b", [4096, 32, 32, 8, 14336], 128256, 8192, 5e5),
];

function shape(
  name: string,
  [dim, layers, heads, kvHeads, hiddenDim]: readonly [number, number, number, number, number],
  vocabularySize: number,
  contextLength: number,
  ropeBase: number,
  tied = false,
): ModelShape {
  return { name, dim, layers, heads, kvHeads, hiddenDim, vocabularySize, contextLength, ropeBase, tied };
}

/** Other names that people know the shapes by. */
const ALIASES: Readonly<Record<string, string>> = {
  "15m": "stories15m",
  "110m": "stories110m",
  tinyllama: "1.1b",
  "code-llama-34b": "34b",
};

/**
 * The shape of that name, of all its layers or the first few.
 * @throws LlamaError `option` where there is none
 */
export function getShape(name: string, layers?: number): ModelShape {
  const lower = name.toLowerCase();
  const found = SHAPES.find((candidate) => candidate.name === (ALIASES[lower] ?? lower));
  if (found === undefined) {
    const names = SHAPES.map((candidate) => candidate.name).join(", ");
    throw new LlamaError("option", `There is no shape "${printable(name)}"; choose one of ${names}.`);
  }
  if (layers === undefined || layers === found.layers) return found;
  if (!Number.isInteger(layers) || layers < 1 || layers > found.layers) {
    throw new LlamaError(
      "option",
      `The shape ${found.name} has ${found.layers} layers; use a whole number of them from 1 to ${found.layers} (got ${layers}).`,
    );
  }
  return { ...found, name: `${found.name} of ${layers} layer${layers === 1 ? "" : "s"}`, layers };
}
