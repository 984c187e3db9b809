import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fixtureModel, writeFixture } from "../helpers/model-fixture.js";
import { type RunOptions, runCommand } from "../helpers/run-command.js";
import { temporaryFolder } from "../helpers/temporary.js";

const folder = temporaryFolder();
const model = join(folder, "model.gguf");
writeFixture(model, fixtureModel());

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** The ids of the text that a command line gives. */
async function ids(args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await runCommand(["tokenize", "-m", model, "--ids", ...args], options);
  assert.equal(code, 0, stderr);
  return stdout;
}

test("a text is read to the byte by tokenize, and without its last line break by the others", async () => {
  const path = file("lines.txt", "the\nrain\n");
  assert.equal(await ids(["-f", path]), await ids(["-p", "the\nrain\n"]));
  assert.equal(await ids([], { input: "the\nrain\n" }), await ids(["-p", "the\nrain\n"]));
  const count = async (args: string[], input?: string) => {
    const { stdout } = await runCommand(["generate", "-m", model, "-n", "0", "--json", ...args], {
      input: input ?? "",
    });
    return (JSON.parse(stdout) as { promptTokens: number[] }).promptTokens.length;
  };
  const whole = await count(["-p", "the\nrain"]);
  assert.equal(await count(["-f", path]), whole);
  assert.equal(await count(["-f", file("crlf.txt", "the\nrain\r\n")]), whole);
  assert.equal(await count(["-f", file("marked.txt", "\ufeffthe\nrain")]), whole);
  assert.equal(await count(["-f", file("two.txt", "the\nrain\n\n")]), whole + 1);
  assert.equal(await count(["-f", "-"], "the\nrain\n"), whole);
  // What is typed is meant, and what comes before other text is kept whole.
  assert.equal(await count(["-p", "the\nrain\n"]), whole + 1);
  assert.equal(await count(["-p", "rain"], "the\n"), whole);
});

test("a text that is given more than once is refused in every command that takes one", async () => {
  const path = file("text.txt", "the rain");
  for (const args of [
    ["-p", "a", "b"],
    ["-f", path, "-p", "a"],
    ["-f", path, "b"],
    ["-f", "-", "-p", "a"],
  ]) {
    for (const command of ["generate", "tokenize", "chat"]) {
      const { code, stdout, stderr } = await runCommand([command, "-m", model, ...args]);
      assert.equal(code, 1);
      assert.equal(stdout, "");
      assert.equal(stderr, "error: The text was given more than once; give it as words, with -p or with -f.\n");
    }
  }
  const both = await runCommand(["tokenize", "-m", model, "a", "--json", "--ids"]);
  assert.equal(both.stderr, "error: Choose one of --ids and --json.\n");
});

test("a missing text is said to be missing, and an empty one is a text", async () => {
  for (const command of ["generate", "tokenize", "perplexity"]) {
    const { code, stderr } = await runCommand([command, "-m", model], { input: null });
    assert.equal(code, 1);
    assert.equal(stderr, "error: There is no text; give it as words, with -p, with -f or on standard input.\n");
  }
  assert.equal(await ids(["-p", ""]), "1\n");
  assert.equal(await ids([], { input: "" }), "1\n");
});

test("what is not UTF-8 text is refused wherever it comes from, with its encoding", async () => {
  const contents: readonly (readonly [bytes: Uint8Array, says: RegExp])[] = [
    [Buffer.from("the rain", "utf16le"), /looks like UTF-16LE/],
    [Buffer.from("caf\u00e9", "latin1"), /looks like ISO-8859-1/],
    [Buffer.from("GGUF\u0003\0\0\0"), /is a GGUF file; expected /],
    [Uint8Array.of(0, 1, 2, 255), /is a binary file; expected /],
  ];
  for (const [bytes, says] of contents) {
    const path = file("wrong.txt", bytes);
    for (const command of ["generate", "tokenize", "perplexity", "chat"]) {
      const named = await runCommand([command, "-m", model, "-f", path]);
      assert.equal(named.code, 1);
      assert.match(named.stderr, says);
      assert.match(named.stderr, /^error: \S+wrong\.txt is [^\n]+\.\n$/);
    }
    const piped = await runCommand(["generate", "-m", model], { input: bytes });
    assert.equal(piped.code, 1);
    assert.match(piped.stderr, says);
    assert.match(piped.stderr, /^error: Standard input is [^\n]+\.\n$/);
  }
});

test("a text beyond the limit is refused while it is read", async () => {
  const input = Buffer.alloc(33 << 20, "\n");
  const path = file("huge.txt", input);
  for (const command of ["generate", "tokenize", "perplexity"]) {
    const named = await runCommand([command, "-m", model, "-f", path]);
    assert.match(named.stderr, /^error: \S+huge\.txt is 33 MiB; the limit is 32 MiB\.\n$/);
    const piped = await runCommand([command, "-m", model], { input });
    assert.equal(piped.stderr, "error: Standard input is longer than the limit of 32 MiB.\n");
    assert.equal(piped.code, 1);
  }
});

test("files that are none are refused in one sentence", async () => {
  for (const [path, says] of [
    [join(folder, "none.txt"), /^error: There is no file /],
    [folder, /^error: \S+ is a (?:directory|folder); /],
    ...(process.platform === "linux"
      ? [["/dev/zero", /^error: \/dev\/zero is (?:a device|not a regular file); /] as const]
      : []),
  ] as const) {
    const { code, stderr } = await runCommand(["generate", "-m", model, "-f", path]);
    assert.equal(code, 1);
    assert.match(stderr, says);
    assert.match(stderr, /^[^\n]+\.\n$/);
  }
});

test("a prompt that is a file's name is said to be taken as it is", async () => {
  const path = file("prompt.txt", "the rain");
  const { code, stderr } = await runCommand(["tokenize", "-m", model, "-p", path]);
  assert.equal(code, 0);
  assert.match(stderr, /^The text is "\S+prompt\.txt" itself; to read the file of that name, use -f\.\n$/);
});
