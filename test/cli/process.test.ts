/** What only a process has: signals, pipes that say nothing, readers that leave, and terminals of any size. */
import assert from "node:assert/strict";
import { execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { inTurn, spread } from "../helpers/long.js";
import { fixtureModel, writeFixture } from "../helpers/model-fixture.js";
import { root } from "../helpers/paths.js";
import { needsTerminal, PseudoTerminal } from "../helpers/pseudo-terminal.js";
import { runCommand } from "../helpers/run-command.js";
import { temporaryFolder } from "../helpers/temporary.js";

const folder = temporaryFolder();
const model = join(folder, "model.gguf");
writeFixture(model, fixtureModel({ contextLength: 1024 }));
const program = join(root, "bin", "llama2.js");
const GREEDY = ["-n", "4", "--temp", "0", "--ignore-eos", "-t", "1", "-q"];
const needsUnix = { skip: process.platform === "win32" };
const NOBODY = "setpriv --reuid=12345 --regid=12345 --clear-groups";
// Node's own file may lie where only its owner can reach it, and so may this folder.
const canBeAnyone =
  spawnSync("sh", ["-c", `${NOBODY} "${process.execPath}" -e 'fs.accessSync("${program}")'`]).status === 0;
const needsLinux = { skip: process.platform !== "linux" };

/** Runs a line of bash in which `$L` is the command line. */
async function bash(line: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { ...process.env, HOME: folder, L: `${process.execPath} ${program}`, M: model };
  const shell = spawn("bash", ["-c", line], { env, cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  shell.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  shell.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const [code] = (await once(shell, "close")) as [number];
  return { code, stdout, stderr };
}

test("with -p a program's pipe that says nothing, and never ends, is not waited for", needsUnix, async () => {
  const wanted = await runCommand(["generate", "-m", model, "-p", "the rain", ...GREEDY]);
  const { stdout } = await new Promise<{ stdout: string }>((resolve, reject) => {
    const args = [program, "generate", "-m", model, "-p", "the rain", ...GREEDY];
    execFile(process.execPath, args, (error, out) => (error === null ? resolve({ stdout: out }) : reject(error)));
  });
  assert.equal(stdout, wanted.stdout);
});

test("a loop over lines gives each its answer", needsUnix, async () => {
  const flags = GREEDY.join(" ");
  const lines = ["the rain", "the sun"];
  writeFileSync(join(folder, "lines.txt"), `${lines.join("\n")}\n`);
  const answers = await Promise.all(lines.map((line) => runCommand(["generate", "-m", model, line, ...GREEDY])));
  const wanted = answers.map(({ stdout }) => stdout).join("");
  const loop = `while read line; do $L generate -m $M "$line" ${flags}; done`;
  const fromFile = await bash(`${loop} < lines.txt`);
  assert.equal(fromFile.stdout, wanted, fromFile.stderr);
  assert.equal((await bash(`cat lines.txt | ${loop}`)).stdout, wanted);
  // Whoever hands a file over with words is told that it is not read.
  const flagsToHear = flags.replace(" -q", "");
  const { stderr } = await bash(`$L generate -m $M "the rain" ${flagsToHear} < lines.txt`);
  if (process.platform === "linux") assert.match(stderr, /^Standard input is not read, /);
  assert.match(
    (await bash(`cat lines.txt | $L generate -m $M "the rain" ${flagsToHear}`)).stderr,
    /^Standard input is not read/,
  );
});

test("text from a shell's pipe, a file or a substitution comes before that of -p", needsUnix, async () => {
  const flags = GREEDY.join(" ");
  writeFileSync(join(folder, "the.txt"), "the ");
  const wanted = (await runCommand(["generate", "-m", model, "the rain", ...GREEDY])).stdout;
  for (const line of [
    `(sleep 0.5; printf "the ") | $L generate -m $M -p rain ${flags}`,
    `$L generate -m $M -p rain ${flags} < the.txt`,
    `printf "the " | $L generate -m $M -f <(echo rain) ${flags}`,
    `printf "the rain\\n" | $L generate -m $M -f /dev/stdin ${flags}`,
  ]) {
    const { stdout, stderr } = await bash(line);
    assert.equal(stdout, wanted, `${line}\n${stderr}`);
  }
});

const SIGNALS = [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const;

for (const [index, [name, code]] of SIGNALS.entries()) {
  test(`the first ${name} ends the wait for standard input, and for a pipe that is named`, needsUnix, async () => {
    const pipe = join(folder, `pipe-${name}`);
    await bash(`mkfifo ${pipe}`);
    for (const args of [
      ...inTurn(["generate", "tokenize"], index).map((command) => [command, "-m", model]),
      ["generate", "-m", model, "-f", pipe],
    ]) {
      const child = spawn(process.execPath, [program, ...args], { stdio: ["pipe", "pipe", "pipe"] });
      let stderr = "";
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        stderr += text;
        if (text.includes("Waiting for text")) child.kill(name);
      });
      const closed = once(child, "close");
      // To open a pipe for writing waits until it is read from.
      if (args.includes("-f")) {
        const writer = await open(pipe, "w");
        child.kill(name);
        await closed;
        await writer.close();
      }
      const [found] = (await closed) as [number];
      assert.equal(found, code, `${args.join(" ")}: ${stderr}`);
    }
  });
}

test("SIGHUP in the middle of writing a file leaves nothing behind", needsUnix, async () => {
  const out = join(folder, "written");
  mkdirSync(out);
  const args = ["bench", "--shape", "7b", "--write", join(out, "7b.gguf")];
  const child = spawn(process.execPath, [program, ...args], { stdio: "ignore" });
  const isUnderWay = () => readdirSync(out).length > 0;
  const closed = once(child, "close");
  while (!isUnderWay() && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 2));
  child.kill("SIGHUP");
  const [code] = (await closed) as [number];
  assert.equal(code, 129);
  assert.deepEqual(readdirSync(out), []);
});

const COMMANDS: readonly string[] = [
  "--help",
  "bench --help",
  "help rm",
  "version",
  "chat -m $M -p the -n 2",
  "generate -m $M the -n 2 --json",
  "inspect $M $M",
  "inspect $M",
  "inspect --json $M",
  "tokenize -m $M hello",
  "generate -m $M the -n 2",
  "perplexity -m $M -c 32 -f text.txt",
  "bench $M -p 4 -n 0 -r 1 --no-bandwidth -o json",
  "completion bash",
  "list --json",
];

test("a reader that leaves is a success, and a full disk one sentence, whatever the command", needsLinux, async () => {
  writeFileSync(join(folder, "text.txt"), "the rain in the sun ".repeat(20));
  const readerLeaves = async (command: string) => {
    const left = await bash(`set -o pipefail; $L ${command} | true`);
    assert.equal(left.code, 0, `${command}: ${left.stderr}`);
    assert.doesNotMatch(left.stderr, /rror|EPIPE/);
  };
  const diskIsFull = async (command: string) => {
    if (!existsSync("/dev/full")) return;
    const full = await bash(`$L ${command} > /dev/full`);
    assert.equal(full.code, 1, command);
    assert.match(full.stderr, /(^|\n)error: The output cannot be written: the disk is full; [^\n]+\n$/, command);
  };
  const checks = spread(COMMANDS, 8).flatMap((command, index) =>
    inTurn([diskIsFull, readerLeaves], index).map((check) => check(command)),
  );
  await Promise.all(checks);
});

test("a standard input that cannot be read is a sentence", needsLinux, async () => {
  for (const closed of ["<&-", "0> ignored"]) {
    const { code, stderr } = await bash(`$L generate -q -m $M ${closed}`);
    assert.equal(code, 1);
    assert.match(stderr, /^error: (There is no text; give it|Standard input cannot be read: it is not open for that)/);
  }
});

test("an answer is whole where its remarks cannot be written", needsLinux, async () => {
  const wanted = (await runCommand(["generate", "-m", model, "the rain", ...GREEDY])).stdout;
  for (const where of ["2> /dev/full", "2>&-"]) {
    const { code, stdout } = await bash(`$L generate -m $M "the rain" ${GREEDY.join(" ").replace(" -q", "")} ${where}`);
    assert.equal(code, 0, where);
    assert.equal(stdout, wanted);
  }
});

test("a user whom the system does not know, without a home, needs one only for what is kept there", {
  skip: !canBeAnyone && "nobody else can be, or reach the program",
}, async () => {
  chmodSync(folder, 0o755);
  const nobody = `${NOBODY} env -u HOME`;
  for (const command of ["generate", "chat"]) {
    const { code, stderr } = await bash(`${nobody} $L ${command} -m $M -p "the rain" -n 2 -q </dev/null`);
    assert.equal(code, 0, stderr);
  }
  const { code, stderr } = await bash(`${nobody} -u LLAMA2_CACHE $L list`);
  assert.equal(code, 1);
  assert.equal(stderr, "error: Your home folder is not known; set HOME.\n");
});

test("a terminal may have no columns, one, or more than anybody has", needsTerminal, async () => {
  for (const columns of spread([0, 1, 65535, 2], 3)) {
    // The emulator that is read from has a usual size: what matters is what the terminal says of itself.
    const line = `stty cols ${columns}; exec ${process.execPath} ${program} perplexity -m ${model} -c 32 -f ${join(folder, "size.txt")}`;
    writeFileSync(join(folder, "size.txt"), "the rain in the sun ".repeat(20));
    const child = spawn("script", ["-qefc", line, "/dev/null"], { env: { ...process.env, SHELL: "/bin/sh" } });
    let shown = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      shown += text;
      if (shown.length > 1e6) child.kill("SIGKILL");
    });
    const [code] = (await once(child, "close")) as [number];
    assert.equal(code, 0, shown.slice(-500));
    assert.match(shown, /perplexity [\d.]+ ± /);
  }
});

