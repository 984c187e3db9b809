import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { Llama } from "#dist/llama.js";
import { fixtureModel, writeFixture } from "../helpers/model-fixture.js";
import { ScalarModel } from "../helpers/scalar-model.js";
import { temporaryFolder } from "../helpers/temporary.js";

const folder = temporaryFolder();
const path = join(folder, "model.gguf");
const fixture = fixtureModel({ type: "F32", layers: 3 });
writeFixture(path, fixture);
const llama = await Llama.load(path, { threads: 2, batchSize: 16, cacheTypeK: "f32", cacheTypeV: "f32" });
after(() => llama.dispose());

const TEXTS = ["the rain", "a", "in the beginning there was a rain on the hill and then he", "on the hill"];

function scaled(values: readonly number[], divisor: number): number[] {
  return values.map((value) => value / divisor);
}

const lengthOf = (values: ArrayLike<number>) => Math.hypot(...Array.from(values));

function assertClose(found: ArrayLike<number>, expected: readonly number[], tolerance = 1e-5): void {
  assert.equal(found.length, expected.length);
  const error = lengthOf(expected.map((value, i) => value - (found[i] ?? Number.NaN)));
  assert.ok(error <= tolerance * lengthOf(expected), `off by ${error} of ${lengthOf(expected)}`);
}

/** Each token's hidden state, in float64. */
function statesOf(text: string): number[][] {
  const model = new ScalarModel(fixture);
  return llama.tokenizer.encode(text).map((id) => model.hidden(id));
}

test("the mean and the last of the hidden states are those of the float64 model", async () => {
  for (const text of TEXTS) {
    const states = statesOf(text);
    const sum = states.reduce((a, b) => a.map((value, i) => value + (b[i] ?? 0)));
    const mean = scaled(sum, states.length);
    const last = states.at(-1) ?? [];
    const plain = { normalize: false } as const;
    assertClose((await llama.embed(text, plain)).vector, mean);
    assertClose((await llama.embed(text, { pooling: "last", normalize: false })).vector, last);
    assertClose((await llama.embed(text)).vector, scaled(mean, lengthOf(mean)));
    const few = mean.slice(0, 7);
    assertClose((await llama.embed(text, { dimensions: 7 })).vector, scaled(few, lengthOf(few)));
    assertClose((await llama.embed(text, { dimensions: 7, ...plain })).vector, few);
  }
});

test("a vector does not depend on what is computed beside it, on batches or on threads", async () => {
  const alone = [];
  for (const text of TEXTS) alone.push(await llama.embed(text));
  const session = llama.createSession();
  const many = Array.from({ length: 40 }, (_, i) => TEXTS[i % TEXTS.length] as string);
  const [together, ...answers] = await Promise.all([
    llama.embed(many),
    llama.complete("the rain", { temperature: 0, maxTokens: 20, ignoreEos: true }),
    llama.complete("a", { temperature: 0, maxTokens: 20, ignoreEos: true }),
    session.evaluateEach([5, 6, 7, 8, 9], () => {}),
  ]);
  session.dispose();
  for (const [i, embedding] of together.entries()) assert.deepEqual(embedding, alone[i % TEXTS.length]);
  assert.deepEqual(
    answers.slice(0, 2),
    await Promise.all(
      ["the rain", "a"].map((text) => llama.complete(text, { temperature: 0, maxTokens: 20, ignoreEos: true })),
    ),
  );
  const other = await Llama.load(path, { threads: 1, batchSize: 64, cacheTypeK: "f32", cacheTypeV: "f32" });
  assert.deepEqual(await other.embed(TEXTS), alone);
  await other.dispose();
});

test("token ids are used as they are, and counted", async () => {
  const ids = llama.tokenizer.encode(TEXTS[0] as string);
  const [byIds, byText] = await llama.embed([ids, TEXTS[0] as string]);
  assert.deepEqual(byIds, byText);
  assert.equal(byIds?.tokens, ids.length);
  assert.deepEqual(await llama.embed([]), []);
});

test("hidden states come one a token, in order, and sessions go on behind them", async () => {
  const ids = llama.tokenizer.encode(TEXTS[2] as string);
  const session = llama.createSession();
  const indexes: number[] = [];
  await session.evaluateHidden(ids, (index, state) => {
    indexes.push(index);
    assert.equal(state.length, 64);
  });
  assert.deepEqual(indexes, [...ids.keys()]);
  const logits = await session.evaluate([7]);
  session.rewind(0);
  assert.deepEqual(await session.evaluate([...ids, 7]), logits);
  session.dispose();
});

test("the file's own way of pooling is the default", async () => {
  for (const [type, pooling] of [
    [1, "mean"],
    [3, "last"],
    [0, "mean"],
  ] as const) {
    const other = join(folder, `pooling-${type}.gguf`);
    writeFixture(
      other,
      fixtureModel({ type: "F32", layers: 3, metadata: { "llama.pooling_type": { type: "u32", value: type } } }),
    );
    const model = await Llama.load(other, { threads: 2, cacheTypeK: "f32", cacheTypeV: "f32" });
    assert.deepEqual(await model.embed(TEXTS[0] as string), await llama.embed(TEXTS[0] as string, { pooling }));
    await model.dispose();
  }
});

test("what makes no sense is refused, and an aborted call ends", async () => {
  for (const [texts, options] of [
    ["a", { pooling: "cls" }],
    ["a", { dimensions: 0 }],
    ["a", { dimensions: 65 }],
    ["a", { dimensions: 1.5 }],
    ["a", { normalize: 1 }],
    ["a", { poolin: "mean" }],
    [["a", 3], {}],
    [["a", []], {}],
    [["a", [1e9]], {}],
    [{}, {}],
  ]) {
    await assert.rejects(llama.embed(texts as string, options as object), { code: "option" }, JSON.stringify(texts));
  }
  await assert.rejects(llama.embed("the ".repeat(200)), { code: "context" });
  await assert.rejects(llama.embed([Array(200).fill(5)]), { code: "context", message: /Text 0 .* 200 tokens/ });
  const signal = AbortSignal.abort(new Error("enough"));
  await assert.rejects(llama.embed(TEXTS, { signal }), /enough/);
  const disposed = await Llama.load(path, { threads: 1 });
  await disposed.dispose();
  await assert.rejects(disposed.embed("a"), { code: "disposed" });
});
