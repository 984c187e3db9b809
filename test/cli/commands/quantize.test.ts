import assert from "node:assert/strict";
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openGguf } from "#dist/gguf/open.js";
import { fixtureModel, writeFixture } from "../../helpers/model-fixture.js";
import { runCommand } from "../../helpers/run-command.js";
import { temporaryFolder } from "../../helpers/temporary.js";

const folder = temporaryFolder();
const model = join(folder, "model.gguf");
writeFixture(model, fixtureModel());
const original = readFileSync(model);

const typesOf = (path: string) => new Set(openGguf(path).tensors.map(({ type }) => type.name));

test("quantize writes a file, and says how large it became", async () => {
  const out = join(folder, "q8.gguf");
  const { code, stdout, stderr } = await runCommand(["quantize", model, out, "q8_0"]);
  assert.equal(code, 0, stderr);
  assert.equal(stdout, "");
  assert.match(stderr, /^Wrote \S+q8\.gguf \(\d+\.\d KiB -> \d+\.\d KiB\)\.\n$/);
  assert.ok(typesOf(out).has("Q8_0"));
});

test("quantize knows llama-quantize's numbers, and its number of threads", async () => {
  const out = join(folder, "number.gguf");
  const { code, stderr } = await runCommand(["quantize", model, out, "7", "4"]);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /^Wrote /);
  assert.ok(typesOf(out).has("Q8_0"));
});

test("quantize refuses a type that is none, with the nearest", async () => {
  const near = await runCommand(["quantize", model, join(folder, "x.gguf"), "Q4_K_MM"]);
  assert.equal(near.stderr, 'error: There is no type "Q4_K_MM" to quantize to; did you mean Q4_K_M?\n');
  const far = await runCommand(["quantize", model, join(folder, "x.gguf"), "tiny"]);
  assert.match(
    far.stderr,
    /^error: There is no type "tiny" to quantize to; choose one of F16, Q8_0, Q6_K, [^\n]+\.\n$/,
  );
  assert.deepEqual([near.code, far.code], [1, 1]);
  const missing = await runCommand(["quantize", model]);
  assert.equal(missing.stderr, "error: llama2 quantize needs <out>; llama2 quantize --help says how it is used.\n");
});

test("a file that is there is replaced with --force alone", async () => {
  const out = join(folder, "notes.txt");
  writeFileSync(out, "precious");
  const { code, stderr } = await runCommand(["quantize", model, out, "Q8_0"]);
  assert.equal(code, 1);
  assert.match(stderr, /^error: \S+notes\.txt already exists; choose another file, or overwrite it with --force\.\n$/);
  assert.equal(readFileSync(out, "utf8"), "precious");
  assert.equal((await runCommand(["quantize", model, out, "Q8_0", "--force"])).code, 0);
  assert.ok(typesOf(out).has("Q8_0"));
});

test("the input is never the output, by whatever name", async () => {
  const link = join(folder, "link-to-model.gguf");
  symlinkSync(model, link);
  for (const out of [model, link, join(folder, ".", "model.gguf")]) {
    const { code, stderr } = await runCommand(["quantize", model, out, "Q8_0", "--force"]);
    assert.equal(code, 1);
    assert.match(stderr, /^error: \S+ is the input as well; write to another file, so that the original stays\.\n$/);
  }
  assert.deepEqual(readFileSync(model), original);
});

test("a symbolic link stays, and what it leads to is written, there already or not", async () => {
  const target = join(folder, "target.gguf");
  const link = join(folder, "link.gguf");
  symlinkSync("target.gguf", link);
  for (const flags of [[], ["--force"]]) {
    const { code, stderr } = await runCommand(["quantize", model, link, "Q8_0", ...flags]);
    assert.equal(code, 0, stderr);
    assert.ok(lstatSync(link).isSymbolicLink());
    assert.ok(typesOf(target).has("Q8_0"));
  }
});

test("folders, devices and places that are none are refused before any work, and nothing is left", async () => {
  mkdirSync(join(folder, "inner"));
  symlinkSync("loop", join(folder, "loop"));
  const before = readdirSync(folder);
  const places: readonly (readonly [out: string, says: RegExp])[] = [
    [join(folder, "inner"), /^error: \S+inner is a directory; give the path of a file\.\n$/],
    [join(folder, "nowhere", "q.gguf"), /^error: There is no folder \S+nowhere\.\n$/],
    [join(model, "q.gguf"), /^error: [^\n]*model\.gguf[^\n]*\.\n$/],
    [join(folder, "loop"), /^error: \S+loop is a symbolic link that leads back to itself; name another file\.\n$/],
    ...(existsSync("/dev/tty") ? [["/dev/tty", /^error: \/dev\/tty is a device; /] as const] : []),
  ];
  for (const [out, says] of places) {
    for (const flags of [[], ["--force"]]) {
      const { code, stderr } = await runCommand(["quantize", model, out, "Q8_0", ...flags]);
      assert.equal(code, 1);
      assert.match(stderr, says);
    }
  }
  assert.deepEqual(readdirSync(folder), before);
});

test("what is damaged is refused in one sentence", async () => {
  const { code, stderr } = await runCommand(["quantize", join(folder, "none.gguf"), join(folder, "q.gguf"), "Q8_0"]);
  assert.equal(code, 1);
  assert.match(stderr, /^error: There is no file [^\n]+\.\n$/);
});
