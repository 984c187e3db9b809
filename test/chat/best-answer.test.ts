import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { bundledModelPath } from "#dist/bundled-model.js";
import { Llama } from "#dist/llama.js";
import { isWhole } from "../helpers/long.js";
import { writeFixture } from "../helpers/model-fixture.js";
import { rewardFixture } from "../helpers/reward-fixture.js";
import { temporaryFolder } from "../helpers/temporary.js";

const llama = await Llama.load(bundledModelPath, { threads: isWhole ? 2 : 1 });
after(() => llama.dispose());

const QUESTION = "What is 3 + 4?";
const length = (text: string) => text.length;
const OPTIONS = { seed: 5, temperature: 1.2, maxTokens: 24 } as const;

test("a chat gives the best of several answers as one piece, and goes on from it", async () => {
  const chat = await llama.createChat();
  after(() => chat.dispose());
  const sampled: string[] = [];
  const onSampled = (done: number, k: number) => sampled.push(`${done}/${k}`);
  const answer = chat.send(QUESTION, { ...OPTIONS, bestOf: { k: 4, reward: length, onSampled } });
  const pieces = [];
  for await (const piece of answer) pieces.push(piece);
  assert.deepEqual(sampled, ["1/4", "2/4", "3/4", "4/4"]);
  assert.deepEqual(pieces, [answer.text]);
  const whole = answer.candidates.filter(({ finishReason }) => finishReason === "stop");
  assert.equal(answer.candidates.length, 4);
  assert.equal(answer.text.length, Math.max(...whole.map(({ text }) => text.length)));
  assert.deepEqual([answer.finishReason, answer.seed], ["stop", answer.candidates[0]?.seed]);
  assert.deepEqual(chat.messages.at(-1), { role: "assistant", content: answer.text });
  for (const { seed, text } of answer.candidates) {
    const alone = await llama.createChat();
    assert.equal(await alone.ask(QUESTION, { ...OPTIONS, seed }), text);
    alone.dispose();
  }
  const next = await chat.ask("What is 5 + 2?", { temperature: 0 });
  const other = await llama.createChat({ messages: chat.messages.slice(0, 2) });
  assert.equal(await other.ask("What is 5 + 2?", { temperature: 0 }), next);
  other.dispose();
});

test("a reward model reads the conversation as its own template writes it", async () => {
  const path = join(temporaryFolder(), "reward.gguf");
  writeFixture(path, rewardFixture({ contextLength: 512 }));
  const judge = await Llama.load(path);
  after(() => judge.dispose());
  const chat = await llama.createChat();
  after(() => chat.dispose());
  const answer = chat.send(QUESTION, { ...OPTIONS, bestOf: { k: 3, reward: judge } });
  for await (const _ of answer);
  const { score } = await judge.score(QUESTION, answer.text);
  assert.equal(answer.candidates[0]?.score, score);
});

test("an abort keeps the best so far, and the conversation stays as it was without one", async () => {
  const chat = await llama.createChat();
  after(() => chat.dispose());
  const early = new AbortController();
  const none = chat.send(QUESTION, { ...OPTIONS, signal: early.signal, bestOf: { k: 2, reward: length } });
  early.abort();
  for await (const _ of none);
  assert.deepEqual([none.text, none.finishReason, none.candidates.length], ["", "abort", 0]);
  const late = new AbortController();
  let count = 0;
  const reward = (text: string) => {
    if (++count === 2) late.abort();
    return text.length;
  };
  const some = chat.send(QUESTION, { ...OPTIONS, signal: late.signal, bestOf: { k: 60, reward } });
  for await (const _ of some);
  assert.ok(some.text.length > 0 && some.candidates.length >= 1);
  assert.equal(chat.messages.at(-1)?.content, some.text);
});

test("what makes no sense is refused, and the conversation is as it was", async () => {
  const chat = await llama.createChat();
  after(() => chat.dispose());
  const bestOf = { k: 2, reward: length };
  const refused = (options: object, message: RegExp) =>
    assert.rejects(chat.ask("a", options as object), { code: "option", message });
  await refused({ bestOf, temperature: 0 }, /^At temperature 0/);
  await refused({ bestOf: { ...bestOf, best: 1 } }, /^bestOf has no option best/);
  await refused({ bestOf: { k: 2 } }, /^reward must be/);
  const tool = { name: "f", description: "", parameters: { type: "object", properties: {} }, run: () => "" };
  await refused({ bestOf, tools: [tool] }, /^bestOf chooses among answers without tools/);
  assert.deepEqual(chat.messages, []);
});
