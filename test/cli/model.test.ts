import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { modelAndWords } from "#dist/cli/model.js";
import { fixtureModel, writeFixture } from "../helpers/model-fixture.js";
import { runCommand } from "../helpers/run-command.js";
import { temporaryFolder } from "../helpers/temporary.js";

const folder = temporaryFolder();
const before = process.cwd();
process.chdir(folder);
after(() => process.chdir(before));
writeFixture("blob", fixtureModel());
writeFixture("model.gguf", fixtureModel());
writeFileSync("notes.txt", "the rain");
writeFileSync("once", "a file that is called as a word");
mkdirSync("upon");
mkdirSync("TheBloke/Llama-2-7B-GGUF", { recursive: true });

/** A text longer than the name of any file. */
const LONG = "There is a text of several sentences. ".repeat(10).trim();

const SPLIT: readonly (readonly [words: string[], model: string | undefined, rest: string[]])[] = [
  [[], undefined, []],
  [["model.gguf", "hi"], "model.gguf", ["hi"]],
  [["missing.gguf", "hi"], "missing.gguf", ["hi"]],
  [["MODEL.GGUF"], "MODEL.GGUF", []],
  // ollama's files have no extension
  [["blob", "hi"], "blob", ["hi"]],
  [["once", "upon", "a", "time"], undefined, ["once", "upon", "a", "time"]],
  [["upon", "a", "time"], undefined, ["upon", "a", "time"]],
  [["and/or"], undefined, ["and/or"]],
  [["Note:this"], undefined, ["Note:this"]],
  [["https://example.com is a site"], undefined, ["https://example.com is a site"]],
  [[LONG, "and", LONG], undefined, [LONG, "and", LONG]],
  [[`once/${LONG}`], undefined, [`once/${LONG}`]],
  [["once/upon a time"], undefined, ["once/upon a time"]],
  [[`-${"/x".repeat(3000)}`], undefined, [`-${"/x".repeat(3000)}`]],
];

for (const [words, model, rest] of SPLIT) {
  test(`${words.join(" ").slice(0, 60) || "nothing"} is ${model ?? "no model"}, and the rest text`, () => {
    assert.deepEqual(modelAndWords(words, {}), { model, words: rest });
  });
}

const NAMES: readonly (readonly [name: string, says: RegExp])[] = [
  [
    "ftp://example.com/y.gguf",
    /is not a URL that models can be fetched from; give a path, hf:OWNER\/REPO, ollama:NAME/,
  ],
  [
    "meta-llama/Llama-2-7b-chat-hf",
    /looks like a model's name, but is not a file; write it as hf:meta-llama\/Llama-2-7b-chat-hf \(/,
  ],
  ["TheBloke/TinyLlama-1.1B-Chat-v1.0-GGUF:Q4_K_M", /looks like a model's name/],
  ["llama2:7b", /looks like a model's name, but is not a file; write it as ollama:llama2:7b \(/],
  ["llama3.1:8b-instruct-q4_0", /looks like a model's name/],
  ["mistral:latest", /looks like a model's name/],
];

for (const [name, says] of NAMES) {
  test(`${name} is said to be no file, as a word and with -m, and nothing is loaded`, async () => {
    for (const args of [
      [name, "hi"],
      ["-m", name, "hi"],
    ]) {
      for (const command of ["generate", "chat", "tokenize"]) {
        const { code, stdout, stderr } = await runCommand([command, ...args]);
        assert.equal(code, 1);
        assert.equal(stdout, "");
        assert.match(stderr, says);
        assert.match(stderr, /^error: [^\n]+\.\n$/);
      }
    }
  });
}

test("text that looks like a name goes with -p", async () => {
  const { code } = await runCommand(["tokenize", "-m", "model.gguf", "-p", "llama2:7b"]);
  assert.equal(code, 0);
});

test("a folder of a model's name is a path", () => {
  assert.deepEqual(modelAndWords([], { model: "TheBloke/Llama-2-7B-GGUF" }).model, "TheBloke/Llama-2-7B-GGUF");
});

test("a file that is no model, and a model given twice, are refused", () => {
  assert.throws(() => modelAndWords(["notes.txt", "hi"], {}), {
    message:
      "notes.txt is a file, but not a GGUF model; to read it as text use -f notes.txt, to use its name as text use -p.",
  });
  assert.throws(() => modelAndWords(["model.gguf", "hi"], { model: "blob" }), {
    message: "The model was given twice: as blob and model.gguf.",
  });
});

test("LLAMA2_MODEL may not be a name either", async () => {
  const { code, stderr } = await runCommand(["tokenize", "hi"], { env: { LLAMA2_MODEL: join("a", "llama.git") } });
  assert.equal(code, 1);
  assert.match(stderr, /looks like a model's name/);
});
