import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { measurePerplexity } from "#dist/generation/perplexity.js";
import { Llama } from "#dist/llama.js";
import { llama2 } from "../helpers/command.js";
import { fixtureModel, writeFixture } from "../helpers/model-fixture.js";
import { needsReference, readReference, referencePath } from "../helpers/reference.js";
import { ScalarModel } from "../helpers/scalar-model.js";
import { temporaryFolder } from "../helpers/temporary.js";

const path = join(temporaryFolder(), "model.gguf");
const model = fixtureModel();
writeFixture(path, model);
const text = "the rain in the stone ".repeat(4);

/** The figure by its definition: windows of n, BOS first, the second half of each predicted. */
function exactPerplexity(ids: readonly number[], n: number): { perplexity: number; tokens: number } {
  const losses: number[] = [];
  for (let start = 0; start + n <= ids.length; start += n) {
    const scalar = new ScalarModel(model);
    const window = [1, ...ids.slice(start + 1, start + n)];
    window.forEach((id, i) => {
      const logits = scalar.step(id);
      const next = window[i + 1];
      if (i < n / 2 || next === undefined) return;
      losses.push(Math.log(logits.reduce((sum, l) => sum + Math.exp(l), 0)) - (logits[next] ?? 0));
    });
  }
  return { perplexity: Math.exp(losses.reduce((a, b) => a + b, 0) / losses.length), tokens: losses.length };
}

test("perplexity is what its definition gives", async () => {
  const llama = await Llama.load(path, { contextSize: 16, cacheTypeK: "f32", cacheTypeV: "f32" });
  const exact = exactPerplexity(llama.tokenizer.encode(text), 16);
  const found = await measurePerplexity(llama, text);
  await llama.dispose();
  assert.equal(found.tokens, exact.tokens);
  assert.ok(Math.abs(found.perplexity / exact.perplexity - 1) < 1e-5, `${found.perplexity}, ${exact.perplexity}`);
  assert.ok(found.standardError > 0 && found.standardError < found.perplexity);
});

test("the command prints the figure, and refuses a text that is too short", async () => {
  const good = await llama2(["perplexity", path, "-c", "16", "--json"], { input: text });
  assert.equal(good.code, 0, good.stderr);
  assert.ok((JSON.parse(good.stdout) as { perplexity: number }).perplexity > 1);
  assert.match(
    (await llama2(["perplexity", path, "-c", "16"], { input: text })).stdout,
    /^perplexity [\d.]+ ± [\d.]+ \(/,
  );
  const short = await llama2(["perplexity", path, "-c", "16"], { input: "the" });
  assert.equal(short.code, 1);
  assert.match(short.stderr, /at least two contexts \(32 tokens\)/);
});

test("a trained model predicts its own kind of text better than a damaged one", needsReference, async () => {
  const story = readReference<{ text: string }>("stories260K", "perplexity.json").text;
  const figures: number[] = [];
  for (const type of ["F32", "Q4_0"]) {
    const llama = await Llama.load(referencePath("stories260K", `stories260K-${type}.gguf`), { contextSize: 128 });
    figures.push((await measurePerplexity(llama, story)).perplexity);
    await llama.dispose();
  }
  assert.ok((figures[0] ?? 0) < (figures[1] ?? 0), figures.join());
});
