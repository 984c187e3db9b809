import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { llama2 } from "../../helpers/command.js";
import { fixtureModel, writeFixture } from "../../helpers/model-fixture.js";
import { root } from "../../helpers/paths.js";
import { needsReference, readReference, referencePath } from "../../helpers/reference.js";
import { temporaryFolder } from "../../helpers/temporary.js";

const folder = temporaryFolder();
const model = join(folder, "model.gguf");
writeFixture(model, fixtureModel({ contextLength: 16384 }));

interface Report {
  readonly text: string;
  readonly tokens: number[];
  readonly promptTokens: number[];
  readonly finishReason: string;
  readonly stats: Readonly<Record<string, number>>;
}

const GREEDY = ["--temp", "0", "--ignore-eos", "-n", "8"];

test("--json prints one object with the answer and how it came about", async () => {
  const { code, stdout, stderr } = await llama2([
    "generate",
    "-m",
    model,
    "-p",
    "the rain",
    ...GREEDY,
    "-t",
    "1",
    "--json",
  ]);
  assert.equal(code, 0, stderr);
  assert.equal(stderr, "");
  const report = JSON.parse(stdout) as Report;
  assert.equal(report.tokens.length, 8);
  assert.equal(report.promptTokens[0], 1);
  assert.equal(report.finishReason, "length");
  const stats = ["loadMs", "promptMs", "promptPerSecond", "generateMs", "tokensPerSecond", "threads", "peakRssBytes"];
  for (const key of stats) assert.ok((report.stats[key] ?? 0) > 0, key);
  assert.equal(report.stats["threads"], 1);
});

test("the model, the prompt and the text on stdin may be given in every way", async () => {
  const prompt = join(folder, "prompt.txt");
  writeFileSync(prompt, "the rain");
  const ways: [args: string[], input?: string][] = [
    [["-m", model, "-p", "the rain"]],
    [["--model", model, "the", "rain"]],
    [[model, "the rain"]],
    [[model, "-f", prompt]],
    [[model], "the rain"],
    [[model, "-p", "rain"], "the "],
  ];
  const results = await Promise.all(
    ways.map(([args, input]) => llama2(["generate", ...args, ...GREEDY], { input: input ?? "" })),
  );
  for (const { code, stdout, stderr } of results) {
    assert.equal(code, 0, stderr);
    assert.equal(stdout, results[0]?.stdout);
    assert.match(stderr, /^prompt \d+ tokens, [\d.]+ tok\/s · generated 8 tokens, [\d.]+ tok\/s\n$/);
  }
});

test("llama.cpp's greedy text comes out of the command line", needsReference, async () => {
  const { prompts } = readReference<{ prompts: { prompt: string; text: string; ids: number[] }[] }>(
    "stories260K",
    "greedy.json",
  );
  const wanted = prompts.find(({ prompt }) => prompt !== "");
  assert.ok(wanted);
  const file = referencePath("stories260K", "stories260K-F32.gguf");
  const flags = [
    "-m",
    file,
    "-p",
    wanted.prompt,
    "-n",
    "200",
    "--temp",
    "0",
    "--ignore-eos",
    "-ctk",
    "f32",
    "-ctv",
    "f32",
  ];
  const json = JSON.parse((await llama2(["generate", ...flags, "--json"])).stdout) as Report;
  assert.deepEqual(json.tokens, wanted.ids);
  assert.equal(json.text, wanted.text);
  assert.equal((await llama2(["generate", ...flags])).stdout, `${wanted.text}\n`);
});

const cut = join(folder, "cut.gguf");
writeFileSync(join(folder, "empty.gguf"), "");
writeFileSync(join(folder, "text.gguf"), "Once upon a time\n");
writeFileSync(join(folder, "magic.gguf"), "FUGG0000000000000000\u0001");
writeFixture(cut, fixtureModel());

const BAD: readonly (readonly [what: string, args: string[], says: RegExp])[] = [
  ["a missing file", ["-m", join(folder, "none.gguf")], /There is no file/],
  ["an empty file", ["-m", join(folder, "empty.gguf")], /is empty/],
  ["a text file", ["-m", join(folder, "text.gguf")], /a text file/],
  ["a wrong magic", ["-m", join(folder, "magic.gguf")], /not a GGUF file/],
  ["a folder", ["-m", folder], /a directory/],
  ["no threads", ["-m", model, "-t", "0"], /threads is 0/],
  ["a thousand threads", ["-m", model, "-t", "1000"], /threads is 1000/],
  ["a context of -1", ["-m", model, "-c", "-1"], /contextSize is -1/],
  ["a context of 1e12", ["-m", model, "-c", "1e12"], /contextSize is 1000000000000/],
  ["-5 tokens", ["-m", model, "-n", "-5"], /maxTokens is -5/],
  ["no number", ["-m", model, "-n", '{"n":1}'], /A number was wanted/],
  ["a temperature of NaN", ["-m", model, "--temp", "NaN"], /A number was wanted/],
  ["a top-p of 2", ["-m", model, "--top-p", "2"], /topP is 2/],
  ["a prompt beyond the context", ["-m", model, "-c", "4", "-p", "a".repeat(100)], /do not fit/],
];

for (const [what, args, says] of BAD) {
  test(`one sentence and exit 1 for ${what}`, async () => {
    const before = readdirSync(folder);
    const { code, stdout, stderr } = await llama2(["generate", ...args], { input: "x" });
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.match(stderr, says);
    assert.match(stderr, /^[^\n]+\.\n$/);
    assert.doesNotMatch(stderr, /\n\s+at /);
    assert.deepEqual(readdirSync(folder), before);
  });
}

test("Ctrl-C ends the answer, keeps what came and exits with 130", { skip: process.platform === "win32" }, async () => {
  const { code, stdout, stderr } = await llama2(["generate", model, "the", "-n", "-1", "-c", "0", "--ignore-eos"], {
    onStdout: (text, kill) => {
      if (text.length > 0) kill("SIGINT");
    },
  });
  assert.equal(code, 130, stderr);
  assert.ok(stdout.length > 0);
});

test("a reader that has enough ends the answer quietly", { skip: process.platform === "win32" }, async () => {
  const command = `"${process.execPath}" "${join(root, "bin", "llama2.js")}" generate "${model}" the -c 0 --ignore-eos | head -c 1`;
  const shell = spawn("bash", ["-c", `set -o pipefail; ${command}`], { stdio: ["ignore", "pipe", "pipe"] });
  let stderr = "";
  shell.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  shell.stdout.resume();
  const code = await new Promise((resolve) => shell.on("close", resolve));
  assert.equal(code, 0, stderr);
  assert.doesNotMatch(stderr, /EPIPE|Error/);
});
