import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { bundledModelPath } from "#dist/bundled-model.js";
import { writeFixture } from "../../helpers/model-fixture.js";
import { rewardFixture } from "../../helpers/reward-fixture.js";
import { runCommand } from "../../helpers/run-command.js";
import { temporaryFolder } from "../../helpers/temporary.js";

const reward = join(temporaryFolder(), "reward.gguf");
writeFixture(reward, rewardFixture({ contextLength: 512 }));
const CHAT = ["chat", "-m", bundledModelPath, "--temp", "1", "-s", "3", "-n", "12"];
const BEST = [...CHAT, "--best-of", "3", "--reward-model", reward];

test("each answer of a chat is the best of several, and --show-scores lists them", async () => {
  const { code, stdout, stderr } = await runCommand([...BEST, "--show-scores"], { input: "Hello.\nWhat is 3 + 4?\n" });
  assert.equal(code, 0, stderr);
  assert.equal(stderr.split("\n").filter((line) => /^-?\d+\.\d{4} +seed \d+/.test(line)).length, 6);
  assert.ok(stdout.trim().length > 0);
});

test("one message with --json tells of all answers and of their scores", async () => {
  const { code, stdout, stderr } = await runCommand([...BEST, "-p", "Hello.", "--json"]);
  assert.equal(code, 0, stderr);
  const { text, score, candidates, finishReason } = JSON.parse(stdout);
  assert.deepEqual([candidates.length, candidates[0].text, candidates[0].score], [3, text, score]);
  assert.equal(candidates[0].finishReason, finishReason);
  const alone = JSON.parse((await runCommand([...CHAT, "-p", "Hello.", "--json"])).stdout);
  assert.equal("candidates" in alone, false);
});

test("flags that contradict each other are refused", async () => {
  const refused = async (args: readonly string[], message: RegExp) => {
    const { code, stderr } = await runCommand([...args, "-p", "a"]);
    assert.equal(code, 1);
    assert.match(stderr, message);
  };
  await refused([...CHAT, "--best-of", "3"], /--best-of needs --reward-model/);
  await refused([...BEST, "--temp", "0"], /With --temp 0 all 3 answers/);
  await refused([...BEST, "--endpoint", "http://127.0.0.1:1"], /--best-of/);
});
