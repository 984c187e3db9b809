import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { Random } from "#dist/random.js";
import { Team } from "../../../training/run/team.js";
import type { Prompt, Sample } from "../../../training/sampling/sampler.js";
import { SMALL_SHAPE } from "../network/fixture.js";
import { logProbability } from "../objectives/twins.js";

const EOS = 2;
const SHAPE = { ...SMALL_SHAPE, scalarHead: true, contextLength: 320 };
const teams: Team[] = [];
after(() => Promise.all(teams.map((team) => team.dispose())));

function teamOf(workers: number, lanes: number, shardTokens = 700): Team {
  const sampling = { lanes, length: 300 };
  const team = new Team({ shape: SHAPE, pieces: [], seed: 5, shardTokens, workers, sampling });
  teams.push(team);
  return team;
}

const random = new Random(1);
const ids = (count: number) => Array.from({ length: count }, () => Math.floor(random.nextFloat() * 40));
/** Some of them alike, side by side. */
const PROMPTS: Prompt[] = [3, 17, 17, 40, 1, 9, 33, 8, 8, 2].map((length, seed) => ({ ids: ids(length), seed }));
PROMPTS[2] = { ids: PROMPTS[1]?.ids as number[], seed: 99 };
const OPTIONS = { temperature: 1, mostTokens: 30, eos: EOS };

const textsOf = (samples: readonly Sample[]) =>
  samples.map((sample, i) => {
    const prompt = PROMPTS[i]?.ids as number[];
    return { ids: [...prompt, ...sample.ids], from: prompt.length };
  });

describe("the sampler", () => {
  it("draws the same for any number of workers and lanes, and ends at EOS or where it has to", async () => {
    const samples = await teamOf(1, 4).sample(PROMPTS, OPTIONS);
    assert.deepEqual(await teamOf(2, 3).sample(PROMPTS, OPTIONS), samples);
    assert.deepEqual(await teamOf(1, 64).sample(PROMPTS, OPTIONS), samples);
    assert.equal(samples.length, PROMPTS.length);
    for (const { ids, ended, logProbabilities } of samples) {
      assert.equal(ids.indexOf(EOS), ended ? ids.length - 1 : -1);
      assert.ok(ended || ids.length === OPTIONS.mostTokens);
      assert.equal(logProbabilities.length, ids.length);
    }
    assert.ok(samples.some(({ ended }) => ended) && samples.some(({ ended }) => !ended));
    assert.notDeepEqual(samples[1], samples[2]);
  });

  it("has the learner's log probabilities, bit for bit, also far behind the prompt", async () => {
    const team = teamOf(2, 5);
    const long = { ...OPTIONS, mostTokens: 260, eos: -1 };
    for (const options of [OPTIONS, long]) {
      const samples = await team.sample(PROMPTS, options);
      const read = await team.read("logProbabilities", textsOf(samples));
      for (const [i, { logProbabilities }] of samples.entries()) {
        assert.deepEqual(Array.from(read[i] as Float32Array), logProbabilities);
      }
    }
  });

  it("at temperature 0 takes the likeliest id, at others as often as its share says", async () => {
    const team = teamOf(1, 64);
    const prompt = ids(7);
    const [distribution] = await team.read("distributions", [{ ids: [...prompt, 0], from: prompt.length }]);
    const [greedy] = await team.sample([{ ids: prompt, seed: 1 }], { ...OPTIONS, temperature: 0 });
    const logits = Array.from(distribution as Float32Array);
    assert.equal(greedy?.ids[0], logits.indexOf(Math.max(...logits)));
    for (const temperature of [1, 0.5]) {
      const count = 6000;
      const prompts = Array.from({ length: count }, (_, seed) => ({ ids: prompt, seed }));
      const samples = await team.sample(prompts, { temperature, mostTokens: 1, eos: EOS });
      const drawn = new Map<number, number>();
      for (const sample of samples) drawn.set(sample.ids[0] as number, (drawn.get(sample.ids[0] as number) ?? 0) + 1);
      const scaled = logits.map((logit) => logit / temperature);
      for (const id of logits.keys()) {
        const share = Math.exp(logProbability(scaled, id));
        const deviation = Math.sqrt(share * (1 - share) * count);
        assert.ok(Math.abs((drawn.get(id) ?? 0) - share * count) < 4.5 * deviation + 1, `${id} at ${temperature}`);
      }
      const [first] = samples;
      const wanted = logProbability(scaled, first?.ids[0] as number);
      assert.ok(Math.abs((first?.logProbabilities[0] as number) - wanted) < 1e-5);
    }
  });

  it("refuses what does not fit into its cache", async () => {
    const team = new Team({
      shape: SHAPE,
      pieces: [],
      seed: 5,
      shardTokens: 700,
      workers: 1,
      sampling: { lanes: 2, length: 20 },
    });
    await assert.rejects(team.sample(PROMPTS, OPTIONS), /does not fit into 20/);
    await team.dispose();
  });
});

describe("scores", () => {
  it("are read at the last token: the same alone and in any batch, and unchanged by what follows", async () => {
    const texts = [5, 60, 12, 3, 33, 1].map((length) => [...ids(length), EOS]);
    const together = await teamOf(1, 2).scores(texts);
    assert.deepEqual(await teamOf(2, 2, 100).scores(texts), together);
    for (const [i, text] of texts.entries()) assert.deepEqual(await teams[0]?.scores([text]), [together[i]]);
    const longer = texts.map((text) => ({ ids: [...text, ...ids(9), 0], from: 1 }));
    const values = await teams[0]?.read("values", longer);
    for (const [i, text] of texts.entries()) assert.equal(values?.[i]?.[text.length - 1], together[i]);
    assert.ok(new Set(together).size > 4);
    // EOS itself is read: without it the score is another.
    const [before] = (await teams[0]?.scores([(texts[0] as number[]).slice(0, -1)])) ?? [];
    assert.notEqual(before, together[0]);
  });
});

describe("a policy that has not moved", () => {
  it("has a ratio of exactly 1 for what it sampled, and a divergence of 0", async () => {
    const team = teamOf(2, 8);
    const samples = await team.sample(PROMPTS, OPTIONS);
    const documents = textsOf(samples).map(({ ids, from }, i) => {
      const { logProbabilities } = samples[i] as Sample;
      const along = (values: readonly number[]) => ids.map((_, at) => values[at - from] ?? 0);
      return {
        ids,
        weights: along(logProbabilities.map(() => 1)),
        signals: [along(logProbabilities), along(logProbabilities)],
      };
    });
    const given = [0, 1, 2, 3].map((shard) => documents.filter((_, i) => i % 4 === shard));
    const request = { source: { given }, step: 0, objective: { name: "policy", clip: 0.2 } } as const;
    const before = team.state.values.slice();
    const learned = await team.step({ ...request, learning: { rate: 0, update: 1, epsilon: 1e-5 } });
    assert.deepEqual(team.state.values.slice(), before);
    const again = await team.step(request);
    for (const { measure, weight } of [learned, again]) {
      assert.equal(
        weight,
        samples.reduce((sum, sample) => sum + sample.ids.length, 0),
      );
      assert.equal(measure["distance"], 0);
      assert.equal(measure["divergence"], 0);
      assert.equal(measure["clipped"], 0);
    }
    assert.ok(learned.gradientNorm > 0);
  });
});
