import assert from "node:assert/strict";
import { it } from "node:test";
import { Team } from "../../../training/run/team.js";
import { withThreads } from "../../helpers/faults.js";
import { SMALL_SHAPE } from "../network/fixture.js";

const SAMPLING = { lanes: 4, length: 16 };
const PROMPTS = Array.from({ length: 6 }, (_, seed) => ({ ids: [1, seed + 2], seed }));
const OPTIONS = { temperature: 1, mostTokens: 8, eos: -1 };

function teamOf(workers: number, sampling?: typeof SAMPLING): Team {
  return new Team({ shape: SMALL_SHAPE, pieces: [], seed: 3, shardTokens: 64, workers, ...(sampling && { sampling }) });
}

async function samplesOf(workers: number) {
  const team = teamOf(workers, SAMPLING);
  try {
    return await team.sample(PROMPTS, OPTIONS);
  } finally {
    await team.dispose();
  }
}

it("a team has the threads of the one before, and computes as on new ones", async () => {
  const first = await samplesOf(2);
  await withThreads(
    (options) => options,
    async (started) => {
      assert.deepEqual(await samplesOf(2), first);
      assert.equal(started.length, 0);
    },
  );
});

it("threads that failed, or are at work, end with their team", async () => {
  const wanted = await samplesOf(1);
  const failing = teamOf(2);
  await assert.rejects(failing.sample(PROMPTS, OPTIONS), /no room to sample/);
  await failing.dispose();
  const left = teamOf(2, SAMPLING);
  void left.sample(PROMPTS, OPTIONS);
  await left.dispose();
  assert.deepEqual(await samplesOf(4), wanted);
});
