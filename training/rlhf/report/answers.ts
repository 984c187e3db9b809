import { goldQuality } from "../../corpus/preferences/quality.js";
import type { Task } from "../../corpus/task.js";
import { promptOf } from "../../data/turn.js";
import type { Prompt, Sample } from "../../sampling/sampler.js";
import { type PathContext, sampleAll, withTeam } from "../context.js";
import { type Described, describe } from "../preferences.js";
import { seedFor } from "../seeds.js";

/** An answer with what the checkers of the corpus make of it. */
export interface Judged {
  readonly task: Task;
  /** Prompt and answer. */
  readonly ids: readonly number[];
  /** Where the answer begins. */
  readonly from: number;
  readonly answer: Described;
  /** Gold, without noise. */
  readonly quality: number;
}

/** Answers of a model, `count` to each task, one task's after the other. */
export async function answer(
  context: PathContext,
  name: string,
  chat: Float32Array,
  tasks: readonly Task[],
  { count = 1, temperature = 1 }: { readonly count?: number; readonly temperature?: number } = {},
): Promise<Judged[]> {
  const { tokenizer, seed } = context;
  const prompts: Prompt[] = tasks.flatMap(({ user }, i) => {
    const ids = promptOf(tokenizer, user);
    return Array.from({ length: count }, (_, answer) => ({ ids, seed: seedFor(seed, name, i, answer) }));
  });
  const samples: Sample[] = await withTeam(
    context,
    chat,
    (team) => sampleAll(context, name, team, prompts, { temperature }),
    { samples: true },
  );
  return samples.map((sample, i) => {
    const task = tasks[Math.floor(i / count)] as Task;
    const prompt = (prompts[i] as Prompt).ids;
    const described = describe(context, sample);
    return {
      task,
      ids: [...prompt, ...sample.ids],
      from: prompt.length,
      answer: described,
      quality: goldQuality(task, described),
    };
  });
}
