import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { bundledModelPath } from "#dist/bundled-model.js";
import { Llama } from "#dist/llama.js";
import { writeFixture } from "../../helpers/model-fixture.js";
import { rewardFixture } from "../../helpers/reward-fixture.js";
import { runCommand } from "../../helpers/run-command.js";
import { temporaryFolder } from "../../helpers/temporary.js";

const folder = temporaryFolder();
const reward = join(folder, "reward.gguf");
writeFixture(reward, rewardFixture({ contextLength: 512 }));
const safety = join(folder, "safety.gguf");
writeFixture(safety, rewardFixture({ contextLength: 512, form: "rows", labels: ["safety"], seed: 5 }));

const BASE = ["generate", "-m", bundledModelPath, "-p", "Once upon a time", "-n", "12", "--temp", "1", "-s", "3"];
const BEST = [...BASE, "--best-of", "4", "--reward-model", reward];

test("the best of several answers is printed, and with --json all of them with their scores", async () => {
  const [llama, judge] = [await Llama.load(bundledModelPath), await Llama.load(reward)];
  const expected = await llama.bestOf("Once upon a time", {
    k: 4,
    maxTokens: 12,
    temperature: 1,
    seed: 3,
    reward: judge,
  });
  const { score } = expected.best;
  const prompt = judge.tokenizer.encode("Once upon a time");
  assert.equal(score, (await judge.score(prompt, expected.text)).score);
  await llama.dispose();
  await judge.dispose();
  const plain = await runCommand(BEST);
  assert.deepEqual([plain.code, plain.stdout], [0, `${expected.text}\n`], plain.stderr);
  assert.match(plain.stderr, /the best of 4 answers · generated \d+\.\d tok\/s/);
  const found = JSON.parse((await runCommand([...BEST, "--json"])).stdout);
  const { text, tokens, finishReason, seed, isPartial, candidates, stats } = found;
  assert.deepEqual([text, found.score, isPartial], [expected.text, score, false]);
  assert.deepEqual([tokens, finishReason, seed], [expected.best.tokens, "length", expected.best.seed]);
  assert.deepEqual(
    candidates.map((each: { seed: number; score: number }) => [each.seed, each.score]),
    expected.candidates.map((each) => [each.seed, each.score]),
  );
  assert.ok(stats.generateMs > 0 && stats.loadMs > 0);
});

test("--show-scores lists the answers beside the best one, also those of two models", async () => {
  const { stdout, stderr, code } = await runCommand([...BEST, "--safety-model", safety, "--show-scores"]);
  assert.equal(code, 0, stderr);
  const lines = stderr.split("\n").filter((line) => /seed/.test(line));
  assert.equal(lines.length, 4);
  for (const line of lines) {
    assert.match(
      line,
      /^-?\d+\.\d{4} +\(helpfulness -?\d+\.\d{4}, safety -?\d+\.\d{4}\) +seed [3-6] +\d+ tokens +length +\S/,
    );
  }
  assert.ok(stdout.length > 1);
});

test("--safety-prompt has the safety model's score count for every answer", async () => {
  const args = [...BEST, "--safety-model", safety, "--safety-prompt", "--show-scores"];
  const { stderr, code } = await runCommand(args);
  assert.equal(code, 0, stderr);
  const scores = [...stderr.matchAll(/^(\S+) +\(helpfulness \S+, safety (\S+)\)/gm)];
  assert.equal(scores.length, 4);
  for (const [, score, safe] of scores) assert.equal(score, safe);
});

test("a terminal sees how many answers are sampled", async () => {
  const { stderr } = await runCommand(BEST, { columns: 80, env: { TERM: "xterm", NO_COLOR: "1" } });
  assert.match(stderr, /0\/4 sampled/);
});

test("flags that contradict each other are refused before anything is loaded", async () => {
  const refused = async (args: readonly string[], message: RegExp) => {
    const { code, stderr, stdout } = await runCommand(args);
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, message);
  };
  await refused(
    [...BASE, "--best-of", "4"],
    /^error: --best-of needs --reward-model, which says how good an answer is\.\n$/,
  );
  await refused([...BASE, "--safety-model", safety], /--safety-model needs --reward-model/);
  await refused([...BASE, "--safety-prompt"], /--safety-prompt needs --reward-model/);
  await refused([...BEST, "--safety-prompt"], /name one with --safety-model/);
  await refused([...BASE, "--show-scores"], /--show-scores needs --reward-model/);
  await refused([...BEST, "--temp", "0"], /With --temp 0 all 4 answers would be the same/);
  await refused([...BEST, "--best-of", "0"], /--best-of must be a whole number from 1 to 1024/);
  await refused([...BEST, "--json", "--logprobs", "1"], /--logprobs tells of one answer/);
  await refused([...BEST, "--endpoint", "http://127.0.0.1:1"], /--best-of/);
  await refused([...BASE, "--reward-model", bundledModelPath], /This is no reward model/);
});
