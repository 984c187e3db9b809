import { readFileSync } from "node:fs";
import { Bench } from "tinybench";
import { randomModel } from "#dist/benchmark/random-model.js";
import { getShape } from "#dist/benchmark/shapes.js";
import { openGguf } from "#dist/gguf/open.js";
import { Tokenizer } from "#dist/tokenizer/tokenizer.js";
import { report, type Work } from "./report.js";

/**
 * Encoding and decoding of the README and of one long word. Without a file's vocabulary, one of 32,000 made-up pieces
 * is taken, which has short words only.
 */
export async function benchTokenizer(vocabularyFile?: string): Promise<void> {
  const model = () =>
    vocabularyFile === undefined ? randomModel(getShape("7b"), "q4_0").file : openGguf(vocabularyFile);
  const { metadata } = model();
  const tokenizer = Tokenizer.fromMetadata(metadata);
  const text = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const word = "antidisestablishmentarianism".repeat(400);
  const ids = tokenizer.encode(text);
  const megabytes = (what: string): Work => ({ amount: Buffer.byteLength(what) / 1e6, unit: "MB/s" });
  const bench = new Bench({ time: 500, warmupTime: 100 });
  bench
    .add("read the vocabulary", () => Tokenizer.fromMetadata(metadata))
    .add("encode prose", () => tokenizer.encode(text))
    .add("encode one long word", () => tokenizer.encode(word))
    .add("decode prose", () => tokenizer.decode(ids));
  await report(`tokenizer, ${tokenizer.model} of ${tokenizer.size} tokens`, bench, {
    "encode prose": megabytes(text),
    "encode one long word": megabytes(word),
    "decode prose": { amount: ids.length / 1e6, unit: "M tokens/s" },
  });
}
