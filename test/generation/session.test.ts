import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { Llama } from "#dist/llama.js";
import { fixtureModel, writeFixture } from "../helpers/model-fixture.js";
import { temporaryFolder } from "../helpers/temporary.js";

const path = join(temporaryFolder(), "model.gguf");
writeFixture(path, fixtureModel({ type: "Q8_0" }));
const llama = await Llama.load(path, { threads: 2, batchSize: 16 });
after(() => llama.dispose());
const IDS = Array.from({ length: 40 }, (_, i) => 3 + ((i * 37) % 280));

test("a fork has the tokens of its session, and neither changes the other from then on", async () => {
  const session = llama.createSession();
  await session.evaluate(IDS);
  const fork = session.fork();
  assert.equal(fork.position, 40);
  const [one, other] = await Promise.all([session.evaluate([7]), fork.evaluate([8])]);
  assert.notDeepEqual(one, other);
  fork.rewind(40);
  assert.deepEqual(await fork.evaluate([7]), one);
  session.dispose();
  assert.deepEqual([(await fork.evaluate([9])).length, fork.position], [one.length, 42]);
  assert.throws(() => session.fork(), { code: "disposed" });
  fork.dispose();
});

test("a session may have a context of its own, longer or shorter than the model's", async () => {
  for (const [contextSize, expected] of [
    [10, 10],
    [300, 300],
    [undefined, llama.contextSize],
    [0, llama.config.contextLength],
  ] as const) {
    const session = llama.createSession({ contextSize });
    assert.equal(session.contextSize, expected);
    const ids = Array(expected + 1).fill(5);
    await assert.rejects(session.evaluate(ids), { code: "context" });
    await session.evaluate(ids.slice(1));
    assert.equal(session.position, expected);
    session.dispose();
  }
  for (const contextSize of [-1, 1.5, 2 ** 25]) {
    assert.throws(() => llama.createSession({ contextSize }), { code: "option" });
  }
});

test("several answers at once are each what they are alone, and aborting one leaves the others", async () => {
  const prompts = ["the rain", "a", "in the beginning there was a rain on the hill", "then he"];
  const options = { temperature: 0, maxTokens: 20, ignoreEos: true };
  const collect = async (prompt: string, signal?: AbortSignal) => {
    let text = "";
    for await (const piece of llama.generate(prompt, { ...options, signal })) text += piece;
    return text;
  };
  const alone: string[] = [];
  for (const prompt of prompts) alone.push(await collect(prompt));
  const controller = new AbortController();
  const doomed = llama.generate("the", { ...options, maxTokens: -1, signal: controller.signal });
  const reading = (async () => {
    let pieces = 0;
    for await (const _ of doomed) if (++pieces === 3) controller.abort();
  })();
  assert.deepEqual(await Promise.all(prompts.map((prompt) => collect(prompt))), alone);
  await reading;
  assert.equal(doomed.finishReason, "abort");
});
