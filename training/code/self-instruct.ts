import type { Llama } from "#dist/llama.js";
import type { Instruction } from "./data/texts.js";
import { passes } from "./evaluate/judge.js";
import { complete, drawProblems } from "./evaluate/solve.js";
import type { CodeRecipe } from "./recipe.js";

/** What self-instruct came to. */
export interface SelfInstruct {
  readonly instructions: readonly Instruction[];
  readonly questions: number;
  readonly samples: number;
}

/**
 * Questions with answers that the model itself wrote: of some samples the first that passes the tests, so that
 * execution is the judge (Rozière et al. 2023, section 2.5). A question that it cannot answer is left out.
 * @throws Error where it can answer none
 */
export async function selfInstruct(
  llama: Llama,
  { questions, samples, temperature, seed }: CodeRecipe,
  say: (line: string) => void,
): Promise<SelfInstruct> {
  const instructions: Instruction[] = [];
  let sampled = 0;
  for (const [i, problem] of drawProblems(seed, "training", questions).entries()) {
    for (let sample = 1; sample <= samples; sample++) {
      sampled++;
      const solution = await complete(llama, problem, { seed: sample, temperature });
      if (solution === undefined || !passes(solution + problem.tests)) continue;
      instructions.push({ question: problem.question, answer: solution });
      break;
    }
    if ((i + 1) % 50 === 0) say(`self-instruct ${i + 1}/${questions} · ${instructions.length} answered`);
  }
  if (instructions.length === 0) {
    throw new Error(
      `The model answered none of ${questions} questions, so there is nothing to tune it on; train longer.`,
    );
  }
  return { instructions, questions, samples: sampled };
}
