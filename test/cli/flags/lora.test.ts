import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { lora } from "#dist/cli/flags/lora.js";
import { fixtureAdapter, writeAdapter } from "../../helpers/adapter-fixture.js";
import { fixtureModel, writeFixture } from "../../helpers/model-fixture.js";
import { runCommand } from "../../helpers/run-command.js";
import { temporaryFolder } from "../../helpers/temporary.js";

const folder = temporaryFolder();
const path = join(folder, "model.gguf");
const adapter = join(folder, "adapter.gguf");
const model = fixtureModel();
writeFixture(path, model);
writeAdapter(adapter, fixtureAdapter(model));

test("files are told from their scales, whatever colons they have", () => {
  assert.deepEqual(lora("a.gguf"), [{ path: "a.gguf", scale: 1 }]);
  assert.deepEqual(lora("a.gguf:0.5,b.gguf:-2,c.gguf:.25"), [
    { path: "a.gguf", scale: 0.5 },
    { path: "b.gguf", scale: -2 },
    { path: "c.gguf", scale: 0.25 },
  ]);
  assert.deepEqual(lora("C:\\models\\a.gguf:1e-1", lora("hf:o/r:Q8_0")), [
    { path: "hf:o/r:Q8_0", scale: 1 },
    { path: "C:\\models\\a.gguf", scale: 0.1 },
  ]);
  for (const text of ["", ",", "a.gguf,", "a.gguf:1e99"])
    assert.throws(() => lora(text), /the file of an adapter/, text);
});

test("--lora and --lora-scaled change the answer, and scale 0 does not", async () => {
  const generate = async (...args: string[]) => {
    const words = ["generate", "-m", path, "-p", "the", "-n", "12", "--temp", "0", "--ignore-eos", "-q", ...args];
    const { code, stdout, stderr } = await runCommand(words);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const without = await generate();
  const once = await generate("--lora", adapter);
  assert.notEqual(once, without);
  assert.equal(await generate("--lora", `${adapter}:0`), without);
  assert.equal(await generate("--lora-scaled", `${adapter}:0.5,${adapter}:0.5`), once);
});

test("-v says which adapters there are, and inspect what one is; a mixture's experts are counted", async () => {
  const words = ["generate", "-m", path, "-p", "the", "-n", "1", "-v", "--lora", `${adapter}:0.5`];
  assert.match((await runCommand(words)).stderr, /adapter {2}.*adapter\.gguf, scale 0\.5\n/);
  const inspected = await runCommand(["inspect", adapter]);
  assert.match(inspected.stdout, /architecture +llama: an adapter of 16 matrices, to be given with --lora\n/);
  const mixture = join(folder, "mixture.gguf");
  writeFixture(mixture, fixtureModel({ experts: 4, expertsUsed: 2 }));
  assert.match((await runCommand(["inspect", mixture])).stdout, /2 KV heads, 4 experts of which a token has 2\n/);
});

test("a model where an adapter is expected, and the reverse, end in a sentence", async () => {
  const wrong = await runCommand(["generate", "-m", path, "--lora", path, "-p", "a"]);
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /is not an adapter: it looks like a model, which goes with --model/);
  const reverse = await runCommand(["generate", "-m", adapter, "-p", "a"]);
  assert.match(reverse.stderr, /This is an adapter, not a model/);
  const none = await runCommand(["generate", "-m", path, "--lora", "none.gguf", "-p", "a"]);
  assert.match(none.stderr, /none\.gguf/);
});
