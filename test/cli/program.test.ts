import assert from "node:assert/strict";
import { test } from "node:test";
import { runCommand } from "../helpers/run-command.js";

const COMMANDS = [
  "chat",
  "generate",
  "tokenize",
  "inspect",
  "bench",
  "perplexity",
  "quantize",
  "completion",
  "version",
];

test("help, with and without a command, goes to stdout and lists commands, environment and examples", async () => {
  const { code, stdout, stderr } = await runCommand(["--help"]);
  assert.equal(code, 0);
  assert.equal(stderr, "");
  for (const name of COMMANDS) assert.match(stdout, new RegExp(`^ {2}${name}\\b`, "m"));
  assert.match(stdout, /Environment:\n {2}LLAMA2_MODEL .*\n {2}HF_TOKEN .*\n[\s\S]*\n {2}NO_COLOR /);
  for (const args of [[], ["-h"], ["help"]]) assert.equal((await runCommand(args)).stdout, stdout);
  const help = await runCommand(["help", "generate"]);
  assert.equal(help.stdout, (await runCommand(["generate", "--help"])).stdout);
  assert.equal(help.stdout, (await runCommand(["run", "-h"])).stdout);
  assert.match(help.stdout, /Examples:\n {2}# [^\n]+\n {2}llama2 generate "Once upon a time"\n/);
});

test("the help says the defaults that matter", async () => {
  const { stdout } = await runCommand(["generate", "--help"]);
  const text = stdout.replace(/\s+/g, " ");
  for (const part of [
    "--ctx-size <tokens> context size, 0 is the model's own (the model's, at most 4096)",
    "--batch-size <tokens> prompt tokens evaluated together (512)",
    "--threads <count> worker threads (the physical cores; fewer for small models)",
    "-1 is no limit (until the model ends)",
    "--kernels <build> build of the kernels (the fastest that runs)",
    "words leave standard input alone",
  ]) {
    assert.ok(text.includes(part), part);
  }
});

test("the help fits its terminal, also one without columns", async () => {
  for (const [columns, widest] of [
    [0, 80],
    [1, 60],
    [60, 60],
    [80, 80],
  ] as const) {
    const { code, stdout } = await runCommand(["tokenize", "--help"], { columns });
    assert.equal(code, 0);
    assert.ok(
      stdout.split("\n").every((line) => line.length <= widest || line.includes("llama2 ")),
      `${columns}\n${stdout}`,
    );
  }
});

test("version prints the version, and what it runs on", async () => {
  const { stdout } = await runCommand(["--version"]);
  assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
  assert.equal((await runCommand(["-V"])).stdout, stdout);
  const version = await runCommand(["version"]);
  assert.equal(version.code, 0);
  assert.match(version.stdout, /^llama2 \d+\.\d+\.\d+\nNode v\d+\.\d+\.\d+, \w+ \w+, (?:wide|relaxed|simd) kernels\n$/);
});

const WRONG: readonly (readonly [args: string[], says: string])[] = [
  [["generat"], 'There is no command "generat"; did you mean generate?'],
  [["\u001b[31m"], 'There is no command "\\u001b[31m"; llama2 --help lists the commands.'],
  [["help", "nothing-like-it"], 'There is no command "nothing-like-it"; llama2 --help lists the commands.'],
  [["-m", "x.gguf", "-p", "hi"], "Name a command first: llama2 generate -m … or llama2 chat …."],
  [["x.gguf"], "Name a command first: llama2 generate x.gguf … or llama2 chat …."],
  [["generate", "--no-such-flag"], "There is no option --no-such-flag; llama2 generate --help lists the options."],
  [["generate", "--jsn"], "There is no option --jsn; did you mean --json?"],
  [["quantize"], "llama2 quantize needs <in>; llama2 quantize --help says how it is used."],
  [["version", "x"], "Too many arguments for 'version'. Expected 0 arguments but got 1."],
  [["completion", "powershell"], 'shell must be one of bash, zsh, fish (got "powershell").'],
];

for (const [args, says] of WRONG) {
  test(`${JSON.stringify(args.join(" "))} is refused in one sentence`, async () => {
    const { code, stdout, stderr } = await runCommand(args);
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.equal(stderr, `error: ${says}\n`);
  });
}

test("an error is red where there are colours", async () => {
  const { stderr } = await runCommand(["x"], { columns: 80 });
  assert.ok(stderr.startsWith("\u001b[31merror:\u001b[39m There is no command"));
  assert.match((await runCommand(["x"], { columns: 80, env: { NO_COLOR: "1" } })).stderr, /^error: /);
});

test("a reader that leaves and a full disk end every command well", async () => {
  const failure = (code: string) => Object.assign(new Error(`${code}: write`), { code });
  for (const args of [["--help"], ["version"], ["rm", "--help"], ["completion", "zsh"], ["tokenize", "hi"]]) {
    assert.equal((await runCommand(args, { stdoutError: failure("EPIPE") })).code, 0);
    const { code, stderr } = await runCommand([...args, ...(args.length === 1 ? [] : ["-q"])], {
      stdoutError: failure("ENOSPC"),
    });
    assert.equal(code, 1);
    assert.match(stderr, /^error: The output cannot be written: the disk is full; /);
    assert.equal((await runCommand(args, { stderrError: failure("EPIPE") })).code, 0);
  }
});
