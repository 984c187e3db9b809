import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { exactDivergence, k1, k3 } from "../../../training/ppo/divergence.js";
import { type Episode, iterate, PAPER_PPO, type PpoOptions } from "../../../training/ppo/ppo.js";
import { type ModelState, Team } from "../../../training/run/team.js";
import { isWhole } from "../../helpers/long.js";
import { logProbability } from "../objectives/twins.js";

/** Eight actions. */
const SHAPE = {
  vocabularySize: 8,
  dim: 16,
  layers: 1,
  heads: 2,
  kvHeads: 1,
  headSize: 8,
  hiddenDim: 16,
  contextLength: 16,
  ropeTheta: 10000,
  normEpsilon: 1e-5,
};
const PROMPT = [7];

function teamOf(seed: number, scalarHead = false, workers = 1): Team {
  const shape = scalarHead ? { ...SHAPE, scalarHead } : SHAPE;
  return new Team({ shape, pieces: [], seed, shardTokens: 256, workers, sampling: { lanes: 128, length: 16 } });
}

async function withTeams<T>(
  run: (teams: { policy: Team; reference: Team; value: Team }) => Promise<T>,
  workers = 1,
): Promise<T> {
  const teams = {
    policy: teamOf(3, false, workers),
    reference: teamOf(3, false, workers),
    value: teamOf(4, true, workers),
  };
  try {
    return await run(teams);
  } finally {
    for (const team of Object.values(teams)) await team.dispose();
  }
}

const hashOf = ({ values }: ModelState) =>
  createHash("sha256").update(new Uint8Array(values.slice().buffer)).digest("hex");

/** log p of each next action behind a prompt. */
async function distributionAfter(team: Team, prompt: readonly number[]): Promise<number[]> {
  const [row] = await team.read("distributions", [{ ids: [...prompt, 0], from: prompt.length }]);
  return Array.from(row as Float32Array);
}

/** log p of every sequence of `steps` actions, in the order of their numbers. */
async function jointOf(team: Team, steps: number): Promise<number[]> {
  const first = await distributionAfter(team, PROMPT);
  if (steps === 1) return first;
  const joint: number[] = [];
  for (const action of first.keys()) {
    const second = await distributionAfter(team, [...PROMPT, action]);
    joint.push(...second.map((logP) => logP + (first[action] as number)));
  }
  return joint;
}

/** pi0(a) e^(r(a) / beta) / Z: what no policy can beat. */
function optimum(reference: readonly number[], rewards: readonly number[], beta: number): number[] {
  const weights = reference.map((logP, i) => logP + (rewards[i] as number) / beta);
  return weights.map((_, i) => Math.exp(logProbability(weights, i)));
}

const halfDistance = (p: readonly number[], q: readonly number[]) =>
  p.reduce((sum, value, i) => sum + Math.abs(value - (q[i] as number)), 0) / 2;

const OPTIONS: PpoOptions = {
  ...PAPER_PPO,
  beta: 0.5,
  rate: 3e-3,
  valueRate: 1e-2,
  minibatch: 128,
  mostTokens: 1,
  eos: -1,
  seed: 11,
};

/** Learns with falling rates; returns how far the policy was from its optimum, and is. */
async function learnTo(steps: number, rewards: readonly number[], iterations: number, beta: number) {
  return withTeams(async (teams) => {
    const before = await jointOf(teams.reference, steps);
    const kept = hashOf(teams.reference.state);
    const best = optimum(before, rewards, beta);
    const prompts = Array.from({ length: 256 }, () => PROMPT);
    const score = (episodes: readonly Episode[]) =>
      episodes.map(({ sample }) => rewards[sample.ids.reduce((sum, id) => sum * 8 + id, 0)] as number);
    for (let iteration = 0; iteration < iterations; iteration++) {
      const rate = OPTIONS.rate * Math.max(0.03, 1 - iteration / iterations);
      await iterate(teams, prompts, score, iteration, { ...OPTIONS, beta, mostTokens: steps, rate });
    }
    assert.equal(hashOf(teams.reference.state), kept, "the reference has moved");
    const reached = (await jointOf(teams.policy, steps)).map(Math.exp);
    return { from: halfDistance(before.map(Math.exp), best), to: halfDistance(reached, best), best, reached };
  });
}

