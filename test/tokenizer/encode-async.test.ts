import assert from "node:assert/strict";
import { test } from "node:test";
import { Tokenizer } from "#dist/tokenizer/tokenizer.js";
import { isLong } from "../helpers/long.js";
import { seededRandom } from "../helpers/random.js";
import { sentence } from "../helpers/sentence.js";
import { bpeMetadata, SPM_START, spmMetadata } from "./vocabularies.js";

const PIECES = ["a", "b", "ab", "abab", "\u2581", "\u2581a", "\u2581\u2581", "b\u2581"];
const spm = Tokenizer.fromMetadata(
  spmMetadata([...SPM_START, ...PIECES.map((piece) => ({ piece })), { piece: "<user>", type: 4 }]),
);
const bpe = Tokenizer.fromMetadata(bpeMetadata(["a b", "ab ab"], [{ piece: "<user>", type: 4 }]));

/** Words, runs of one letter longer than a stretch, special tokens and characters of two units. */
function someText(length: number, seed: number): string {
  const random = seededRandom(seed);
  const parts: string[] = [];
  for (let units = 0; units < length; ) {
    const kind = Math.floor(random() * 8);
    const part =
      kind === 0 && random() < 0.001
        ? "ab".repeat(30_000)
        : (["ab", " a", "abab ", "<user>", "\u{1f600}", "\ud800", "x y", "\n"][kind] as string);
    parts.push(part);
    units += part.length;
  }
  return parts.join("");
}

test("a text has the same tokens however many turns it takes", async () => {
  for (const tokenizer of [spm, bpe]) {
    for (const seed of [1, 2]) {
      const text = someText(isLong ? 2_000_000 : 300_000, seed);
      const parts: number[] = [];
      const ids = await tokenizer.encodeAsync(text, { onProgress: (done) => parts.push(done) });
      assert.deepEqual(ids, tokenizer.encode(text));
      assert.deepEqual(
        parts,
        parts.toSorted((a, b) => a - b),
      );
      assert.ok(parts.every((done) => done > 0 && done <= 1));
    }
    const options = { addBos: false, parseSpecial: true };
    assert.deepEqual(await tokenizer.encodeAsync("a </s> b", options), tokenizer.encode("a </s> b", options));
    assert.deepEqual(await tokenizer.encodeAsync(""), tokenizer.encode(""));
  }
});

test("other work has its turns while a text of megabytes is split", async () => {
  for (const tokenizer of [spm, bpe]) {
    let turns = 0;
    const other = setInterval(() => turns++, 0);
    await tokenizer.encodeAsync(someText(isLong ? 16_000_000 : 2_000_000, 3));
    clearInterval(other);
    assert.ok(turns > 0);
  }
});

test("splitting is ended by its signal, by a listener that throws, and where the tokens are too many", async () => {
  const text = someText(isLong ? 16_000_000 : 2_000_000, 4);
  for (const tokenizer of [spm, bpe]) {
    const controller = new AbortController();
    const reason = new Error("enough");
    const onProgress = () => controller.abort(reason);
    await assert.rejects(tokenizer.encodeAsync(text, { signal: controller.signal, onProgress }), reason);
    await assert.rejects(tokenizer.encodeAsync("a", { signal: controller.signal }), reason);
    const thrown = new Error("from the listener");
    const throwing = () => {
      throw thrown;
    };
    await assert.rejects(tokenizer.encodeAsync(text, { onProgress: throwing }), thrown);
    await assert.rejects(tokenizer.encodeAsync(text, { tokenLimit: 100 }), sentence("context", /room for 100 at most/));
  }
});
