import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { infillDefaults, withSuffix } from "#dist/generation/infill-defaults.js";
import { openGguf } from "#dist/gguf/open.js";
import { Llama } from "#dist/llama.js";
import { fixtureModel, u32, writeFixture } from "../helpers/model-fixture.js";
import { temporaryFolder } from "../helpers/temporary.js";

const folder = temporaryFolder();
const key = (name: string) => `tokenizer.ggml.fim_${name}_token_id`;
const TOKENS = { [key("pre")]: u32(283), [key("suf")]: u32(284), [key("mid")]: u32(285) };
const text = (value: string) => ({ type: "string", value }) as const;

function written(name: string, metadata: object): string {
  const path = join(folder, `${name}.gguf`);
  writeFixture(path, fixtureModel({ metadata: { ...TOKENS, ...metadata } }));
  return path;
}

const plain = written("plain", {});
const recommending = written("recommending", {
  "infill.order": text("spm"),
  "infill.stop_at_suffix": { type: "bool", value: true },
});

test("a file says how it is to fill in, and what it says is so unless somebody says otherwise", async () => {
  assert.deepEqual(infillDefaults(openGguf(plain).metadata), { order: "psm", stopAtSuffix: false });
  assert.deepEqual(infillDefaults(openGguf(recommending).metadata), { order: "spm", stopAtSuffix: true });
  const wrong = written("wrong", { "infill.order": text("pms\n") });
  assert.throws(() => infillDefaults(openGguf(wrong).metadata), {
    code: "model",
    message: /^infill\.order is "?pms\\n"?; expected psm or spm\.$/,
  });
  const llama = await Llama.load(recommending, { threads: 1 });
  after(() => llama.dispose());
  const parts = { prefix: "let a = ", suffix: ";\n" };
  const second = (order?: "psm" | "spm") => llama.infill(parts, { maxTokens: 1, order }).promptTokens[2];
  assert.equal(second(), 284);
  assert.equal(second("spm"), 284);
  assert.notEqual(second("psm"), 284);
  assert.throws(() => llama.infill(parts, { stop: "ab" as never }), /^LlamaError: stop must be a list of strings/);
  assert.throws(
    () => llama.infill(parts, { stopAtSuffix: 1 as never }),
    /^LlamaError: stopAtSuffix must be true or false/,
  );
});

test("an answer ends where it comes to the suffix, of which nothing is shown", async () => {
  const llama = await Llama.load(plain, { threads: 1 });
  after(() => llama.dispose());
  const parts = { prefix: "let a = ", suffix: ";\n  return the rain;\n}" };
  // What a random model writes is chosen for it.
  const options = { temperature: 0, regex: "the hill;\\n  return the rain;\\n\\}" } as const;
  const answer = async (more: object) => {
    const generation = llama.infill(parts, { ...options, ...more });
    for await (const _ of generation);
    return [generation.text, generation.finishReason];
  };
  assert.deepEqual(await answer({}), ["the hill;\n  return the rain;\n}", "stop"]);
  assert.deepEqual(await answer({ stopAtSuffix: true }), ["the hill", "stop"]);
  assert.deepEqual(await answer({ stopAtSuffix: true, stop: ["he hi"] }), ["t", "stop"]);
});

test("twelve characters tell, white space aside; a shorter suffix does if it has several lines", () => {
  assert.deepEqual(withSuffix(["a"], "\n}\nassert(sum([1, 2]))"), ["a", "\n}\nassert(sum("]);
  assert.deepEqual(withSuffix([], ";\n}\n"), [";\n}"]);
  for (const short of ["", "  }\n\n", ");", "\n"]) assert.deepEqual(withSuffix([], short), []);
  assert.deepEqual(withSuffix([], "\u{1f600}".repeat(13)), ["\u{1f600}".repeat(12)]);
});
