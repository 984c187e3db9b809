import { test } from "node:test";
import { VARIANTS, withEngine } from "../helpers/engine.js";
import { needsReference, readReference, referencePath } from "../helpers/reference.js";
import { assertNmse, DENSE_NMSE } from "../helpers/tolerance.js";

interface ModelReference {
  readonly prompt_ids: number[];
  readonly next_ids: number[];
  readonly logits_float64: number[][];
  /** 200 tokens, with the logits after the last. */
  readonly long_prompt_ids?: number[];
  readonly long_logits_float64?: number[][];
}

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
];

for (const [folder, json, model] of FILES) {
  test(`${model} gives the exact logits, in batches and one by one`, needsReference, async () => {
    const reference = readReference<ModelReference>(folder, `${json}.json`);
    for (const variant of VARIANTS) {
      await withEngine(referencePath(folder, `${model}.gguf`), variant, async (engine) => {
        for (const size of [reference.prompt_ids.length, 1]) {
          const cache = engine.createCache();
          let logits: Float32Array = new Float32Array();
          for (let i = 0; i < reference.prompt_ids.length; i += size) {
            logits = await engine.evaluate(cache, reference.prompt_ids.slice(i, i + size));
          }
          assertNmse(logits, reference.logits_float64[0] ?? [], DENSE_NMSE);
          for (const [i, id] of reference.next_ids.entries()) {
            const next = await engine.evaluate(cache, [id]);
            assertNmse(next, reference.logits_float64[i + 1] ?? [], DENSE_NMSE);
          }
          engine.releaseCache(cache);
        }
        if (reference.long_prompt_ids === undefined) return;
        const logits = await engine.evaluate(engine.createCache(), reference.long_prompt_ids);
        assertNmse(logits, reference.long_logits_float64?.[0] ?? [], DENSE_NMSE);
      });
    }
  });
}
