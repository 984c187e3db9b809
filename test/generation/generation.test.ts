import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { LlamaError } from "#dist/errors.js";
import { Llama } from "#dist/llama.js";
import { fixtureModel, writeFixture } from "../helpers/model-fixture.js";
import { temporaryFolder } from "../helpers/temporary.js";

const path = join(temporaryFolder(), "model.gguf");
writeFixture(path, fixtureModel());
const llama = await Llama.load(path, { threads: 1 });
after(() => llama.dispose());

async function collect(options: Parameters<Llama["generate"]>[1]) {
  const generation = llama.generate("the rain", options);
  let text = "";
  for await (const piece of generation) text += piece;
  return { text, generation };
}

test("greedy generation takes the likeliest token at every step", async () => {
  const { text, generation } = await collect({ temperature: 0, maxTokens: 12, ignoreEos: true });
  const session = llama.createSession();
  const ids: number[] = [];
  let logits = await session.evaluate(generation.promptTokens);
  while (ids.length < 12) {
    logits[2] = Number.NEGATIVE_INFINITY; // the only end token of the fixture
    ids.push(logits.indexOf(Math.max(...logits)));
    logits = await session.evaluate(ids.slice(-1));
  }
  session.dispose();
  assert.deepEqual(generation.tokens, ids);
  assert.equal(generation.finishReason, "length");
  const decoder = llama.tokenizer.createDecoder();
  assert.equal(text, ids.map((id) => decoder.push(id)).join("") + decoder.flush());
});

test("log-probabilities are those of the model's own logits, before any sampling", async () => {
  const { generation } = await collect({ logProbabilities: 2, maxTokens: 5, ignoreEos: true, seed: 4, topK: 3 });
  assert.equal(generation.logProbabilities.length, 5);
  const session = llama.createSession();
  let logits = await session.evaluate(generation.promptTokens);
  for (const [i, { id, logprob, top }] of generation.logProbabilities.entries()) {
    assert.equal(id, generation.tokens[i]);
    const total = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
    assert.ok(Math.abs(logprob - ((logits[id] as number) - total)) < 1e-5);
    assert.equal(top[0]?.id, logits.indexOf(Math.max(...logits)));
    assert.equal(top.length, 2);
    logits = await session.evaluate([id]);
  }
  session.dispose();
});

test("log-probabilities are kept only where they were asked for", async () => {
  const { generation } = await collect({ maxTokens: 3, ignoreEos: true });
  assert.deepEqual(generation.logProbabilities, []);
});

test("the same seed gives the same text, another seed another", async () => {
  const options = { maxTokens: 20, ignoreEos: true, temperature: 1.5 };
  const first = await collect({ ...options, seed: 5 });
  const again = await collect({ ...options, seed: 5 });
  const other = await collect({ ...options, seed: 6 });
  assert.equal(first.text, again.text);
  assert.notEqual(first.text, other.text);
  assert.equal(first.generation.seed, 5);
});

test("generation ends at the model's end token", async () => {
  const logitBias = new Map([[2, 1000]]);
  const { text, generation } = await collect({ logitBias, maxTokens: 10 });
  assert.equal(text, "");
  assert.equal(generation.finishReason, "stop");
  assert.deepEqual(generation.tokens, []);
});

test("generation ends at a stop string, which is not part of the text", async () => {
  const a = llama.tokenizer.findId("a");
  const b = llama.tokenizer.findId("b");
  assert.ok(a !== undefined && b !== undefined);
  const logitBias = new Map([
    [a, 500],
    [b, 500],
  ]);
  const { text, generation } = await collect({
    logitBias,
    stop: ["ab"],
    maxTokens: 100,
    seed: 1,
    temperature: 50,
    topP: 1,
    minP: 0,
  });
  assert.equal(generation.finishReason, "stop");
  assert.match(text, /^[ab]*$/);
  assert.ok(!text.includes("ab"));
  const all = llama.tokenizer.decode(generation.tokens);
  assert.equal(all, `${text}ab`);
});

test("generation ends where the context is full", async () => {
  const { generation } = await collect({ ignoreEos: true, seed: 2 });
  assert.equal(generation.finishReason, "context");
  assert.equal(generation.promptTokens.length + generation.tokens.length, llama.contextSize + 1);
});

test("no tokens are generated where none are wanted", async () => {
  const { text, generation } = await collect({ maxTokens: 0 });
  assert.equal(text, "");
  assert.equal(generation.finishReason, "length");
});

test("an aborted answer keeps what came", async () => {
  const controller = new AbortController();
  const generation = llama.generate("the", { ignoreEos: true, signal: controller.signal, seed: 3 });
  let pieces = 0;
  for await (const _ of generation) if (++pieces === 3) controller.abort();
  assert.equal(generation.finishReason, "abort");
  assert.ok(generation.tokens.length >= 3);
});

test("leaving the loop early gives the session back", async () => {
  for (let i = 0; i < 3; i++) {
    for await (const _ of llama.generate("the", { ignoreEos: true })) break;
  }
  const { generation } = await collect({ maxTokens: 1 });
  assert.equal(generation.tokens.length, 1);
});

test("two answers at once are what they are alone", async () => {
  const options = { maxTokens: 15, temperature: 0, ignoreEos: true };
  const alone = await collect(options);
  const [first, second] = await Promise.all([collect(options), collect({ ...options, seed: 9, temperature: 1 })]);
  assert.equal(first.text, alone.text);
  assert.equal(second.generation.tokens.length, 15);
});

test("wrong options are refused at the door", () => {
  const isOption = (error: unknown) => error instanceof LlamaError && error.code === "option";
  for (const options of [
    { maxTokens: -5 },
    { maxTokens: 1.5 },
    { temperature: Number.NaN },
    { topP: 2 },
    { seed: -2 },
    { logProbabilities: -1 },
    { logProbabilities: 1.5 },
  ]) {
    assert.throws(() => llama.generate("x", options), isOption, JSON.stringify(options));
  }
});

test("weights that are not numbers end in an error that says so", async () => {
  const broken = join(temporaryFolder(), "nan.gguf");
  const model = fixtureModel();
  const tensors = model.tensors.map((tensor) => {
    if (tensor.name !== "blk.0.ffn_down.weight") return tensor;
    const data = (tensor.data as Uint8Array).slice();
    data.fill(0xff, 0, 64);
    return { ...tensor, data };
  });
  writeFixture(broken, { ...model, tensors });
  const damaged = await Llama.load(broken);
  await assert.rejects(
    async () => {
      for await (const _ of damaged.generate("the"));
    },
    (error: unknown) => error instanceof LlamaError && error.code === "numeric",
  );
  await damaged.dispose();
});

test("packed weights with a scale that is no number are refused when they are loaded", async () => {
  const broken = join(temporaryFolder(), "infinite.gguf");
  const model = fixtureModel({ type: "Q8_0" });
  const tensors = model.tensors.map((tensor) => {
    if (tensor.name !== "blk.1.attn_k.weight") return tensor;
    const data = (tensor.data as Uint8Array).slice();
    data.set([0x00, 0x7c], data.length - 34);
    return { ...tensor, data };
  });
  writeFixture(broken, { ...model, tensors });
  await assert.rejects(Llama.load(broken, { threads: 2 }), {
    code: "numeric",
    message: /^Tensor blk\.1\.attn_k\.weight has a Q8_0 scale that is infinite/,
  });
});

test("a disposed model says so", async () => {
  const gone = await Llama.load(path);
  await gone.dispose();
  assert.throws(() => gone.generate("x"), /disposed of/);
  assert.throws(() => gone.createSession(), /disposed of/);
});
