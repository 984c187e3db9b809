import assert from "node:assert/strict";
import { test } from "node:test";
import type { RequestEntry } from "#dist/server/options.js";
import { client, llama } from "../../helpers/served.js";

const { ask, refused, get } = client();
const PATH = "/v1/embeddings";
const TEXTS = ["Once upon a time", "3 + 4", "The cat sat."];

test("vectors are the library's, as numbers and in base64, with the tokens counted", async () => {
  const expected = await llama.embed(TEXTS);
  const tokens = expected.reduce((sum, each) => sum + each.tokens, 0);
  const { object, data, usage } = await ask(PATH, { input: TEXTS, model: "llama2" });
  assert.deepEqual([object, usage], ["list", { prompt_tokens: tokens, total_tokens: tokens }]);
  const coded = (await ask(PATH, { input: TEXTS, encoding_format: "base64" })).data;
  for (const [index, { vector }] of expected.entries()) {
    assert.deepEqual([data[index].object, data[index].index], ["embedding", index]);
    assert.deepEqual(data[index].embedding, [...vector]);
    const bytes = Buffer.from(coded[index].embedding, "base64");
    assert.deepEqual([...new Float32Array(new Uint8Array(bytes).buffer)], [...vector]);
  }
  const lengths = data.map(({ embedding }: { embedding: number[] }) => Math.hypot(...embedding));
  for (const length of lengths) assert.ok(Math.abs(length - 1) < 1e-6, `${length}`);
});

test("an input is a text, token ids, or a list of those; dimensions and pooling are the library's", async () => {
  const text = TEXTS[0] as string;
  const ids = llama.tokenizer.encode(text);
  const [{ vector } = { vector: [] }] = await llama.embed([text], { pooling: "last", dimensions: 8 });
  for (const input of [text, [text], ids, [ids]]) {
    const { data } = await ask(PATH, { input, pooling: "last", dimensions: 8 });
    assert.deepEqual([data.length, data[0].embedding], [1, [...vector]]);
  }
});

test("what makes no sense is refused by the field's name, and what is too long by its length", async () => {
  const param = async (body: object) => (await refused(PATH, { input: "a", ...body }, 400)).param;
  for (const input of [undefined, [], "", ["a", ""], [["a"]], {}, [1, "a"], Array(2049).fill("a")]) {
    assert.equal(await param({ input }), "input", JSON.stringify(input)?.slice(0, 40));
  }
  assert.equal(await param({ dimensions: 0 }), "dimensions");
  assert.equal(await param({ dimensions: 100_000 }), "dimensions");
  assert.equal(await param({ encoding_format: "hex" }), "encoding_format");
  assert.equal(await param({ pooling: "cls" }), "pooling");
  assert.equal(await param({ inputs: "a" }), "inputs");
  assert.equal((await refused(PATH, { input: "a", model: "gpt-4" }, 404)).param, "model");
  assert.equal((await refused(PATH, { input: "a ".repeat(100_000) }, 400)).type, "exceed_context_size_error");
  assert.match((await refused(PATH, { input: [[1e9]] }, 400)).message, /vocabulary/);
});

test("prompts that were embedded are counted", async () => {
  const { ask, get: look } = client();
  await ask(PATH, { input: TEXTS[0] });
  const { tokens } = await llama.embed(TEXTS[0] as string);
  assert.match(await (await look("/metrics")).text(), new RegExp(`prompt_tokens_total ${tokens}\\n`));
  assert.equal((await get(PATH)).status, 405);
});

test("llama.cpp's and ollama's own ways to ask give the same vectors", async () => {
  const [first = [], second = []] = (await llama.embed(TEXTS.slice(0, 2))).map(({ vector }) => [...vector]);
  for (const path of ["/embedding", "/embeddings"]) {
    assert.deepEqual(await ask(path, { content: TEXTS[0] }), [{ index: 0, embedding: [first] }]);
    const several = await ask(path, { input: TEXTS.slice(0, 2) });
    assert.deepEqual(
      several,
      [first, second].map((vector, index) => ({ index, embedding: [vector] })),
    );
  }
  const [{ vector } = { vector: [] }] = await llama.embed([TEXTS[0] as string], { normalize: false });
  const plain = await ask("/embedding", { content: TEXTS[0], embd_normalize: -1 });
  assert.deepEqual(plain[0].embedding[0], [...vector]);
  assert.equal((await refused("/embedding", { content: "a", embd_normalize: 1 }, 400)).param, "embd_normalize");
  assert.equal((await refused("/embedding", { content: "" }, 400)).param, "content");
  const older = await ask("/api/embeddings", { prompt: TEXTS[0], keep_alive: "5m" });
  assert.deepEqual(older, { embedding: [...vector] });
});

test("tokens of embeddings are in the log", async () => {
  const entries: RequestEntry[] = [];
  const { ask } = client({ onRequest: (entry) => entries.push(entry) });
  for (const [path, field] of [
    ["/v1/embeddings", "input"],
    ["/embedding", "content"],
    ["/api/embed", "input"],
  ] as const) {
    await ask(path, { [field]: TEXTS[0] });
  }
  const { tokens } = await llama.embed(TEXTS[0] as string);
  assert.deepEqual(
    entries.map(({ promptTokens, tokens: answered }) => [promptTokens, answered]),
    Array(3).fill([tokens, 0]),
  );
});

test("a server for embeddings alone answers nothing", async () => {
  const { ask, refused, post } = client({ embedding: true });
  assert.equal((await ask(PATH, { input: "a" })).data.length, 1);
  assert.equal((await ask("/tokenize", { content: "a" })).tokens.length, 1);
  for (const path of ["/v1/chat/completions", "/v1/completions", "/v1/responses", "/completion", "/infill"]) {
    assert.match((await refused(path, {}, 501)).message, /without --embedding/);
  }
  for (const path of ["/api/chat", "/api/generate"]) assert.equal((await post(path, {})).status, 501);
});
