import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { llama2 } from "../../helpers/command.js";
import { fixtureModel, writeFixture } from "../../helpers/model-fixture.js";
import { root } from "../../helpers/paths.js";
import { needsReference, readReference, referencePath } from "../../helpers/reference.js";
import { runCommand } from "../../helpers/run-command.js";
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
  const flags = ["-m", model, "-p", "the rain", ...GREEDY, "-t", "1", "--json"];
  const { code, stdout, stderr } = await runCommand(["generate", ...flags]);
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
    [[model, "-f", "-"], "the rain\n"],
    [[model], "the rain"],
    [[model], "the rain\r\n"],
    [["-m", model, "-e", "-p", "the\\x20rain"]],
    [["-n8", "-m", model, "the rain"], "not for words"],
    [[model, "-p", "rain"], "the "],
  ];
  const results = await Promise.all(
    ways.map(([args, input]) => runCommand(["generate", ...args, ...GREEDY], { input: input ?? "" })),
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
  const json = JSON.parse((await runCommand(["generate", ...flags, "--json"])).stdout) as Report;
  assert.deepEqual(json.tokens, wanted.ids);
  assert.equal(json.text, wanted.text);
  assert.equal((await runCommand(["generate", ...flags])).stdout, `${wanted.text}\n`);
});

const cut = join(folder, "cut.gguf");
writeFileSync(join(folder, "empty.gguf"), "");
writeFileSync(join(folder, "text.gguf"), "Once upon a time\n");
writeFileSync(join(folder, "magic.gguf"), "FUGG0000000000000000\u0001");
writeFixture(cut, fixtureModel());

const BAD: readonly (readonly [what: string, args: string[], says: string | RegExp])[] = [
  ["a missing file", ["-m", join(folder, "none.gguf")], /There is no file/],
  ["an empty file", ["-m", join(folder, "empty.gguf")], /is empty/],
  ["a text file", ["-m", join(folder, "text.gguf")], /a text file/],
  ["a wrong magic", ["-m", join(folder, "magic.gguf")], /not a GGUF file/],
  ["a folder", ["-m", folder], /a directory/],
  ["no threads", ["-t", "0"], "-t, --threads must be a whole number from 1 to 128 (got 0)."],
  ["a thousand threads", ["--threads", "1000"], "--threads must be a whole number from 1 to 128 (got 1000)."],
  ["a context of -1", ["-c", "-1"], "-c, --ctx-size must be a whole number from 0 to 16777216 (got -1)."],
  ["a context of 1e12", ["-c", "1e12"], /must be a whole number from 0 to 16777216 \(got 1e12\)/],
  ["no batch", ["-b", "0"], "-b, --batch-size must be a whole number from 1 to 8192 (got 0)."],
  ["-5 tokens", ["-n", "-5"], "-n, --n-predict must be a whole number of tokens, or -1 for no limit (got -5)."],
  ["no number", ["-n", '{"n":1}'], /-n, --n-predict must be .* \(got "\{\\"n\\":1\}"\)/],
  ["a temperature of NaN", ["--temp", "NaN"], '--temp must be a number (got "NaN").'],
  ["a top-p of 3", ["--top-p", "3"], "--top-p must be between 0 and 1 (got 3)."],
  ["a top-p of 3 by =", ["--top-p=3"], "--top-p must be between 0 and 1 (got 3)."],
  ["a seed that is too large", ["-s", "4294967296"], /-s, --seed must be a whole number from 0 to 4294967295, or -1/],
  [
    "a type of the cache that is none",
    ["-ctk", "q3"],
    '-ctk, --cache-type-k must be one of f32, f16, q8_0 (got "q3").',
  ],
  [
    "a memory limit that is none",
    ["--memory-limit", "much"],
    /must be a size such as 500M or 6G, or none \(got "much"\)/,
  ],
  [
    "log-probabilities below 0",
    ["--json", "--logprobs", "-1"],
    "--logprobs must be a whole number of 0 or more (got -1).",
  ],
  ["log-probabilities without JSON", ["--logprobs", "1"], /needs --json/],
  ["quiet and verbose at once", ["-q", "-v"], "Choose one of --quiet and --verbose."],
];

// The model is damaged: whatever is said about a flag was found before it was read.
for (const [what, args, says] of BAD) {
  test(`one sentence and exit 1 for ${what}`, async () => {
    const before = readdirSync(folder);
    const flags = args[0] === "-m" ? args : ["-m", join(folder, "empty.gguf"), ...args];
    const { code, stdout, stderr } = await runCommand(["generate", ...flags, "-p", "x"]);
    assert.equal(code, 1);
    assert.equal(stdout, "");
    if (typeof says === "string") assert.equal(stderr, `error: ${says}\n`);
    else assert.match(stderr, says);
    assert.match(stderr, /^error: [^\n]+\.\n$/);
    assert.deepEqual(readdirSync(folder), before);
  });
}

