import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { bundledModelPath } from "#dist/bundled-model.js";
import { fixtureModel, u32, writeFixture } from "../../helpers/model-fixture.js";
import { runCommand } from "../../helpers/run-command.js";
import { temporaryFolder } from "../../helpers/temporary.js";

const folder = temporaryFolder();
const model = join(folder, "model.gguf");
const key = (name: string) => `tokenizer.ggml.fim_${name}_token_id`;
writeFixture(
  model,
  fixtureModel({ metadata: { [key("pre")]: u32(283), [key("suf")]: u32(284), [key("mid")]: u32(285) } }),
);

const code = join(folder, "code.ts");
const TEXT = "\ufefflet a = the in<FILL>;\nlet b = 2;\n";
const flags = ["-q", "-m", model, "-n", "6", "-s", "1", "--regex", "[a-z]{4}"];

test("infill prints what belongs into the gap, and nothing else", async () => {
  writeFileSync(code, TEXT);
  const marked = await runCommand(["infill", ...flags, code]);
  assert.equal(marked.code, 0, marked.stderr);
  assert.match(marked.stdout, /^[a-z]{4}\n$/);
  const texts = await runCommand(["infill", ...flags, "--prefix", "let a = the in", "--suffix", ";\nlet b = 2;\n"]);
  assert.equal(texts.stdout, marked.stdout);
  const json = JSON.parse((await runCommand(["infill", ...flags, "--json", code])).stdout);
  assert.equal(`${json.text}\n`, marked.stdout);
  assert.deepEqual([json.promptTokens[1], json.promptTokens.at(-1)], [283, 285]);
  const spm = JSON.parse((await runCommand(["infill", ...flags, "--json", "--spm-infill", code])).stdout);
  assert.deepEqual(spm.promptTokens.slice(1, 3), [283, 284]);
  const other = join(folder, "other.ts");
  writeFileSync(other, "export {};");
  const more = JSON.parse((await runCommand(["infill", ...flags, "--json", "--context", other, code])).stdout);
  assert.ok(more.promptTokens.length > json.promptTokens.length);
});

test("infill --in-place writes the file, mark and all else as it was, and only with -y where nobody is asked", async () => {
  writeFileSync(code, TEXT);
  const asked = await runCommand(["infill", ...flags, "--in-place", code]);
  assert.equal(asked.code, 1);
  assert.match(asked.stderr, /nobody is there to answer; give -y\.\n$/);
  assert.equal(readFileSync(code, "utf8"), TEXT);
  const { code: exit, stdout, stderr } = await runCommand(["infill", ...flags.slice(1), "--in-place", "-y", code]);
  assert.deepEqual([exit, stdout], [0, ""]);
  assert.match(stderr, /^- let a = the in;\n\+ let a = the in[a-z]{4};\n {2}let b = 2;\n/);
  assert.match(readFileSync(code, "utf8"), /^\ufefflet a = the in[a-z]{4};\nlet b = 2;\n$/);
});

test("a file with CR LF is read as one with LF, and keeps its line breaks", async () => {
  const texts = [
    "let a = 1;\nlet b = the in<FILL>;\nlet c = 2;\n",
    "let a = 1;\r\nlet b = the in<FILL>;\r\nlet c = 2;\r\n",
  ];
  const prompts: unknown[] = [];
  for (const [i, text] of texts.entries()) {
    const path = join(folder, `breaks-${i}.ts`);
    writeFileSync(path, text);
    const report = JSON.parse((await runCommand(["infill", ...flags, "--json", path])).stdout);
    const written = await runCommand(["infill", ...flags, "--in-place", "-y", path]);
    assert.equal(written.code, 0, written.stderr);
    assert.equal(readFileSync(path, "utf8"), text.replace("<FILL>", report.text));
    prompts.push(report.promptTokens);
  }
  assert.deepEqual(prompts[1], prompts[0]);
});

test("an answer that was cut off is told of, with -q as well, and so is a text that does not fit", async () => {
  writeFileSync(code, TEXT);
  const some = ["infill", "-q", "-m", model, "-s", "1"];
  const full = await runCommand([...some, "-c", "40", code]);
  assert.match(full.stderr, /^warning: The answer was cut off after \d+ tokens because the context is full\.\n$/);
  const cut = await runCommand([...some, "-n", "2", code]);
  assert.equal(cut.stderr, "");
  const written = await runCommand([...some, "-n", "2", "--in-place", "-y", code]);
  assert.equal(written.stderr, "warning: The answer was cut off after 2 tokens, as -n asks.\n");
  writeFileSync(code, `${"let a = 1;\n".repeat(50)}<FILL>`);
  const long = await runCommand([...some, "-n", "2", "-c", "64", code]);
  assert.match(
    long.stderr,
    /^warning: .* is longer than the context has room for; \d+ characters before the gap and 0 behind/,
  );
});

test("infill refuses what makes no sense, and models that cannot", async () => {
  writeFileSync(code, TEXT);
  const refused: readonly (readonly [args: string[], says: RegExp])[] = [
    [["-m", model], /needs a gap/],
    [["-m", model, "--in-place", "--prefix", "a"], /name a file/],
    [["-m", model, "-y", code], /-y belongs to --in-place/],
    [
      ["-m", bundledModelPath, code],
      /^error: The model has no infill tokens, so it cannot fill in a gap; use Code Llama/m,
    ],
  ];
  for (const [args, says] of refused) {
    const { code: exit, stdout, stderr } = await runCommand(["infill", "-q", ...args]);
    assert.deepEqual([exit, stdout], [1, ""]);
    assert.match(stderr, says);
  }
});

test("a model that cannot fill in is refused before anything is said of the text", async () => {
  writeFileSync(code, `${TEXT}${"x ".repeat(5000)}`);
  const { code: exit, stderr } = await runCommand(["infill", "-m", bundledModelPath, code]);
  assert.equal(exit, 1);
  assert.match(stderr, /^error: The model has no infill tokens[^\n]*\n$/);
});
