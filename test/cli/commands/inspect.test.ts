import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { llama2 } from "../../helpers/command.js";
import { fixtureModel, text, writeFixture } from "../../helpers/model-fixture.js";
import { temporaryFolder } from "../../helpers/temporary.js";

const model = join(temporaryFolder(), "model.gguf");
writeFixture(
  model,
  fixtureModel({ contextLength: 2048, metadata: { __proto: text("x"), escape: text("\u001b[31mred") } }),
);

test("inspect lists metadata and tensors, with control characters escaped", async () => {
  const { code, stdout } = await llama2(["inspect", model]);
  assert.equal(code, 0);
  assert.match(stdout, /general\.architecture {2}string {2}"llama"/);
  assert.match(stdout, /tokenizer\.ggml\.tokens {2}string\[\] {2}292 values: "<unk>", "<s>"/);
  assert.match(stdout, /blk\.1\.ffn_up\.weight +F32 +\[64, 96\] +24576 bytes/);
  assert.ok(!stdout.includes("\u001b") && stdout.includes("\\u001b[31mred"));
});

test("inspect --json has all of it", async () => {
  const { stdout } = await llama2(["inspect", "--json", model]);
  const file = JSON.parse(stdout) as {
    metadata: Record<string, unknown>;
    tensors: { name: string; shape: number[] }[];
  };
  assert.equal(file.metadata["llama.block_count"], 2);
  assert.equal((file.metadata["tokenizer.ggml.tokens"] as string[]).length, 292);
  assert.deepEqual(file.tensors.find(({ name }) => name === "blk.1.ffn_up.weight")?.shape, [64, 96]);
});

test("inspect says what the model takes of memory, by context and type of the KV cache", async () => {
  const { stdout } = await llama2(["inspect", model]);
  assert.match(stdout, /memory in MiB \([\d.]+ are free\)\n +context +weights +scratch +f32 cache +f16 cache/);
  const { memory } = JSON.parse((await llama2(["inspect", "--json", model])).stdout) as {
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

test("inspect has no memory for what does not run", async () => {
  const path = join(temporaryFolder(), "other.gguf");
  writeFixture(path, fixtureModel({ metadata: { "general.architecture": text("falcon") } }));
  const { code, stdout } = await llama2(["inspect", path]);
  assert.equal(code, 0);
  assert.doesNotMatch(stdout, /memory/);
});

test("tokenize prints ids and pieces", async () => {
  const lines = await llama2(["tokenize", model, "the rain"]);
  assert.match(lines.stdout, /^ +1 {2}<s>\n +\d+ {2}▁the\n/);
  const ids = await llama2(["tokenize", model, "--ids", "--no-bos", "-p", "he"]);
  assert.match(ids.stdout, /^\d+( \d+)*\n$/);
  const json = await llama2(["tokenize", model, "--json"], { input: "a</s>" });
  const pieces = (JSON.parse(json.stdout) as { piece: string }[]).map(({ piece }) => piece);
  assert.deepEqual(pieces.slice(0, 2), ["<s>", "▁a"]);
  assert.ok(!pieces.includes("</s>"));
  const special = await llama2(["tokenize", model, "--json", "--special"], { input: "a</s>" });
  assert.ok(special.stdout.includes('"</s>"'));
});

test("help and version go to stdout, a wrong flag is refused", async () => {
  assert.match((await llama2(["--version"])).stdout, /^\d+\.\d+\.\d+\n$/);
  assert.match((await llama2(["generate", "--help"])).stdout, /--repeat-penalty/);
  const wrong = await llama2(["generate", "--no-such-flag"]);
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /unknown option '--no-such-flag'/);
});
