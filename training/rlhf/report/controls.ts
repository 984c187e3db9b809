import { goldQuality } from "../../corpus/preferences/quality.js";
import type { PathContext } from "../context.js";
import { demonstrationExamples } from "../demonstrations.js";
import { describe } from "../preferences.js";
import { bestOf, type Candidate, sampleCandidates, tuneOn } from "../rejection-sampling.js";
import { tasksOf } from "../tasks.js";

/** A model that is made to be compared with the first version by rejection sampling. */
export interface Control {
  readonly name: string;
  readonly chat: Float32Array;
}

/**
 * The first version once more, from the very answers that it was made of, but chosen otherwise: by the gold checkers,
 * which no choice by a reward model can surpass; and without looking, which shows what more tuning does by itself.
 */
export async function trainControls(context: PathContext, first: Float32Array): Promise<Control[]> {
  let candidates: Candidate[][] | undefined;
  const gold = ({ task, sample }: Candidate) => goldQuality(task, describe(context, sample));
  const train = async (name: string, file: string, scoreOf: (candidate: Candidate) => number): Promise<Control> => {
    const chat = await tuneOn(context, file, `tuning-${file}.jsonl`, first, async () => {
      candidates ??= await sampleCandidates(context, "best-1", first, tasksOf(context, "prompts", 1));
      const best = candidates.flatMap((group) => {
        const samples = group.map(({ sample }) => sample);
        const chosen = bestOf(samples, group.map(scoreOf));
        if (chosen === undefined) return [];
        const { ids, from } = group[chosen] as Candidate;
        return [{ ids, from }];
      });
      return [...best, ...demonstrationExamples(context, Math.round(best.length * context.recipe.rehearsal), 1)];
    });
    return { name, chat };
  };
  return [
    await train("control: the best by gold", "control-gold", gold),
    // Of equals the first is taken, and their order is chance.
    await train("control: any answer", "control-any", () => 0),
  ];
}
