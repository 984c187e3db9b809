import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { readTensorData } from "#dist/gguf/data.js";
import { openGguf } from "#dist/gguf/open.js";
import { writeGguf } from "#dist/gguf/writer.js";
import { CORNERS, withEngine } from "../helpers/engine.js";
import { inTurn } from "../helpers/long.js";
import { needsReference, readReference, referencePath } from "../helpers/reference.js";
import { temporaryFolder } from "../helpers/temporary.js";
import { assertNmse, DENSE_NMSE } from "../helpers/tolerance.js";

interface ModelReference {
  readonly prompt_ids: number[];
  readonly next_ids: number[];
  readonly logits_float64: number[][];
  readonly nmse: { readonly llama_cpp_vs_float64: number };
  /** 200 tokens, with the logits after the last. */
  readonly long_prompt_ids?: number[];
  readonly long_logits_float64?: number[][];
}

/** How much larger than llama.cpp's own error ours may be: both are rounding alone, in another order. */
const ALLOWANCE = 1.5;

/** Every structure that the metadata can ask for, in F32. */
const FILES: readonly (readonly [folder: string, json: string, model: string])[] = [
  ["quants", "synth256-F32", "synth256-F32"],
  ...[
    "a-rope-base-1e6-F32",
    "b-rope-linear-4-F32",
    "c-mha-4-4-F32",
    "d-mqa-4-1-F32",
    "e-dim256-headdim32-F32",
    "f-tied-F32",
    "g-rope-freqs-F32",
    "h-key-length-32-F32",
    "k-legacy-forms-F32",
  ].map((name) => ["rope", name, name] as const),
  ["rope", "i-split-F32", "i-split-F32-00001-of-00003"],
];

for (const [index, [folder, json, model]] of FILES.entries()) {
  test(`${model} gives the exact logits, in batches and one by one`, needsReference, async () => {
    const reference = readReference<ModelReference>(folder, `${json}.json`);
    for (const variant of inTurn(CORNERS, index)) {
      await withEngine(referencePath(folder, `${model}.gguf`), variant, async (engine) => {
        for (const size of [reference.prompt_ids.length, 1]) {
          const cache = engine.createCache();
          let logits: Float32Array = new Float32Array();
          for (let i = 0; i < reference.prompt_ids.length; i += size) {
            logits = await engine.evaluate(cache, reference.prompt_ids.slice(i, i + size));
          }
          const found = [...logits];
          for (const id of reference.next_ids) found.push(...(await engine.evaluate(cache, [id])));
          assertNmse(found, reference.logits_float64.flat(), ALLOWANCE * reference.nmse.llama_cpp_vs_float64);
          engine.releaseCache(cache);
        }
        if (reference.long_prompt_ids === undefined) return;
        const logits = await engine.evaluate(engine.createCache(), reference.long_prompt_ids);
        assertNmse(logits, reference.long_logits_float64?.[0] ?? [], DENSE_NMSE);
      });
    }
  });
}

test("a RoPE factor without a type is linear, as older converters write it", needsReference, async () => {
  const file = openGguf(referencePath("rope", "b-rope-linear-4-F32.gguf"));
  const metadata = new Map(file.metadata);
  assert.ok(metadata.delete("llama.rope.scaling.type"));
  const path = join(temporaryFolder(), "rope-factor-no-type.gguf");
  writeGguf(path, { metadata, tensors: file.tensors.map((tensor) => ({ ...tensor, data: readTensorData(tensor) })) });
  const reference = readReference<ModelReference>("rope", "b-rope-linear-4-F32.json");
  await withEngine(path, {}, async (engine) => {
    const logits = await engine.evaluate(engine.createCache(), reference.prompt_ids);
    const limit = ALLOWANCE * reference.nmse.llama_cpp_vs_float64;
    assertNmse(logits, reference.logits_float64[0] ?? [], limit);
  });
});

interface LargeVocabularyReference {
  readonly prompt_ids: number[];
  readonly next_ids: number[];
  /** Which of the five logit vectors are given. */
  readonly positions: { readonly logits_float64: number[] };
  readonly logits_float64: number[][];
  readonly nmse: { readonly llama_cpp_vs_float64: number };
}

test("j-vocab32000-Q8_0 has llama.cpp's exactness over 32,000 logits", needsReference, async () => {
  const reference = readReference<LargeVocabularyReference>("rope", "j-vocab32000-Q8_0.json.gz");
  for (const variant of inTurn(CORNERS, 1)) {
    await withEngine(referencePath("rope", "j-vocab32000-Q8_0.gguf"), variant, async (engine) => {
      const cache = engine.createCache();
      const found = [await engine.evaluate(cache, reference.prompt_ids)];
      for (const id of reference.next_ids) found.push(await engine.evaluate(cache, [id]));
      for (const [i, position] of reference.positions.logits_float64.entries()) {
        const limit = ALLOWANCE * reference.nmse.llama_cpp_vs_float64;
        assertNmse(found[position] ?? [], reference.logits_float64[i] ?? [], limit);
      }
    });
  }
});
