import assert from "node:assert/strict";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { LlamaError } from "#dist/errors.js";
import { openGguf } from "#dist/gguf/open.js";
import { quantizeFile } from "#dist/quantize/quantize-file.js";
import { llama2 } from "../helpers/command.js";
import { withEngine } from "../helpers/engine.js";
import { spread } from "../helpers/long.js";
import { fixtureModel, writeFixture } from "../helpers/model-fixture.js";
import { needsReference, readReference, referencePath } from "../helpers/reference.js";
import { temporaryFolder } from "../helpers/temporary.js";
import { nmse } from "../helpers/tolerance.js";

const folder = temporaryFolder();
const small = join(folder, "small.gguf");
writeFixture(small, fixtureModel());

interface ExactLogits {
  readonly prompt_ids: number[];
  readonly next_ids: number[];
  readonly logits_float64: number[][];
}

/** How far a quantised file's logits are from the exact ones of the F32 model, by this engine. */
async function lossOf(path: string): Promise<number> {
  const exact = readReference<ExactLogits>("quants", "synth256-F32.json");
  return await withEngine(path, { threads: 1 }, async (engine) => {
    const cache = engine.createCache();
    const found = [...(await engine.evaluate(cache, exact.prompt_ids))];
    for (const id of exact.next_ids) found.push(...(await engine.evaluate(cache, [id])));
    return nmse(found, exact.logits_float64.flat());
  });
}

const SAME_BYTES = ["Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1"];
const SAME_LOSS = ["Q2_K", "Q3_K_S", "Q3_K_M", "Q3_K_L", "Q4_K_S", "Q4_K_M", "Q5_K_S", "Q5_K_M", "Q6_K"];

for (const name of spread([...SAME_BYTES, ...SAME_LOSS], 7)) {
  test(`the F32 model in ${name} has llama.cpp's types and loses no more, within a tenth`, needsReference, async () => {
    const path = join(folder, `${name}.gguf`);
    await quantizeFile(referencePath("quants", "synth256-F32.gguf"), path, name);
    const types = (file: string) => openGguf(file).tensors.map((t) => `${t.name} ${t.type.name}`);
    assert.deepEqual(types(path).toSorted(), types(referencePath("quants", `synth256-${name}.gguf`)).toSorted());
    const fileType = (file: string) => openGguf(file).metadata.findInteger("general.file_type");
    assert.equal(fileType(path), fileType(referencePath("quants", `synth256-${name}.gguf`)));
    const ours = await lossOf(path);
    const theirs = await lossOf(referencePath("quants", `synth256-${name}.gguf`));
    assert.ok(ours <= 1.1 * theirs, `NMSE ${ours}, and llama.cpp's file has ${theirs}`);
  });
}

test("rows that no block divides fall back, and the result runs", async () => {
  const path = join(folder, "fallback.gguf");
  await quantizeFile(small, path, "q4_k_m");
  const types = new Map(openGguf(path).tensors.map((tensor) => [tensor.name, tensor.type.name]));
  assert.equal(types.get("blk.0.attn_q.weight"), "Q5_0");
  assert.equal(types.get("output.weight"), "Q8_0");
  assert.equal(types.get("output_norm.weight"), "F32");
  await withEngine(path, {}, async (engine) => {
    assert.ok((await engine.evaluate(engine.createCache(), [1, 5])).every(Number.isFinite));
  });
});

test("a wrong type, a quantised input and an abort leave nothing behind", async () => {
  const path = join(folder, "none.gguf");
  const before = readdirSync(folder);
  const hasCode = (code: string) => (error: unknown) => error instanceof LlamaError && error.code === code;
  await assert.rejects(quantizeFile(small, path, "Q9_9"), hasCode("option"));
  const quantised = join(folder, "fallback.gguf");
  await assert.rejects(quantizeFile(quantised, path, "Q4_0"), hasCode("unsupported"));
  const controller = new AbortController();
  const onProgress = () => controller.abort(new Error("enough"));
  await assert.rejects(quantizeFile(small, path, "Q4_0", { signal: controller.signal, onProgress }), /enough/);
  assert.deepEqual(readdirSync(folder), before);
});

test("the command says what it wrote, and never writes over its input", async () => {
  const path = join(folder, "command.gguf");
  const good = await llama2(["quantize", small, path, "q8_0"]);
  assert.equal(good.code, 0, good.stderr);
  assert.match(good.stderr, /^Wrote .*command\.gguf \([\d.]+ KiB -> [\d.]+ KiB\)\.\n$/);
  assert.ok(statSync(path).size < statSync(small).size);
  const size = statSync(small).size;
  const same = await llama2(["quantize", small, small, "q8_0"]);
  assert.equal(same.code, 1);
  assert.match(same.stderr, /is the input as well/);
  assert.equal(statSync(small).size, size);
});
