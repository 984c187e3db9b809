import { createHash } from "node:crypto";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { isSafety, type Task } from "../corpus/task.js";
import { promptOf } from "../data/turn.js";
import { type Episode, iterate, PAPER_PPO } from "../ppo/ppo.js";
import { whitenedScores } from "../ppo/rewards.js";
import { readCheckpoint, readCheckpointOf, writeCheckpoint } from "../run/checkpoint.js";
import type { ModelState, Team } from "../run/team.js";
import { Stopped } from "../run/train-stage.js";
import { mean } from "../statistics/bootstrap.js";
import { type PathContext, teamFor } from "./context.js";
import { HeldOutGold } from "./held-out-gold.js";
import { Judges, type RewardModels } from "./reward-models.js";
import { seedFor } from "./seeds.js";

/** Iterations from checkpoint to checkpoint. */
const CHECKPOINT_EVERY = 5;

/**
 * PPO from the last model by rejection sampling, which is its reference too; the value network begins as the
 * helpfulness model. One checkpoint holds both networks that learn. What comes out is the policy whose answers to
 * held-out prompts were the best, be it the first.
 * @param tasksOf the prompts of an iteration
 */
export async function trainPolicy(
  context: PathContext,
  chat: Float32Array,
  models: RewardModels,
  tasksOf: (iteration: number) => readonly Task[],
): Promise<Float32Array> {
  const { directory, recipe, seed, tokenizer, signal, onProgress } = context;
  const name = "policy";
  const checkpoint = join(directory, `${name}.bin`);
  const hash = createHash("sha256");
  for (const values of [chat, models.helpfulness, models.safety]) hash.update(new Uint8Array(values.slice().buffer));
  const identity = JSON.stringify({ seed, ...recipe.policy, begins: hash.digest("hex") });
  const saved = readCheckpoint(checkpoint, identity);
  const first = saved?.progress.step ?? 0;
  const gold = new HeldOutGold(context, name, first);
  const bestPath = (iteration: number) => join(directory, `${name}-${iteration}.bin`);
  const best = () => {
    if (gold.best === undefined || gold.best === 0) return chat.slice();
    return readCheckpointOf(bestPath(gold.best)).state.values;
  };
  if (first >= recipe.policy.iterations) return best();

  const teams = {
    policy: teamFor(context, chat, { scalarHead: false, samples: true }),
    reference: teamFor(context, chat, { scalarHead: false, samples: false }),
    value: teamFor(context, models.helpfulness, { scalarHead: true, samples: false }),
  };
  const judges = new Judges(context, models);
  if (saved !== undefined) split(saved.state, teams.policy, teams.value);
  const options = {
    ...PAPER_PPO,
    ...recipe.policy,
    mostTokens: recipe.longestPolicyAnswer,
    eos: tokenizer.eosId as number,
    seed: seedFor(seed, name),
  };
  try {
    if (gold.best === undefined) await gold.look(teams.policy, 0);
    for (let iteration = first; iteration < recipe.policy.iterations; iteration++) {
      const tasks = tasksOf(iteration);
      const prompts = tasks.map(({ user }) => promptOf(tokenizer, user));
      const score = async (episodes: readonly Episode[]) => {
        const answers = episodes.map(({ index, prompt, sample }) => ({
          ids: [...prompt, ...sample.ids],
          isSafetyPrompt: isSafety(tasks[index] as Task),
        }));
        const scores = await judges.scores(answers);
        reward = mean(scores);
        return whitenedScores(
          scores,
          episodes.map(({ sample }) => sample.ended),
        );
      };
      // Whitened scores are 0 on average whatever the policy does: what it gains is seen in the reward alone.
      let reward = 0;
      const report = { ...(await iterate(teams, prompts, score, iteration, options)), reward };
      appendFileSync(join(directory, `${name}.log.jsonl`), `${JSON.stringify(report)}\n`);
      // Too far from its reference a policy only gets better at pleasing the reward models.
      const isTooFar = report.divergence > recipe.policy.farthest;
      const isLook = (iteration + 1) % recipe.policy.looksEvery === 0;
      if (isLook) await gold.look(teams.policy, iteration + 1);
      if (isLook && gold.best === iteration + 1) {
        const progress = { recipe: identity, stage: 0, step: iteration + 1, tokensSeen: 0 };
        writeCheckpoint(bestPath(iteration + 1), progress, teams.policy.state);
      }
      const isLast = iteration + 1 === recipe.policy.iterations || isTooFar || gold.hasFallen;
      if (isLast || signal?.aborted === true || (iteration + 1) % CHECKPOINT_EVERY === 0) {
        const step = isLast ? recipe.policy.iterations : iteration + 1;
        const progress = { recipe: identity, stage: 0, step, tokensSeen: 0 };
        writeCheckpoint(checkpoint, progress, joined(teams.policy.state, teams.value.state));
      }
      const figures = `reward ${reward.toFixed(3)} · KL ${report.divergence.toFixed(3)}`;
      const line = `${iteration + 1}/${recipe.policy.iterations} · ${figures}`;
      onProgress(name, (iteration + 1) / recipe.policy.iterations, line);
      if (isLast) break;
      if (signal?.aborted === true) throw new Stopped(name);
    }
    return best();
  } finally {
    for (const team of [...Object.values(teams), judges]) await team.dispose();
  }
}

/** Two networks' arrays, one behind the other. */
function joined(policy: ModelState, value: ModelState): ModelState {
  const both = (name: keyof ModelState) => {
    const array = new Float32Array(policy[name].length + value[name].length);
    array.set(policy[name]);
    array.set(value[name], policy[name].length);
    return array;
  };
  return { values: both("values"), means: both("means"), squares: both("squares") };
}

function split(state: ModelState, policy: Team, value: Team): void {
  const size = policy.layout.size;
  const part = (from: number, to?: number): ModelState => ({
    values: state.values.subarray(from, to),
    means: state.means.subarray(from, to),
    squares: state.squares.subarray(from, to),
  });
  policy.restore(part(0, size));
  value.restore(part(size));
}
