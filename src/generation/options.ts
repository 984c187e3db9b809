import { LlamaError, printableJson } from "../errors.js";
import type { LoraScale } from "../loras.js";
import { refuseUnknown } from "../options.js";
import { SAMPLING_OPTIONS, type SamplingOptions } from "../sampling/options.js";
import type { SamplerStep } from "../sampling/step.js";
import { FORM_OPTIONS, type FormOptions } from "./answer-form.js";

/** How to continue a prompt. Everything is optional; sampling defaults are llama.cpp's. */
export interface GenerateOptions extends SamplingOptions, FormOptions {
  /** Tokens to generate at most; -1, the default, until the model ends or the context is full. */
  readonly maxTokens?: number | undefined;
  /** Texts that end the answer; they are not part of it. */
  readonly stop?: readonly string[] | undefined;
  /** Goes on where the model would end: its end-of-sequence tokens cannot be chosen. */
  readonly ignoreEos?: boolean | undefined;
  /** Whether the prompt begins with BOS; by default as the model's metadata says. */
  readonly addBos?: boolean | undefined;
  /** Whether control tokens written out in the prompt become control tokens; by default not. */
  readonly parseSpecial?: boolean | undefined;
  /**
   * Keeps for every generated token how likely the model itself thought it and this many of the best tokens, before
   * any step of sampling; by default nothing is kept.
   */
  readonly logProbabilities?: number | undefined;
  /**
   * Steps of your own that run before all others and see the whole vocabulary, in order; one that has state must not
   * serve two answers at once.
   */
  readonly steps?: readonly SamplerStep[] | undefined;
  /**
   * Guesses tokens from the text so far and checks several in one batch: `ngram`, off by default. The tokens are those
   * of plain decoding, bit for bit, sooner where the answer repeats what was there.
   */
  readonly speculation?: Speculation | undefined;
  /** How much of each adapter the answer has, of those not in the list nothing; by default as `llama.loras` has it. */
  readonly loras?: readonly LoraScale[] | undefined;
  /** Ends the answer early; what came so far stays. */
  readonly signal?: AbortSignal | undefined;
  /** Called while the prompt is evaluated, with the part that is done, 0 to 1. */
  readonly onPromptProgress?: ((done: number) => void) | undefined;
}

/** Where guesses come from. */
export type Speculation = "ngram";

/** Every option of {@link GenerateOptions}. */
export const GENERATE_OPTIONS: Readonly<Record<keyof GenerateOptions, true>> = {
  ...SAMPLING_OPTIONS,
  ...FORM_OPTIONS,
  maxTokens: true,
  stop: true,
  ignoreEos: true,
  addBos: true,
  parseSpecial: true,
  logProbabilities: true,
  steps: true,
  speculation: true,
  loras: true,
  signal: true,
  onPromptProgress: true,
};

/**
 * @throws LlamaError `option` for what is unknown or out of range, but for sampling options, which the sampler checks
 */
export function checkGenerateOptions(options: GenerateOptions): void {
  refuseUnknown(options, GENERATE_OPTIONS, "generate");
  const { maxTokens, stop, logProbabilities, speculation, steps } = options;
  refuse("maxTokens", maxTokens, isWhole(maxTokens, -1), "a whole number from 0, or -1 for no limit");
  refuse("logProbabilities", logProbabilities, isWhole(logProbabilities, 0), "a whole number of tokens, from 0");
  refuse("speculation", speculation, speculation === "ngram", '"ngram"');
  refuse(
    "stop",
    stop,
    isList(stop, (text) => typeof text === "string"),
    "a list of strings",
  );
  refuse(
    "steps",
    steps,
    isList(steps, (step) => typeof (step as SamplerStep)?.apply === "function"),
    "a list of sampler steps",
  );
}

function refuse(name: string, found: unknown, isGood: boolean, expected: string): void {
  if (found === undefined || isGood) return;
  const shown = typeof found === "string" ? printableJson(found) : String(found);
  throw new LlamaError("option", `${name} must be ${expected} (got ${shown}).`);
}

function isWhole(found: unknown, least: number): boolean {
  return Number.isSafeInteger(found) && (found as number) >= least;
}

function isList(found: unknown, isGood: (item: unknown) => boolean): boolean {
  return Array.isArray(found) && found.every(isGood);
}
