import { LlamaError } from "../errors.js";
import { kindOf, refuseUnknown } from "../options.js";
import type { JudgeOptions } from "./judge.js";
import { checkGenerateOptions, GENERATE_OPTIONS, type GenerateOptions } from "./options.js";

/** How many answers to sample, and who chooses. */
export interface ChoiceOptions extends JudgeOptions {
  /** Answers to sample; by default 8. */
  readonly k?: number | undefined;
  /** Called whenever another answer is sampled. What it throws ends everything. */
  readonly onSampled?: ((sampled: number, k: number) => void) | undefined;
}

/**
 * How to choose among answers: how many, who judges, and everything of generating but steps of one's own, which would
 * serve several answers at once. Answer number i has the seed `seed + i`.
 */
export interface BestOfOptions extends Omit<GenerateOptions, "steps">, ChoiceOptions {}

const CHOICE_OPTIONS: Readonly<Record<keyof Required<ChoiceOptions>, true>> = {
  k: true,
  reward: true,
  safety: true,
  isSafetyPrompt: true,
  onSampled: true,
};

export const MAX_CANDIDATES = 1024;
const USUAL_CANDIDATES = 8;

/** The options of choosing, and those of generating. */
export interface SplitOptions {
  readonly k: number;
  readonly choice: ChoiceOptions;
  readonly generating: Omit<GenerateOptions, "steps">;
}

/** @throws LlamaError `option` for options that are unknown, out of range or contradict each other */
export function splitBestOf(options: BestOfOptions): SplitOptions {
  const { steps: _, ...known } = GENERATE_OPTIONS;
  refuseUnknown(options, { ...known, ...CHOICE_OPTIONS }, "bestOf");
  const { k = USUAL_CANDIDATES, reward, safety, isSafetyPrompt, onSampled, ...generating } = options;
  checkGenerateOptions(generating);
  return {
    k: checkCount(k, generating.temperature),
    choice: { reward, safety, isSafetyPrompt, onSampled },
    generating,
  };
}

/** @throws LlamaError `option` where a chat cannot choose so */
export function checkChoice(choice: ChoiceOptions): void {
  refuseUnknown(choice, CHOICE_OPTIONS, "bestOf");
}

function checkCount(k: unknown, temperature: number | undefined): number {
  if (!Number.isInteger(k) || (k as number) < 1 || (k as number) > MAX_CANDIDATES) {
    const found = typeof k === "number" ? String(k) : kindOf(k);
    throw new LlamaError("option", `k must be a whole number from 1 to ${MAX_CANDIDATES} (got ${found}).`);
  }
  if (temperature === 0 && k !== 1) {
    throw new LlamaError("option", `At temperature 0 all ${k} answers would be the same; raise it, or sample one.`);
  }
  return k as number;
}