test("a prompt that could never fit is refused before it is split into tokens", async () => {
  const flags = ["-m", model, "-c", "4", "-f", "-"];
  const short = await runCommand(["generate", ...flags], { input: "a".repeat(100) });
  assert.match(short.stderr, /^error: The text is at least \d+ tokens long, but there is room for 4 at most; .*\n$/);
  const long = await runCommand(["generate", ...flags], { input: "a".repeat(10_000_000) });
  assert.equal(long.code, 1);
  assert.match(long.stderr, /^error: The text is at least \d+ tokens long, but there is room for 4 at most; /);
});

test("-n -2 is no limit, as in llama.cpp until the context is full", async () => {
  const args = ["generate", "-m", model, "-c", "32", "--ignore-eos", "--json", "-p", "the"];
  for (const limit of ["-1", "-2"]) {
    const { stdout } = await runCommand([...args, "-n", limit]);
    assert.equal((JSON.parse(stdout) as Report).finishReason, "context");
  }
});

test("a context beyond the one that the model was trained on is warned of", async () => {
  const args = ["generate", "-m", model, "the", "-n", "1"];
  assert.doesNotMatch((await runCommand([...args, "-c", "16384"])).stderr, /warning/);
  const { code, stderr } = await runCommand([...args, "-c", "16385", "-q"]);
  assert.equal(code, 0);
  assert.match(
    stderr,
    /^warning: the context of 16385 tokens is larger than the 16384 that the model was trained on; /,
  );
});

test("--quiet leaves only the answer, --no-stats only the speed out", async () => {
  const args = ["generate", "the", "-n", "1", "-ngl", "9"];
  const all = await runCommand(args);
  assert.match(all.stderr, /^-ngl is ignored: .*\nUsing tiny-llama, .*\nprompt 2 tokens, .* generated 1 token, .*\n$/);
  assert.match((await runCommand([...args, "--no-stats"])).stderr, /^-ngl .*\nUsing tiny-llama, .*\n$/);
  assert.equal((await runCommand([...args, "-q"])).stderr, "");
  assert.equal((await runCommand([...args, "-q", "--top-p", "2"])).stderr.split("\n").length, 2);
});

test("LLAMA2_MODEL is used where no model is named, and said", async () => {
  const env = { LLAMA2_MODEL: model };
  const { stdout, stderr } = await runCommand(["generate", "the rain", ...GREEDY], { env });
  assert.match(stderr, /^Using .*model\.gguf \(LLAMA2_MODEL\)\.\n/);
  assert.equal(stdout, (await runCommand(["generate", "-m", model, "the rain", ...GREEDY])).stdout);
});

test("escapes are read with -e alone", async () => {
  const length = async (...args: string[]) => {
    const { stdout } = await runCommand(["generate", "-m", model, ...args, "--json", "-n", "0"]);
    return (JSON.parse(stdout) as Report).promptTokens.length;
  };
  const plain = await length("-p", "a\\nb");
  assert.equal(await length("-p", "a\\nb", "--no-escape"), plain);
  assert.equal(await length("-e", "-p", "a\\nb"), plain - 1);
  assert.equal(await length("-e", "a\\nb"), plain - 1);
  const { stdout } = await runCommand(["generate", "-m", model, "the", "-e", "-r", "\\x00", "-n", "1", "--temp", "0"]);
  assert.ok(stdout.length > 0);
});

test("nothing raw reaches a terminal: neither of the prompt nor of the answer, nor in JSON", async () => {
  const file = join(folder, "escapes.txt");
  writeFileSync(file, "x \u001b]0;pwn\u0007\u001b[31mRED\u009b31m\u202e");
  // Token 30 is the byte 0x1b; the others are those of U+202E.
  const bias = ["30", "229", "131", "177"].flatMap((id) => ["-l", `${id}+50`]);
  const args = ["generate", "-m", model, "-f", file, "-n", "40", "--ignore-eos", "-s", "1", "--no-color", ...bias];
  const shown = await runCommand(
    args.filter((arg) => arg !== "--no-color"),
    { columns: 80, env: { TERM: "dumb" } },
  );
  assert.equal(shown.code, 0, shown.stderr);
  assert.match(shown.stderr, /x \]0;pwn\[31mRED/);
  for (const text of [shown.stdout, shown.stderr]) assert.doesNotMatch(text, /[^\P{Cc}\n]|\u202e/u);
});

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
  assert.doesNotMatch(stderr, /EPIPE|rror/);
});
