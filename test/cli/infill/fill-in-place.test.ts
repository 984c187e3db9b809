import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isWhole } from "../../helpers/long.js";
import { fixtureModel, u32, writeFixture } from "../../helpers/model-fixture.js";
import { KEYS, needsTerminal, PseudoTerminal } from "../../helpers/pseudo-terminal.js";
import { runCommand } from "../../helpers/run-command.js";
import { temporaryFolder } from "../../helpers/temporary.js";

const folder = temporaryFolder();
const model = join(folder, "model.gguf");
const key = (name: string) => `tokenizer.ggml.fim_${name}_token_id`;
writeFixture(
  model,
  fixtureModel({ metadata: { [key("pre")]: u32(283), [key("suf")]: u32(284), [key("mid")]: u32(285) } }),
);
const flags = ["infill", "-q", "-m", model, "-n", "6", "-s", "1", "--regex", "[a-z]{4}", "--in-place"];

/** A folder of its own with one file in it. */
function place(name: string, text: string): { path: string; names: () => string[] } {
  const own = join(folder, name);
  mkdirSync(own);
  const path = join(own, "code.ts");
  writeFileSync(path, text);
  return { path, names: () => readdirSync(own).sort() };
}

test("at a terminal the change is shown as the file will be, and written on a yes alone", needsTerminal, async () => {
  for (const [name, end] of [
    ["unix", "\n"],
    ["dos", "\r\n"],
    ["none", ""],
  ] as const) {
    const text = `let a = 1;${end || "\n"}let b = the in<FILL>;${end}`;
    const { path, names } = place(`ask-${name}`, text);
    const refusals = isWhole || name === "unix" ? ["n", "", KEYS.ctrlC] : [];
    for (const answer of [...refusals, "y"]) {
      const terminal = await PseudoTerminal.open([...flags, path]);
      await terminal.shows("Write it? [y/N]");
      const change = /^ {2}let a = 1;\n- let b = the in;\n\+ let b = the in[a-z]{4};\nWrite it\? \[y\/N\]/m;
      assert.match(terminal.text, change);
      if (answer === KEYS.ctrlC) terminal.type(answer);
      else terminal.enter(answer);
      assert.equal(await terminal.exit, answer === KEYS.ctrlC ? 130 : 0);
      if (answer !== "y") assert.equal(readFileSync(path, "utf8"), text);
    }
    const filled = new RegExp(`^let a = 1;${end || "\n"}let b = the in[a-z]{4};${end}$`);
    assert.match(readFileSync(path, "utf8"), filled);
    assert.deepEqual(names(), ["code.ts"]);
  }
});

test("a symbolic link stays one and its target is written, with its permissions", async () => {
  const { path, names } = place("link", "the in<FILL>\n");
  chmodSync(path, 0o640);
  const link = join(path, "..", "link.ts");
  symlinkSync("code.ts", link);
  const { code, stderr } = await runCommand([...flags, "-y", link]);
  assert.equal(code, 0, stderr);
  assert.ok(lstatSync(link).isSymbolicLink());
  assert.match(readFileSync(path, "utf8"), /^the in[a-z]{4}\n$/);
  if (process.platform !== "win32") assert.equal(statSync(path).mode & 0o777, 0o640);
  assert.deepEqual(names(), ["code.ts", "link.ts"]);
});

test("a device, a pipe and a folder are refused before the model is loaded", {
  skip: process.platform === "win32",
}, async () => {
  const { path } = place("others", "");
  const pipe = join(path, "..", "pipe");
  assert.equal(spawnSync("mkfifo", [pipe]).status, 0);
  for (const [other, says] of [
    ["/dev/null", /^error: \/dev\/null is a device/],
    [pipe, /pipe is a pipe/],
    [join(path, ".."), /others is a (directory|folder)/],
    [join(path, "..", "nothing.ts"), /^error: There is no file .*nothing\.ts/],
  ] as const) {
    const { code, stdout, stderr } = await runCommand([
      "infill",
      "-m",
      join(folder, "no.gguf"),
      "-y",
      "--in-place",
      other,
    ]);
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, says);
  }
});

test("a file that cannot be written whole stays as it was, and nothing is left beside it", async (t) => {
  const small = join(folder, "small");
  mkdirSync(small);
  if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", small]).status !== 0) {
    return t.skip("this user may not mount a small file system");
  }
  try {
    const path = join(small, "code.ts");
    const text = `the in<FILL>\n${"x".repeat(40_000)}\n`; // a second one does not fit
    writeFileSync(path, text);
    const { code, stderr } = await runCommand([...flags, "-y", path]);
    assert.equal(code, 1);
    assert.match(stderr, /^error: .*code\.ts cannot be written: (the disk is full|there is no space left)/im);
    assert.equal(readFileSync(path, "utf8"), text);
    assert.deepEqual(readdirSync(small), ["code.ts"]);
  } finally {
    spawnSync("umount", [small]);
  }
});

test("a file that was changed while the model was thinking is left alone", needsTerminal, async () => {
  const { path } = place("meanwhile", "the in<FILL>\n");
  const terminal = await PseudoTerminal.open([...flags, path]);
  await terminal.shows("Write it? [y/N]");
  writeFileSync(path, "saved by an editor\n");
  terminal.enter("y");
  await terminal.shows(/was changed\s+meanwhile, so it is left alone/);
  assert.equal(await terminal.exit, 1);
  assert.equal(readFileSync(path, "utf8"), "saved by an editor\n");
});
