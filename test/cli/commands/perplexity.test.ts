import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { fixtureModel, writeFixture } from "../../helpers/model-fixture.js";
import { runCommand } from "../../helpers/run-command.js";
import { temporaryFolder } from "../../helpers/temporary.js";

const model = join(temporaryFolder(), "model.gguf");
writeFixture(model, fixtureModel());
const input = "the rain in the sun ".repeat(20);

test("perplexity measures a text from standard input, as a line or as JSON", async () => {
  const line = await runCommand(["perplexity", model, "-c", "32"], { input });
  assert.equal(line.code, 0, line.stderr);
  assert.match(line.stdout, /^perplexity \d+\.\d{4} ± \d+\.\d{4} \(\d+ tokens in \d+ windows of 32\)\n$/);
  const json = await runCommand(["perplexity", "-m", model, "-c", "32", "--json", "-f", "-"], { input });
  const found = JSON.parse(json.stdout) as { perplexity: number; windows: number };
  assert.equal(line.stdout.split(" ")[1], found.perplexity.toFixed(4));
});

test("at a terminal it tells what it does, beside its answer", async () => {
  const env = { TERM: "xterm", NO_COLOR: "1" };
  const { stdout, stderr } = await runCommand(["perplexity", model, "-c", "32"], { input, columns: 60, env });
  assert.match(stderr, /⠋ Splitting the text into tokens/);
  assert.match(stdout, /^perplexity /);
});

test("words are no text of perplexity", async () => {
  const { code, stderr } = await runCommand(["perplexity", "-m", model, "the"]);
  assert.equal(code, 1);
  assert.equal(stderr, "error: perplexity reads its text from a file or standard input: give it with -f.\n");
});
