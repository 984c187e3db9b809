import { test } from "node:test";
import { CORNERS, withEngine } from "../helpers/engine.js";
import { inTurn } from "../helpers/long.js";
import { needsReference, readReference, referencePath } from "../helpers/reference.js";
import { assertNmse, DENSE_NMSE } from "../helpers/tolerance.js";

interface QuantReference {
  readonly prompt_ids: number[];
  readonly next_ids: number[];
  readonly logits_float64: number[][];
  readonly nmse: { readonly llama_cpp_vs_float64: number };
}

/**
 * Rounding activations to int8 is all that may part quantised models from float64; llama.cpp, which rounds them in the
 * same way or in larger blocks, has the error that the reference names.
 */
const OF_LLAMA_CPP = 1.5;

/** One model in every mix of tensor types; dense ones keep their activations in f32. */
const DENSE = ["F32", "F16", "BF16"];
const QUANTIZED = [
  "Q8_0",
  "Q6_K",
  "Q5_K_M",
  "Q5_K_S",
  "Q5_1",
  "Q5_0",
  "Q4_K_M",
  "Q4_K_S",
  "Q4_1",
  "Q4_0",
  "IQ4_NL",
  "IQ4_XS",
  "Q3_K_L",
  "Q3_K_M",
  "Q3_K_S",
  "Q2_K",
  "Q2_K_S",
  "IQ3_M",
  "IQ3_S",
  "IQ3_XXS",
  "TQ2_0",
  "TQ1_0",
];

for (const [index, name] of [...DENSE, ...QUANTIZED].entries()) {
  test(`synth256-${name} is as near to float64 as llama.cpp, in batches and one by one`, needsReference, async () => {
    const reference = readReference<QuantReference>("quants", `synth256-${name}.json`);
    const exact = reference.logits_float64.flat();
    const limit = DENSE.includes(name) ? DENSE_NMSE : OF_LLAMA_CPP * reference.nmse.llama_cpp_vs_float64;
    for (const variant of inTurn(CORNERS, index)) {
      await withEngine(referencePath("quants", `synth256-${name}.gguf`), variant, async (engine) => {
        for (const size of [reference.prompt_ids.length, 1]) {
          const cache = engine.createCache();
          let logits: Float32Array = new Float32Array();
          for (let i = 0; i < reference.prompt_ids.length; i += size) {
            logits = await engine.evaluate(cache, reference.prompt_ids.slice(i, i + size));
          }
          const found = [...logits];
          for (const id of reference.next_ids) found.push(...(await engine.evaluate(cache, [id])));
          assertNmse(found, exact, limit, `NMSE of ${variant.kernels}, ${variant.threads} threads, batches of ${size}`);
          engine.releaseCache(cache);
        }
      });
    }
  });
}
