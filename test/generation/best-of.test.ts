import assert from "node:assert/strict";
import { after, test } from "node:test";
import { bundledModelPath } from "#dist/bundled-model.js";
import type { BestOfOptions } from "#dist/generation/best-of-options.js";
import { Llama } from "#dist/llama.js";
import { isWhole } from "../helpers/long.js";

const llama = await Llama.load(bundledModelPath, { threads: isWhole ? 2 : 1 });
after(() => llama.dispose());

const PROMPT = "Once upon a time";
const COUNT = /\bthe\b/g;
const words = (text: string) => text.match(COUNT)?.length ?? 0;
const USUAL = { k: 8, maxTokens: 24, temperature: 1, seed: 7, reward: words } as const;

test("an answer is what its seed gives alone, and the best is chosen", async () => {
  const found = await llama.bestOf(PROMPT, USUAL);
  assert.equal(found.candidates.length, 8);
  assert.equal(found.isPartial, false);
  assert.deepEqual([found.seed, found.text], [7, found.best.text]);
  assert.deepEqual(found.promptTokens, llama.tokenizer.encode(PROMPT));
  for (const { index, seed, text, score, tokens, logProbability } of found.candidates) {
    assert.equal(seed, 7 + index);
    const alone = llama.generate(PROMPT, { maxTokens: 24, temperature: 1, seed, logProbabilities: 0 });
    for await (const _ of alone);
    assert.deepEqual([alone.text, [...alone.tokens]], [text, [...tokens]]);
    const sum = alone.logProbabilities.reduce((all, { logprob }) => all + logprob, 0);
    assert.equal(logProbability, sum / tokens.length);
    assert.equal(score, words(text));
  }
  assert.equal(found.best.score, Math.max(...found.candidates.map(({ score }) => score ?? Number.NaN)));
});

test("the same seed gives the same choice for any threads and batches", async () => {
  const choice = async (model: Llama) => {
    const { candidates } = await model.bestOf(PROMPT, USUAL);
    return candidates.map(({ index, text, score, logProbability }) => ({ index, text, score, logProbability }));
  };
  const expected = await choice(llama);
  const other = await Llama.load(bundledModelPath, { threads: isWhole ? 1 : 2, batchSize: 3 });
  try {
    assert.deepEqual(await choice(other), expected);
  } finally {
    await other.dispose();
  }
});

test("where memory is short answers are sampled in turn, and are the same", async () => {
  const contextSize = 64;
  const options = { ...USUAL, maxTokens: 20 };
  const plenty = await Llama.load(bundledModelPath, { contextSize, threads: 1 });
  const expected = await plenty.bestOf(PROMPT, options);
  const { memory } = plenty;
  await plenty.dispose();
  const memoryLimit = memory.total + 2 * memory.cache;
  const scarce = await Llama.load(bundledModelPath, { contextSize, threads: 1, memoryLimit });
  try {
    let open = 0;
    let most = 0;
    const fork = scarce.createSession();
    const { createSession } = scarce;
    fork.dispose();
    scarce.createSession = (given) => {
      const session = createSession.call(scarce, given);
      const own = session.fork.bind(session);
      session.fork = (wanted) => {
        const made = own(wanted);
        open++;
        most = Math.max(most, open);
        return made;
      };
      return session;
    };
    const found = await scarce.bestOf(PROMPT, options);
    assert.ok(most >= 1 && most < 8, `${most} at once`);
    assert.deepEqual(
      found.candidates.map(({ index, text }) => [index, text]),
      expected.candidates.map(({ index, text }) => [index, text]),
    );
  } finally {
    await scarce.dispose();
  }
});

test("rewards may be asynchronous, see how the answer ended, and may be infinite", async () => {
  const infos: unknown[] = [];
  const { best, candidates } = await llama.bestOf("[INST] What is 3 + 4? [/INST]", {
    k: 3,
    seed: 1,
    parseSpecial: true,
    reward: async (text, { index, finishReason, tokens, seed }) => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      infos[index] = [finishReason, tokens.length > 0, seed, text.length > 0];
      return index === 2 ? Number.NEGATIVE_INFINITY : index;
    },
  });
  assert.deepEqual(
    infos,
    [1, 2, 3].map((seed) => ["stop", true, seed, true]),
  );
  assert.deepEqual(
    candidates.map(({ index }) => index),
    [1, 0, 2],
  );
  assert.equal(best.index, 1);
});

test("an aborted choice is the best so far, and none where nothing was scored", async () => {
  const controller = new AbortController();
  let scored = 0;
  const reward = (text: string) => {
    if (++scored === 3) controller.abort();
    return words(text);
  };
  const found = await llama.bestOf(PROMPT, { ...USUAL, k: 200, maxTokens: 12, reward, signal: controller.signal });
  assert.equal(found.isPartial, true);
  assert.notEqual(found.best.score, undefined);
  const stopped = AbortSignal.abort(new Error("over"));
  await assert.rejects(llama.bestOf(PROMPT, { ...USUAL, signal: stopped }), /over/);
  const late = new AbortController();
  const never = () => new Promise<number>(() => setTimeout(() => late.abort(new Error("too late")), 5));
  await assert.rejects(llama.bestOf(PROMPT, { ...USUAL, reward: never, signal: late.signal }), /too late/);
  assert.equal((await llama.bestOf(PROMPT, { ...USUAL, k: 1 })).candidates.length, 1);
});

test("what a reward throws, or gives instead of a number, ends it", async () => {
  const refused = (options: object, message: RegExp, code = "option") =>
    assert.rejects(llama.bestOf(PROMPT, { ...USUAL, ...options } as BestOfOptions), { code, message });
  const failing = () => {
    throw new Error("no such test");
  };
  await assert.rejects(llama.bestOf(PROMPT, { ...USUAL, reward: failing }), /no such test/);
  await refused(
    { reward: () => Number.NaN },
    /^reward must give a number for every answer \(got NaN for answer \d\)\.$/,
  );
  await refused({ reward: () => true }, /got a boolean for answer/);
  await refused({ reward: undefined }, /^reward must be a reward model or a function \(got undefined\)\.$/);
  await refused({ reward: llama }, /scores no answers/, "unsupported");
  await refused({ safety: llama }, /^reward, beside a safety model, must be a reward model/);
  await refused({ isSafetyPrompt: true }, /^isSafetyPrompt is for a safety model/);
  await refused({ temperature: 0 }, /^At temperature 0 all 8 answers would be the same/);
  for (const k of [0, 1.5, 2000, "8"]) await refused({ k }, /^k must be a whole number from 1 to 1024/);
  await refused({ steps: [] }, /^bestOf has no option steps/);
  await refused({ best: 3 }, /^bestOf has no option best/);
  await assert.rejects(llama.bestOf(3 as never, USUAL), { code: "option", message: /^bestOf expects a prompt/ });
  assert.equal((await llama.bestOf(PROMPT, { ...USUAL, k: 1, temperature: 0 })).candidates.length, 1);
});

test("the best of sixteen beats one sample", async () => {
  let [best, one] = [0, 0];
  const questions = isWhole ? 12 : 6;
  for (let seed = 0; seed < questions; seed++) {
    const found = await llama.bestOf(PROMPT, { ...USUAL, k: 16, seed: 100 * seed, maxTokens: 40 });
    best += found.best.score ?? 0;
    one += found.candidates.find(({ index }) => index === 0)?.score ?? 0;
  }
  assert.ok(best >= 1.5 * one, `${best} against ${one} in ${questions} answers`);
});
