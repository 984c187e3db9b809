import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Tokenizer } from "#dist/tokenizer/tokenizer.js";
import { needsReference, readReference, referencePath } from "../helpers/reference.js";

interface Extra {
  readonly cases: readonly (Readonly<Record<`bos${0 | 1}_special${0 | 1}`, number[]>> & {
    readonly text: string;
    readonly detokenized: string;
  })[];
}

const VOCABULARIES = [
  { file: "ggml-vocab-llama-spm.gguf", extra: "extra-spm.json" },
  { file: "ggml-vocab-deepseek-llm.gguf", extra: "extra-deepseek-llm.json" },
  { file: "ggml-vocab-deepseek-coder.gguf", extra: "extra-deepseek-coder.json" },
];

for (const { file, extra } of VOCABULARIES) {
  test(`${file}: llama.cpp's own strings give its ids`, needsReference, async () => {
    const path = referencePath("tokenizer", file);
    const tokenizer = await Tokenizer.load(path);
    const texts = readFileSync(`${path}.inp`, "utf8").split("\n__ggml_vocab_test__\n");
    const lines = readFileSync(`${path}.out`, "utf8").split("\n");
    assert.equal(texts.length, 47);
    for (const [i, text] of texts.entries()) {
      const wanted = (lines[i] ?? "").split(" ").filter(Boolean).map(Number);
      assert.deepEqual(tokenizer.encode(text, { addBos: false }), wanted, JSON.stringify(text));
    }
  });

  test(`${file}: further strings, with and without BOS and special tokens, and back`, needsReference, async () => {
    const tokenizer = await Tokenizer.load(referencePath("tokenizer", file));
    const { cases } = readReference<Extra>("tokenizer", extra);
    assert.equal(cases.length, 120);
    for (const example of cases) {
      for (const bos of [0, 1] as const) {
        for (const special of [0, 1] as const) {
          const found = tokenizer.encode(example.text, { addBos: bos === 1, parseSpecial: special === 1 });
          assert.deepEqual(found, example[`bos${bos}_special${special}`], JSON.stringify(example.text));
        }
      }
      assert.equal(tokenizer.decode(example.bos0_special0), example.detokenized);
    }
  });
}
