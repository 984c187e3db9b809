import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { fixtureModel, text, writeFixture } from "../../helpers/model-fixture.js";
import { runCommand } from "../../helpers/run-command.js";
import { temporaryFolder } from "../../helpers/temporary.js";

const model = join(temporaryFolder(), "model.gguf");
writeFixture(model, fixtureModel({ contextLength: 2048, metadata: { escape: text("\u001b[31mred") } }));

test("tokenize prints ids and pieces", async () => {
  const lines = await runCommand(["tokenize", model, "the rain"]);
  assert.match(lines.stdout, /^ +1 {2}<s>\n +\d+ {2}▁the\n/);
  const ids = await runCommand(["tokenize", model, "--ids", "--no-bos", "-p", "he"]);
  assert.match(ids.stdout, /^\d+( \d+)*\n$/);
  const json = await runCommand(["tokenize", model, "--json"], { input: "a</s>" });
  const pieces = (JSON.parse(json.stdout) as { piece: string }[]).map(({ piece }) => piece);
  assert.deepEqual(pieces.slice(0, 2), ["<s>", "▁a"]);
  assert.ok(!pieces.includes("</s>"));
  const special = await runCommand(["tokenize", model, "--json", "--special"], { input: "a</s>" });
  assert.ok(special.stdout.includes('"</s>"'));
});

test("an output of many stretches is the same as that of one", async () => {
  const input = "ab".repeat(5000);
  const ids = (await runCommand(["tokenize", model, "--ids"], { input })).stdout.trimEnd().split(" ").map(Number);
  assert.ok(ids.length > 8192);
  const json = JSON.parse((await runCommand(["tokenize", model, "--json"], { input })).stdout) as { id: number }[];
  assert.deepEqual(
    json.map(({ id }) => id),
    ids,
  );
  const lines = (await runCommand(["tokenize", model], { input })).stdout.trimEnd().split("\n");
  assert.deepEqual(
    lines.map((line) => Number.parseInt(line, 10)),
    ids,
  );
  const { stdout } = await runCommand(["tokenize", model, "--json", "--no-bos", "-p", ""]);
  assert.deepEqual(JSON.parse(stdout), []);
});

test("-e reads escapes in the text", async () => {
  const escaped = await runCommand(["tokenize", model, "--ids", "-e", "a\\nb\\\\"]);
  const plain = await runCommand(["tokenize", model, "--ids", "-p", "a\nb\\"]);
  assert.equal(escaped.stdout, plain.stdout);
});
