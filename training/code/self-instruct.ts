import { sideBySide } from "#dist/generation/side-by-side.js";
import type { Llama } from "#dist/llama.js";
import type { Instruction } from "./data/texts.js";
import { passes } from "./evaluate/judge.js";
import { complete, drawProblems, type Problem } from "./evaluate/solve.js";
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
  let [asked, answered, sampled] = [0, 0, 0];
  const firstThatPasses = async (problem: Problem): Promise<string | undefined> => {
    for (let sample = 1; sample <= samples; sample++) {
      sampled++;
      const solution = await complete(llama, problem, { seed: sample, temperature });
      if (solution !== undefined && passes(solution + problem.tests)) return solution;
    }
    return undefined;
  };
  const problems = drawProblems(seed, "training", questions);
  const answers = await sideBySide(problems, async (problem) => {
    const answer = await firstThatPasses(problem);
    if (answer !== undefined) answered++;
    if (++asked % 50 === 0) say(`self-instruct ${asked}/${questions} · ${answered} answered`);
    return answer;
  });
  const instructions = answers.flatMap((answer, i): Instruction[] =>
    answer === undefined ? [] : [{ question: (problems[i] as Problem).question, answer }],
  );
  if (instructions.length === 0) {
    throw new Error(
      `The model answered none of ${questions} questions, so there is nothing to tune it on; train longer.`,
    );
  }
  return { instructions, questions, samples: sampled };
}
