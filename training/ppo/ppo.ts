import { Random } from "#dist/random.js";
import type { Document } from "../data/batch.js";
import { shuffled } from "../data/shuffle.js";
import { SHARDS } from "../network/shared-arrays.js";
import type { Team } from "../run/team.js";
import type { Prompt, Sample } from "../sampling/sampler.js";
import { generalisedAdvantages, whiten } from "./advantages.js";
import { k1 } from "./divergence.js";
import { tokenRewards } from "./rewards.js";

/** Three networks of their own: the policy learns, the reference never does, the value network learns beside it. */
export interface PpoTeams {
  readonly policy: Team;
  readonly reference: Team;
  readonly value: Team;
}

/** An answer to a prompt, as it was drawn at temperature 1. */
export interface Episode {
  /** Which of the prompts it answers. */
  readonly index: number;
  readonly prompt: readonly number[];
  readonly sample: Sample;
}

export interface PpoOptions {
  /** Price of a nat of divergence from the reference. */
  readonly beta: number;
  /** How far a ratio may go from 1, and a value from what it was. */
  readonly clip: number;
  readonly valueClip: number;
  readonly gamma: number;
  readonly lambda: number;
  /** Episodes an update. */
  readonly minibatch: number;
  readonly rate: number;
  readonly valueRate: number;
  readonly epsilon: number;
  readonly mostTokens: number;
  readonly eos: number;
  readonly seed: number;
}

/** "Llama 2" (Touvron et al. 2023, 3.2.3) where it says; lambda and the clip of values from Ziegler et al. 2019. */
export const PAPER_PPO = {
  beta: 0.01,
  clip: 0.2,
  valueClip: 0.2,
  gamma: 1,
  lambda: 0.95,
  minibatch: 64,
  epsilon: 1e-5,
} as const;

/** Means over the episodes of an iteration, or over their tokens. */
export interface IterationReport {
  readonly iteration: number;
  readonly score: number;
  /** In nats an answer, of the policy that drew it from the reference: k1. */
  readonly divergence: number;
  /** Reward less its price. */
  readonly total: number;
  readonly length: number;
  readonly ended: number;
  readonly distinct: number;
  readonly clipped: number;
  readonly valueLoss: number;
}

/**
 * One iteration of PPO (Schulman et al. 2017): draws answers, has them scored, prices each token's divergence from the
 * reference, estimates advantages, and takes one step a minibatch with policy and value.
 * @param score of each episode, to its last token
 * @param iteration from 0: with the seed and the networks' states it decides everything
 * @throws Error where the first minibatch does not find the probabilities that it was drawn with
 */
export async function iterate(
  teams: PpoTeams,
  prompts: readonly (readonly number[])[],
  score: (episodes: readonly Episode[]) => Promise<readonly number[]> | readonly number[],
  iteration: number,
  options: PpoOptions,
): Promise<IterationReport> {
  const random = new Random((options.seed * 65536 + iteration) >>> 0);
  const asked: Prompt[] = prompts.map((ids) => ({ ids, seed: random.nextUint32() }));
  const { mostTokens, eos } = options;
  const samples = await teams.policy.sample(asked, { temperature: 1, mostTokens, eos });
  const episodes = samples.map((sample, index) => ({ index, prompt: prompts[index] as readonly number[], sample }));
  const texts = episodes.map(({ prompt, sample }) => ({ ids: [...prompt, ...sample.ids], from: prompt.length }));
  const reference = await teams.reference.read("logProbabilities", texts);
  const values = await teams.value.read("values", texts);
  const scores = await score(episodes);

  const estimates = episodes.map(({ sample }, i) => {
    const rewards = tokenRewards(
      scores[i] as number,
      sample.logProbabilities,
      reference[i] as Float32Array,
      options.beta,
    );
    return {
      rewards,
      ...generalisedAdvantages(rewards, [...(values[i] as Float32Array)], options.gamma, options.lambda),
    };
  });
  const white = whiten(estimates.flatMap(({ advantages }) => advantages));
  let used = 0;
  const pairs: Pair[] = [];
  for (const [i, { ids, from }] of texts.entries()) {
    const { sample } = episodes[i] as Episode;
    const advantages = white.slice(used, used + sample.ids.length);
    used += sample.ids.length;
    const along = (numbers: ArrayLike<number>) => ids.map((_, at) => numbers[at - from] ?? 0);
    const weights = ids.map((_, at) => (at >= from ? 1 : 0));
    const { returns } = estimates[i] as { returns: number[] };
    pairs.push({
      policy: { ids, weights, signals: [along(sample.logProbabilities), along(advantages)] },
      value: { ids, weights, signals: [along(values[i] as Float32Array), along(returns)] },
    });
  }

  const learned = await learn(teams, shuffled(random, pairs), iteration, options);
  const mean = (numbers: readonly number[]) => numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  return {
    iteration,
    score: mean(scores),
    divergence: mean(
      samples.map(({ logProbabilities }, i) =>
        logProbabilities.reduce((sum, logP, t) => sum + k1(logP, reference[i]?.[t] as number), 0),
      ),
    ),
    total: mean(estimates.map(({ rewards }) => rewards.reduce((sum, value) => sum + value, 0))),
    length: mean(samples.map(({ ids }) => ids.length)),
    ended: mean(samples.map(({ ended }) => (ended ? 1 : 0))),
    distinct: new Set(samples.map(({ ids }) => ids.join())).size / samples.length,
    ...learned,
  };
}

/** An episode as both networks learn it. */
interface Pair {
  readonly policy: Document;
  readonly value: Document;
}

/** A step of both networks a minibatch. */
async function learn(teams: PpoTeams, pairs: readonly Pair[], iteration: number, options: PpoOptions) {
  const { clip, valueClip, minibatch, rate, valueRate, epsilon } = options;
  const count = Math.ceil(pairs.length / minibatch);
  let weight = 0;
  let clipped = 0;
  let valueLoss = 0;
  for (let i = 0; i < count; i++) {
    const part = pairs.slice(i * minibatch, (i + 1) * minibatch);
    const update = iteration * count + i + 1;
    const learnt = await teams.policy.step({
      source: dealt(part.map(({ policy }) => policy)),
      step: 0,
      objective: { name: "policy", clip },
      learning: { rate, update, epsilon },
    });
    if (i === 0 && learnt.measure["distance"] !== 0) {
      throw new Error("The first minibatch has other probabilities than its answers were drawn with.");
    }
    const valued = await teams.value.step({
      source: dealt(part.map(({ value }) => value)),
      step: 0,
      objective: { name: "value", clip: valueClip },
      learning: { rate: valueRate, update, epsilon },
    });
    weight += learnt.weight;
    clipped += learnt.measure["clipped"] as number;
    valueLoss += valued.measure.loss;
  }
  return { clipped: clipped / weight, valueLoss: valueLoss / weight };
}

function dealt(documents: readonly Document[]) {
  return { given: Array.from({ length: SHARDS }, (_, shard) => documents.filter((_, i) => i % SHARDS === shard)) };
}
