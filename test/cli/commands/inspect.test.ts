import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { fixtureModel, text, u32, writeFixture } from "../../helpers/model-fixture.js";
import { runCommand } from "../../helpers/run-command.js";
import { temporaryFolder } from "../../helpers/temporary.js";

const model = join(temporaryFolder(), "model.gguf");
writeFixture(
  model,
  fixtureModel({ contextLength: 2048, metadata: { __proto: text("x"), escape: text("\u001b[31mred") } }),
);

test("inspect begins with a summary, then has the metadata in columns, and tells how to see the tensors", async () => {
  const { code, stdout, stderr } = await runCommand(["inspect", model]);
  assert.equal(code, 0, stderr);
  const summary = stdout.split("\n\n")[0] ?? "";
  for (const line of [
    /^.*model\.gguf\n {2}name +seeded 1\n/,
    /architecture +llama: 2 layers of width 64 \(feed-forward 96\), 4 heads, 2 KV heads\n/,
    /parameters +99 K in 21 tensors\n/,
    /weights +F32, 32\.00 bits per weight \(21 F32\)\n/,
    /context +2048 tokens\n/,
    /vocabulary +292 tokens, SentencePiece\n/,
    /size +\d{3}\.\d KiB, GGUF version 3$/,
  ]) {
    assert.match(summary, line);
  }
  assert.match(stdout, /\n {2}general\.architecture +string +"llama"\n/);
  assert.match(stdout, /\n {2}tokenizer\.ggml\.tokens +string\[\] +292 values: "<unk>", "<s>"/);
  assert.match(stdout, /layer_norm_rms_epsilon +f32 +1e-05\n/);
  const columns = stdout
    .split("\n")
    .flatMap((line) => /^ {2}[\w.]+ +(?:string|u32|f32)(?:\[\])? +/.exec(line)?.[0].length ?? []);
  assert.ok(columns.length > 10 && new Set(columns).size === 1, `${columns}`);
  assert.ok(!stdout.includes("\u001b") && stdout.includes("\\u001b[31mred"));
  assert.match(stdout, /\n21 tensors; --tensors lists them\n$/);
  assert.doesNotMatch(stdout, /ffn_up/);
});

test("inspect --tensors lists them, with sizes in units", async () => {
  const { stdout } = await runCommand(["inspect", "-m", model, "--tensors"]);
  assert.match(stdout, /\n {2}blk\.1\.ffn_up\.weight +F32 +\[64, 96\] +24\.0 KiB\n/);
});

test("inspect takes one file or two", async () => {
  for (const [args, says] of [
    [[], /^error: inspect needs a model: the path of a GGUF file, or hf:….\n$/],
    [["-m", model, "other"], /^error: There is no file other/],
    [[model, model, model], /^error: inspect compares two models at most; name one or two\.\n$/],
    [["ftp://example.com/x.gguf"], /is not a URL that models can be fetched from/],
  ] as const) {
    const { code, stderr } = await runCommand(["inspect", ...args]);
    assert.equal(code, 1);
    assert.match(stderr, says);
  }
});

test("inspect --json has all of it", async () => {
  const { stdout } = await runCommand(["inspect", "--json", model]);
  const file = JSON.parse(stdout) as {
    metadata: Record<string, unknown>;
    tensors: { name: string; shape: number[] }[];
  };
  assert.equal(file.metadata["llama.block_count"], 2);
  assert.equal((file.metadata["tokenizer.ggml.tokens"] as string[]).length, 292);
  assert.deepEqual(file.tensors.find(({ name }) => name === "blk.1.ffn_up.weight")?.shape, [64, 96]);
});

test("inspect says what the model takes of memory, by context and type of the KV cache", async () => {
  const { stdout } = await runCommand(["inspect", model]);
  assert.match(stdout, /memory in MiB \([\d.]+ free\)\n +context +weights +scratch +f32 cache +f16 cache/);
  const { memory } = JSON.parse((await runCommand(["inspect", "--json", model])).stdout) as {
    memory: { free: number; contexts: { contextSize: number; need: Record<string, Record<string, number>> }[] };
  };
  assert.deepEqual(
    memory.contexts.map(({ contextSize }) => contextSize),
    [512, 1024, 2048],
  );
  // 2 layers of 2 KV heads of 16 keys and 16 values, of which f16 has a scale each
  const rows = 1024 * 2 * 2 * 2;
  assert.equal(memory.contexts[1]?.need["f32"]?.["cache"], rows * 16 * 4);
  assert.equal(memory.contexts[1]?.need["f16"]?.["cache"], rows * (16 * 2 + 4));
  const { weights = 0, cache = 0, scratch = 0, total } = memory.contexts[0]?.need["f16"] ?? {};
  assert.equal(weights + cache + scratch, total);
});

test("JSON has nothing that speaks to a terminal, and the same values all the same", async () => {
  const path = join(temporaryFolder(), "escape.gguf");
  const value = "\u001b[31m\u007f\u009b31m\u202e\u2066\ufeff";
  writeFixture(path, fixtureModel({ metadata: { "general.name": text(value) } }));
  const { stdout } = await runCommand(["inspect", "--json", path], { columns: 80 });
  assert.doesNotMatch(stdout, /[^\P{Cc}\n]|[\u202a-\u202e\u2066-\u2069\ufeff]/u);
  assert.equal((JSON.parse(stdout) as { metadata: Record<string, string> }).metadata["general.name"], value);
});

test("inspect has no memory for what does not run", async () => {
  const path = join(temporaryFolder(), "other.gguf");
  writeFixture(path, fixtureModel({ metadata: { "general.architecture": text("falcon") } }));
  const { code, stdout } = await runCommand(["inspect", path]);
  assert.equal(code, 0);
  assert.doesNotMatch(stdout, /memory in/);
  assert.match(stdout, /architecture +falcon \(does not run here: /);
});

test("inspect, and whatever runs a model, tell what is odd in its vocabulary, unless it should be quiet", async () => {
  const odd = join(temporaryFolder(), "odd.gguf");
  writeFixture(
    odd,
    fixtureModel({ metadata: { "tokenizer.ggml.eos_token_id": u32(5000), "tokenizer.ggml.unknown_token_id": u32(0) } }),
  );
  const note =
    "note: Metadata key tokenizer.ggml.eos_token_id is 5000, but the vocabulary has the ids 0 to 291; token 2 is used instead.\n";
  assert.ok((await runCommand(["inspect", odd])).stdout.includes(note));
  assert.deepEqual(JSON.parse((await runCommand(["inspect", odd, "--json"])).stdout).notes, [note.slice(6, -1)]);
  assert.ok((await runCommand(["generate", "-m", odd, "-n", "1", "a"])).stderr.includes(note));
  assert.equal((await runCommand(["generate", "-q", "-m", odd, "-n", "1", "a"])).stderr, "");
});
