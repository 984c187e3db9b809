import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { LlamaError } from "#dist/errors.js";
import { Llama } from "#dist/llama.js";
import { fixtureModel, writeFixture } from "./helpers/model-fixture.js";
import { temporaryFolder } from "./helpers/temporary.js";

const path = join(temporaryFolder(), "ein Modell #1.gguf");
writeFixture(path, fixtureModel());
const llama = await Llama.load(pathToFileURL(path), { threads: 1 });
after(() => llama.dispose());

const refused = (message: RegExp) => (error: unknown) =>
  error instanceof LlamaError && error.code === "option" && message.test(error.message);

/** As a program in JavaScript would call it, which no compiler checks. */
const untyped = <T>(value: T): never => value as never;

test("a model is loaded from a file: URL, and complete gives all of the text", async () => {
  const options = { temperature: 0, maxTokens: 8, ignoreEos: true };
  const generation = llama.generate("the rain", options);
  let text = "";
  for await (const piece of generation) text += piece;
  assert.equal(await llama.complete("the rain", options), text);
});

test("complete is rejected with the reason of an abort", async () => {
  const reason = new Error("enough");
  const signal = AbortSignal.abort(reason);
  await assert.rejects(llama.complete("the rain", { signal }), reason);
});

test("what is missing or of another kind is refused in a sentence", async () => {
  assert.throws(() => llama.generate(untyped(undefined)), refused(/^generate expects a prompt.*\(got undefined\)\.$/));
  assert.throws(() => llama.generate(untyped(7)), refused(/\(got a number\)/));
  assert.throws(() => llama.generate("a", untyped(null)), refused(/expects an object of options \(got null\)/));
  await assert.rejects(Llama.load(untyped(undefined)), refused(/^Llama\.load expects the path.*\(got undefined\)\.$/));
  await assert.rejects(Llama.load(""), refused(/got an empty text/));
  await assert.rejects(Llama.load(new URL("ftp://example.org/a.gguf")), refused(/got the URL ftp/));
  await assert.rejects(llama.complete(untyped(undefined)), refused(/expects a prompt/));
});

test("an option that does not exist is refused, with the one that was meant", async () => {
  assert.throws(
    () => llama.generate("a", untyped({ topp: 0.5 })),
    refused(/generate has no option topp; did you mean topP\?/),
  );
  assert.throws(() => llama.generate("a", untyped({ xyzzy: 1 })), refused(/^generate has no option xyzzy\.$/));
  await assert.rejects(Llama.load(path, untyped({ thread: 1 })), refused(/did you mean threads\?/));
});

test("options out of range are refused before anything is computed", () => {
  for (const [options, message] of [
    [{ maxTokens: -2 }, /^maxTokens must be a whole number from 0, or -1 for no limit \(got -2\)\.$/],
    [{ logProbabilities: 0.5 }, /^logProbabilities must be/],
    [{ stop: "end" }, /^stop must be a list of strings/],
    [{ speculation: "draft" }, /^speculation must be "ngram"/],
    [{ steps: [1] }, /^steps must be a list of sampler steps/],
  ] as const) {
    assert.throws(() => llama.generate("a", untyped(options)), refused(message));
  }
});