describe("PPO with a price on divergence reaches its known optimum", () => {
  // The bandit is the tree with one step, and takes as long.
  (isWhole ? it : it.skip)("on a bandit of three arms, all others never to be pulled", async () => {
    const rewards = [0, 0.4, 0.9, -3, -3, -3, -3, -3];
    const { from, to, best, reached } = await learnTo(1, rewards, 250, 0.5);
    assert.ok(from > 0.5 && to < 0.03, `from ${from} to ${to}: ${reached} for ${best}`);
  });

  it("on a tree of two steps, whose reward is for both", async () => {
    const rewards = Array.from({ length: 64 }, (_, i) => {
      const [first, second] = [i >> 3, i & 7];
      if (first > 1 || second > 1) return -3;
      return [
        [1, 0],
        [0, 0.6],
      ][first]?.[second] as number;
    });
    const { from, to, best, reached } = await learnTo(2, rewards, 350, 0.5);
    assert.ok(from > 0.5 && to < 0.05, `from ${from} to ${to}: ${reached} for ${best}`);
  });
});

describe("an iteration", () => {
  const prompts = Array.from({ length: 40 }, (_, i) => [i % 8, 3]);
  const options = { ...OPTIONS, mostTokens: 5, eos: 2, minibatch: 16 };
  const score = (episodes: readonly Episode[]) => episodes.map(({ sample }) => sample.ids.length);

  it("gives the same bits for 1, 2 and 4 workers", async () => {
    const results = [];
    for (const workers of [1, 2, 4]) {
      results.push(
        await withTeams(async (teams) => {
          const reports = [];
          for (let i = 0; i < 3; i++) reports.push(await iterate(teams, prompts, score, i, options));
          return { reports, policy: hashOf(teams.policy.state), value: hashOf(teams.value.state) };
        }, workers),
      );
    }
    assert.deepEqual(results[1], results[0]);
    assert.deepEqual(results[2], results[0]);
  });

  it("at learning rate 0 changes nothing, and its divergence is exactly 0", async () => {
    await withTeams(async (teams) => {
      const before = hashOf(teams.policy.state);
      for (let i = 0; i < 2; i++) {
        const report = await iterate(teams, prompts, score, i, { ...options, rate: 0, valueRate: 0 });
        assert.equal(report.divergence, 0);
        assert.equal(report.clipped, 0);
        assert.equal(report.total, report.score);
      }
      assert.equal(hashOf(teams.policy.state), before);
    });
  });
});

describe("divergence", () => {
  it("k1 and k3 have the exact one for their mean, within its interval; k3 is never below 0", async () => {
    await withTeams(async ({ policy, value }) => {
      const q = await distributionAfter(value, PROMPT);
      const p = await distributionAfter(policy, PROMPT);
      const [exact] = exactDivergence(Float32Array.from(p), Float32Array.from(q), 8);
      assert.ok((exact as number) > 0.05);
      const count = 20_000;
      const samples = await policy.sample(
        Array.from({ length: count }, (_, seed) => ({ ids: PROMPT, seed })),
        { temperature: 1, mostTokens: 1, eos: -1 },
      );
      for (const estimate of [k1, k3]) {
        const found = samples.map(({ ids: [id] }) => estimate(p[id as number] as number, q[id as number] as number));
        const mean = found.reduce((sum, x) => sum + x, 0) / count;
        const deviation = Math.sqrt(found.reduce((sum, x) => sum + (x - mean) ** 2, 0) / count);
        assert.ok(Math.abs(mean - (exact as number)) < (4 * deviation) / Math.sqrt(count), `${mean}, exact ${exact}`);
        if (estimate === k3) assert.ok(found.every((x) => x >= 0));
      }
    });
    assert.deepEqual(exactDivergence(Float32Array.from([-1, -2]), Float32Array.from([-1, -2]), 2), [0]);
  });
});
