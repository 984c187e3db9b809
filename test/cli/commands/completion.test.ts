import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { runCommand } from "../../helpers/run-command.js";
import { temporaryFolder } from "../../helpers/temporary.js";

const folder = mkdtempSync(join(temporaryFolder(), "completion-"));
writeFileSync(join(folder, "model one.gguf"), "");

function needs(shell: string): { skip: string | false } {
  return { skip: spawnSync(shell, ["--version"]).error === undefined ? false : `there is no ${shell}` };
}

async function scriptFor(shell: string): Promise<string> {
  const { code, stdout, stderr } = await runCommand(["completion", shell]);
  assert.equal(code, 0, stderr);
  const path = join(folder, shell);
  writeFileSync(path, stdout);
  return path;
}

/** What bash offers for the last of these words. */
function offered(script: string, words: readonly string[]): string[] {
  const array = words.map((word) => `'${word}'`).join(" ");
  const line = `source '${script}'; COMP_WORDS=(${array}); COMP_CWORD=${words.length - 1}; _llama2; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync("bash", ["--norc", "-c", line], { encoding: "utf8", cwd: folder });
  assert.equal(stderr, "");
  return stdout.split("\n").filter((each) => each !== "");
}

test("bash completes commands, options, values and files", needs("bash"), async () => {
  const script = await scriptFor("bash");
  assert.deepEqual(offered(script, ["llama2", "ge"]), ["generate"]);
  assert.deepEqual(offered(script, ["llama2", "help", "quan"]), ["quantize"]);
  assert.deepEqual(offered(script, ["llama2", "generate", "--top"]), [
    "--top-k",
    "--top-p",
    "--top-nsigma",
    "--top-n-sigma",
  ]);
  assert.deepEqual(offered(script, ["llama2", "run", "--reverse"]), ["--reverse-prompt"]);
  assert.deepEqual(offered(script, ["llama2", "generate", "--cache-type-k", ""]), ["f32", "f16", "q8_0"]);
  assert.deepEqual(offered(script, ["llama2", "generate", "--temp", ""]), []);
  assert.deepEqual(offered(script, ["llama2", "generate", "-m", "mod"]), ["model one.gguf"]);
  assert.deepEqual(offered(script, ["llama2", "inspect", "mod"]), ["model one.gguf"]);
  assert.deepEqual(offered(script, ["llama2", "completion", ""]), ["bash", "zsh", "fish"]);
  assert.ok(offered(script, ["llama2", "chat", "--"]).includes("--session"));
});

test("zsh reads its script", needs("zsh"), async () => {
  const { status, stderr } = spawnSync("zsh", ["-n", await scriptFor("zsh")], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
});

test("fish reads its script and completes with it", needs("fish"), async () => {
  const script = await scriptFor("fish");
  const offers = (line: string) =>
    spawnSync("fish", ["--no-config", "-c", `source '${script}'; complete -C '${line}'`], { encoding: "utf8" }).stdout;
  assert.match(offers("llama2 gen"), /^generate\t/m);
  assert.match(offers("llama2 generate --top-"), /^--top-k\t/m);
});

test("every shell's script has every option of every command", async () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    const { stdout } = await runCommand(["completion", shell]);
    for (const name of ["top-k", "session", "tensors", "force", "prompt-gen", "quiet", "help"]) {
      assert.ok(stdout.includes(name), `${shell}: ${name}`);
    }
    assert.doesNotMatch(stdout, /[^\P{Cc}\n]|undefined/u);
  }
});
