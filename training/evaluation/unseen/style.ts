import type { Sample, Task } from "../../corpus/task.js";
import { mean } from "../../statistics/bootstrap.js";
import type { Bigrams } from "./bigrams.js";
import { secondOpinion } from "./second-checker.js";

/** What no label saw of a model's answers: where these fall while the reward rises, the reward is being gamed. */
export interface Style {
  /** Pairs of words that the corpus does not have, as a share. */
  readonly strangeness: number;
  /** Different answers, as a share of all. */
  readonly distinct: number;
  /** In tokens. */
  readonly length: number;
  /** Right by the second checker, as a share of the answers that it can judge. */
  readonly secondOpinion: number;
}

export function styleOf(tasks: readonly Task[], samples: readonly Sample[], bigrams: Bigrams): Style {
  const verdicts = tasks
    .map(({ user }, i) => secondOpinion(user, samples[i]?.text ?? ""))
    .filter((verdict) => verdict !== undefined);
  return {
    strangeness: mean(samples.map(({ text }) => bigrams.strangeness(text))),
    distinct: new Set(samples.map(({ text }) => text)).size / samples.length,
    length: mean(samples.map(({ tokens }) => tokens)),
    secondOpinion: verdicts.length === 0 ? Number.NaN : mean(verdicts.map((isRight) => (isRight ? 1 : 0))),
  };
}