test("Ctrl-C while the prompt is read tells how much of it was", needsTerminal, async () => {
  const large = join(folder, "large.gguf");
  writeFixture(large, fixtureModel({ contextLength: 16_384 }));
  writeFileSync(join(folder, "long.txt"), "the rain in the sun ".repeat(600));
  const flags = ["-m", large, "-c", "0", "-b", "64", "-t", "1", "-f", join(folder, "long.txt")];
  const terminal = await PseudoTerminal.open(["generate", ...flags], { columns: 100 });
  await terminal.shows(/Reading the prompt (?!0\.0)\d+(\.\d)?%/);
  terminal.type("\x03");
  assert.equal(await terminal.exit, 130);
  const [, done, all] = /stopped after (\d+) of (\d+) prompt tokens/.exec(terminal.text) ?? [];
  assert.ok(Number(done) > 0 && Number(done) < Number(all), terminal.text);
});

test("Ctrl-C ends the splitting of a large text, which tells how far it is", needsTerminal, async () => {
  const text = join(folder, "large.txt");
  const words = Array.from({ length: 1 << 16 }, (_, i) => (Math.imul(i, 0x9e3779b1) >>> 0).toString(36));
  writeFileSync(text, words.join(" ").repeat(48));
  const commands = [
    ["tokenize", "--ids"],
    ["perplexity", "-c", "32"],
  ];
  for (const args of inTurn(commands, 0)) {
    const terminal = await PseudoTerminal.open([...args, "-m", model, "-f", text], { columns: 100 });
    await terminal.shows(/Splitting the text into tokens \d+(\.\d)?%/);
    terminal.type("\x03");
    assert.equal(await terminal.exit, 130);
  }
});

test("at a terminal a missing text is asked for, and Ctrl-C ends the question", needsTerminal, async () => {
  const asked = await PseudoTerminal.open(["generate", "-m", model, ...GREEDY], { columns: 100 });
  await asked.shows("Text to continue: ");
  asked.type("the rain\r");
  assert.equal(await asked.exit, 0);
  assert.match(asked.text, /the rain\n/);
  const left = await PseudoTerminal.open(["tokenize", "-m", model], { columns: 100 });
  await left.shows("Text: ");
  left.type("\x03");
  assert.equal(await left.exit, 130);
  const nothing = await PseudoTerminal.open(["tokenize", "-m", model], { columns: 100 });
  await nothing.shows("Text: ");
  nothing.type("\x04");
  assert.equal(await nothing.exit, 1);
  assert.match(nothing.text, /There is no text; give it as words, with -p, with -f or on standard input\./);
  const perplexity = await PseudoTerminal.open(["perplexity", "-m", model], { columns: 100 });
  assert.equal(await perplexity.exit, 1);
});
