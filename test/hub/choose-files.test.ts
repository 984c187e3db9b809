import assert from "node:assert/strict";
import { test } from "node:test";
import { LlamaError } from "#dist/errors.js";
import { chooseModelFiles } from "#dist/hub/choose-files.js";

const repo = "o/r";

function choose(paths: readonly string[], wish: { quant?: string; file?: string } = {}): string[] {
  return chooseModelFiles(
    paths.map((path) => ({ path })),
    { repo, ...wish },
  ).map(({ path }) => path);
}

test("a quantisation is found in any case, before a dot or a dash, in a folder's name too", () => {
  const files = ["m-Q2_K.gguf", "m-Q4_K_M.gguf", "m.Q5_K_M.gguf", "UD-Q6_K/m-UD.gguf"];
  assert.deepEqual(choose(files, { quant: "q2_k" }), ["m-Q2_K.gguf"]);
  assert.deepEqual(choose(files, { quant: "Q5_K_M" }), ["m.Q5_K_M.gguf"]);
  assert.throws(
    () => choose(files, { quant: "Q5_K" }),
    /There is no Q5_K file in o\/r; there are m-Q2_K.gguf, m-Q4_K_M/,
  );
});

test("without one it is Q4_K_M, then Q8_0, then the first", () => {
  assert.deepEqual(choose(["m-F16.gguf", "m-Q8_0.gguf", "m-q4_k_m.gguf"]), ["m-q4_k_m.gguf"]);
  assert.deepEqual(choose(["m-F16.gguf", "m-Q2_K.gguf", "m-Q8_0.gguf"]), ["m-Q8_0.gguf"]);
  assert.deepEqual(choose(["README.md", "m-F16.gguf", "m-Q2_K.gguf"]), ["m-F16.gguf"]);
});

test("a whole word is preferred to the end of another one", () => {
  assert.deepEqual(choose(["m-BF16.gguf", "m-F16.gguf"], { quant: "F16" }), ["m-F16.gguf"]);
  assert.deepEqual(choose(["m-IQ4_XS.gguf", "m-Q8_0.gguf"], { quant: "Q4_XS" }), ["m-IQ4_XS.gguf"]);
});

test("projectors, importance matrices and drafts are never chosen, unless by their path", () => {
  const files = ["imatrix.gguf", "mmproj-Q4_K_M.gguf", "mtp-m-Q4_K_M.gguf", "eagle3-Q4_K_M.gguf", "m-Q8_0.gguf"];
  assert.deepEqual(choose(files), ["m-Q8_0.gguf"]);
  assert.throws(() => choose(files, { quant: "Q4_K_M" }), LlamaError);
  assert.deepEqual(choose(files, { file: "MMPROJ-Q4_K_M.gguf" }), ["mmproj-Q4_K_M.gguf"]);
});

test("all parts of a split come in order, by whichever of them it is named", () => {
  const parts = [1, 2, 3].map((part) => `Q8_0/m-Q8_0-0000${part}-of-00003.gguf`);
  const files = [...parts.toReversed(), "m-Q2_K.gguf", "Q8_0/other-Q8_0-00002-of-00003.gguf"];
  assert.deepEqual(choose(files), parts);
  assert.deepEqual(choose(files, { quant: "Q8_0" }), parts);
  assert.deepEqual(choose(files, { file: parts[1] ?? "" }), parts);
  assert.deepEqual(choose(files, { file: "Q8_0" }), parts);
  assert.throws(() => choose(files.filter((path) => path !== parts[1])), /Part 2 of 3 of .* is missing/);
});

test("a file that is not there is refused with the list of what there is", () => {
  assert.throws(
    () => choose(["a.gguf", "b.gguf"], { file: "c.gguf" }),
    /There is no file c.gguf in o\/r; there are a.gguf, b.gguf\./,
  );
  assert.throws(() => choose(["model.safetensors"]), /There is no GGUF model in o\/r; there are no GGUF files in it/);
  const many = Array.from({ length: 60 }, (_, i) => `m-${i}.gguf`);
  assert.throws(() => choose(many, { quant: "Q9" }), /and 20 more\.$/);
});
