import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { VARIANTS, withEngine } from "../helpers/engine.js";
import { needsReference, readReference, referencePath } from "../helpers/reference.js";
import { DENSE_NMSE, nmse } from "../helpers/tolerance.js";

interface QuantReference {
  readonly file: string;
  readonly prompt_ids: number[];
  readonly next_ids: number[];
  readonly logits_float64: number[][];
  readonly nmse: { readonly llama_cpp_vs_float64: number };
}

/** llama.cpp's own error is nearly all from rounding activations to 8 bits; ours may be half as large again. */
const ALLOWANCE = 1.5;

const names = needsReference.skip
  ? ["quants"]
  : readdirSync(referencePath("quants"))
      .filter((name) => name.endsWith(".gguf"))
      .map((name) => name.slice(0, -".gguf".length));

for (const name of names) {
  test(`${name} is as exact as in llama.cpp, by both builds, in batches and one by one`, needsReference, async () => {
    const reference = readReference<QuantReference>("quants", `${name}.json`);
    const limit = Math.max(DENSE_NMSE, ALLOWANCE * reference.nmse.llama_cpp_vs_float64);
    for (const variant of VARIANTS) {
      await withEngine(referencePath("quants", reference.file), variant, async (engine) => {
        for (const size of [reference.prompt_ids.length, 1]) {
          const cache = engine.createCache();
          const found: number[] = [];
          for (let i = 0; i < reference.prompt_ids.length; i += size) {
            const logits = await engine.evaluate(cache, reference.prompt_ids.slice(i, i + size));
            if (i + size >= reference.prompt_ids.length) found.push(...logits);
          }
          for (const id of reference.next_ids) found.push(...(await engine.evaluate(cache, [id])));
          const error = nmse(found, reference.logits_float64.flat());
          assert.ok(error <= limit, `${variant.kernels}, ${variant.threads} workers: NMSE ${error}, limit ${limit}`);
          engine.releaseCache(cache);
        }
      });
    }
  });
}
