import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { FOREIGN_FLAGS } from "#dist/cli/flags/llama-cpp.js";
import { inTurn } from "../../helpers/long.js";
import { fixtureModel, writeFixture } from "../../helpers/model-fixture.js";
import { runCommand } from "../../helpers/run-command.js";
import { temporaryFolder } from "../../helpers/temporary.js";

const model = join(temporaryFolder(), "model.gguf");
writeFixture(model, fixtureModel());
const BASE = ["generate", "-m", model, "-n", "1", "--temp", "0", "--no-stats"];

test("flags of llama.cpp that make no difference are taken with a note, each with its value", async () => {
  const { stdout: plain } = await runCommand([...BASE, "the rain"]);
  const taken: readonly (readonly [args: string[], note: RegExp])[] = [
    [["-ngl", "99"], /^-ngl is ignored: llama2 computes on the CPU only\.\n$/],
    [["-ngl=99"], /^-ngl is ignored/],
    [["--n-gpu-layers", "all"], /^--n-gpu-layers is ignored/],
    [["-fa"], /^-fa is ignored: /],
    [["-fa", "on"], /^-fa is ignored: /],
    [["--flash-attn", "auto"], /^--flash-attn is ignored: /],
    [["-no-cnv"], /^-no-cnv is ignored: only llama2 chat is a conversation\.\n$/],
    [["--jinja"], /^--jinja is ignored: /],
    [["--mlock", "--no-mmap"], /^--mlock is ignored: .*\n--no-mmap is ignored: .*\n$/],
    [["--log-disable", "--simple-io"], /^--log-disable is ignored: .*\n--simple-io is ignored: .*\n$/],
    [["-ub", "512", "-tb", "4"], /^-ub is ignored: .*\n-tb is ignored: .*\n$/],
    [["--numa", "distribute", "-dev", "none"], /^--numa is ignored: .*\n-dev is ignored: .*\n$/],
    [["-mg", "0", "-sm", "none", "-ts", "3,1"], /^-mg .*\n-sm .*\n-ts .*\n$/],
    [["--no-warmup", "-co", "--color"], /^--no-warmup .*\n-co .*\n--color .*\n$/],
    [["--no-perf"], /^$/],
  ];
  for (const [index, [args, note]] of taken.entries()) {
    const orders = [
      [...args, "the rain"],
      ["the rain", ...args],
    ];
    for (const order of inTurn(orders, index)) {
      const { code, stdout, stderr } = await runCommand([...BASE, ...order]);
      assert.equal(code, 0, stderr);
      assert.equal(stdout, plain, args.join(" "));
      assert.match(stderr, note);
    }
  }
});

test("what would make a difference is refused by name, with the reason", async () => {
  const refused: readonly (readonly [args: string[], says: string])[] = [
    [["-cnv"], "-cnv is not supported: use llama2 chat for a conversation."],
    [["-i"], "-i is not supported: use llama2 chat for a conversation."],
    [["--rope-scale", "4"], "--rope-scale is not supported: the model's file says how positions are scaled."],
    [
      ["--context-shift"],
      "--context-shift is not supported: an answer ends where the context is full; choose a larger --ctx-size.",
    ],
    [["-bf", "x"], "-bf is not supported: prompts are UTF-8 text; give them with -f."],
  ];
  for (const [args, says] of refused) {
    const { code, stderr } = await runCommand([...BASE, ...args, "the rain"]);
    assert.equal(code, 1);
    assert.equal(stderr, `error: ${says}\n`);
  }
});

test("-co is chat's own --color", async () => {
  const { code, stderr } = await runCommand(["chat", "-m", model, "-co", "-p", "hi", "-n", "1", "-q"]);
  assert.equal(code, 0);
  assert.doesNotMatch(stderr, /-co is ignored/);
});

test("every row says either why a flag is ignored or why it is refused, once for each command", () => {
  const seen = new Set<string>();
  for (const { names, ignored, refused, commands = ["every"] } of FOREIGN_FLAGS) {
    assert.ok((ignored === undefined) !== (refused === undefined), names.join(" "));
    assert.doesNotMatch(`${ignored}${refused}`, /\.$/);
    for (const name of names) {
      assert.match(name, /^--?[a-zA-Z][\w-]*$/);
      for (const command of commands) {
        assert.ok(!seen.has(`${name} ${command}`), name);
        seen.add(`${name} ${command}`);
      }
    }
  }
});
