import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { Llama } from "#dist/llama.js";
import { writeFixture } from "../../helpers/model-fixture.js";
import { rewardFixture } from "../../helpers/reward-fixture.js";
import { runCommand } from "../../helpers/run-command.js";
import { temporaryFolder } from "../../helpers/temporary.js";

const model = join(temporaryFolder(), "reward.gguf");
writeFixture(model, rewardFixture());
const llama = await Llama.load(model);
const expected = await llama.score("the rain", "on the hill");
await llama.dispose();

test("one pair gives a number, or an object with --json", async () => {
  const pair = ["-p", "the rain", "-a", "on the hill"];
  const plain = await runCommand(["score", "-m", model, ...pair]);
  assert.deepEqual([plain.code, plain.stdout], [0, `${expected.score.toFixed(4)}\n`], plain.stderr);
  const json = await runCommand(["score", model, ...pair, "--json"]);
  assert.deepEqual(JSON.parse(json.stdout), JSON.parse(JSON.stringify(expected)));
});

test("lines of JSON give lines of JSON, with what else stood in them", async () => {
  const lines = [
    { id: 7, prompt: "the rain", answer: "on the hill" },
    { prompt: [{ role: "user", content: "the rain" }], answer: "on the hill" },
    {
      messages: [
        { role: "user", content: "the rain" },
        { role: "assistant", content: "on the hill" },
      ],
    },
  ];
  const input = `${lines.map((line) => JSON.stringify(line)).join("\n\n")}\n`;
  const { code, stdout, stderr } = await runCommand(["score", "-m", model, "-q"], { input });
  assert.equal(code, 0, stderr);
  const found = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    found,
    lines.map((line) => ({ ...line, ...JSON.parse(JSON.stringify(expected)) })),
  );
});

test("what cannot be scored is refused in a sentence", async () => {
  const refused = async (args: readonly string[], message: RegExp, input?: string) => {
    const { code, stderr, stdout } = await runCommand(["score", ...args], input === undefined ? {} : { input });
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, message);
  };
  await refused(["-p", "a", "-a", "b"], /^error: score needs a reward model; name its file with -m\.\n$/);
  await refused(["-m", model, "-p", "a"], /give the answer to score with -a/);
  await refused(["-m", model, "-a", "a"], /give the question with -p/);
  await refused(["-m", model, "-p", "a", "-a", "b", "-f", "c"], /-f has pairs of its own/);
  await refused(["-m", model, "words"], /score takes its texts with -p and -a/);
  await refused(["-m", model], /Line 2 is not JSON/, '{"prompt": "a", "answer": "b"}\n{');
  await refused(["-m", model], /Line 1 has no answer that is a text; expected/, '{"prompt": "a"}');
  await refused(["-m", model], /Line 1 has messages that do not end with an answer/, '{"messages": []}');
  await refused(["-m", model], /There is nothing to score/, "\n");
});

test("a model that writes is refused", async () => {
  const { bundledModelPath } = await import("#dist/bundled-model.js");
  const { code, stderr } = await runCommand(["score", "-m", bundledModelPath, "-p", "a", "-a", "b"]);
  assert.equal(code, 1);
  assert.match(stderr, /^error: This is no reward model: it has neither cls\.output\.weight nor .*\.\n$/);
  const written = await runCommand(["generate", "-m", model, "-p", "a"]);
  assert.equal(written.code, 1);
  assert.match(written.stderr, /error: This is a reward model \(helpfulness\)/);
});
