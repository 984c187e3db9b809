import assert from "node:assert/strict";
import { test } from "node:test";
import { LlamaError } from "#dist/errors.js";
import { Tokenizer } from "#dist/tokenizer/tokenizer.js";
import { seededRandom } from "../helpers/random.js";
import { needsReference, readReference, referencePath } from "../helpers/reference.js";
import { bpeMetadata, SPM_START, spmMetadata } from "./vocabularies.js";

const spm = Tokenizer.fromMetadata(
  spmMetadata([
    ...SPM_START,
    { piece: "▁a" },
    { piece: "▁" },
    { piece: "é" },
    { piece: "<u▁>", type: 4 },
    { piece: "x", type: 5 },
  ]),
);
const bpe = Tokenizer.fromMetadata(bpeMetadata([], [{ piece: "<eos>" }, { piece: "中", type: 1 }]));
const byte = (value: number) => 3 + value;
const bytes = (text: string) => [...Buffer.from(text)].map(byte);

/** A generator's ids through a stream, with the pieces of text as they come. */
function stream(tokenizer: Tokenizer, ids: readonly number[], options = {}): string[] {
  const decoder = tokenizer.createDecoder(options);
  return [...ids.map((id) => decoder.push(id)), decoder.flush()];
}

test("an emoji of four tokens comes once and whole", () => {
  assert.deepEqual(stream(spm, bytes("👍")), ["", "", "", "👍", ""]);
  assert.deepEqual(stream(bpe, [...Buffer.from("é👍")]), ["", "é", "", "", "", "👍", ""]);
});

test("what is no UTF-8 becomes U+FFFD as soon as that is certain", () => {
  assert.deepEqual(stream(spm, [byte(0xff), byte(0x41)]), ["\ufffd", "A", ""]);
  assert.deepEqual(stream(spm, [byte(0xf0), byte(0x9f), byte(0x41)]), ["", "", "\ufffdA", ""]);
  assert.deepEqual(stream(spm, [byte(0xf0), byte(0x9f)]), ["", "", "\ufffd"]);
  assert.deepEqual(stream(spm, [byte(0xe2), 261]), ["", "\ufffdé", ""]);
  assert.equal(spm.decode([byte(0xed), byte(0xa0), byte(0x80)]), "\ufffd\ufffd\ufffd");
});

test("a byte order mark is a character like any other", () => {
  assert.equal(spm.decode(bytes("\ufeffa\ufeff")), "\ufeffa\ufeff");
});

test("decode leaves out the one space that encode puts in front, and only there", () => {
  assert.equal(spm.decode([259, 259]), "a a");
  assert.equal(spm.decode([260, 259]), " a");
  assert.equal(spm.decode([1, 259]), "<s> a");
  assert.equal(spm.decode([1, 259], { special: false }), " a");
  assert.equal(spm.decode([259], { stripLeadingSpace: false }), " a");
  assert.equal(spm.decode([byte(0x20), 259]), " a");
  assert.equal(bpe.decode([0x20, 0x61]), " a");
  assert.equal(spm.decode([]), "");
});

test("a stream prints no control tokens and keeps its leading space, unless asked", () => {
  assert.deepEqual(stream(spm, [259, 2, 0, 259]), [" a", "", "", " a", ""]);
  assert.deepEqual(stream(spm, [259, 2, 0, 259], { special: true }), [" a", "</s>", "<unk>", " a", ""]);
  assert.deepEqual(stream(spm, [259, 259], { stripLeadingSpace: true }), ["a", " a", ""]);
});

test("user-defined, unused and foreign pieces are written as they stand", () => {
  assert.equal(spm.decode([262, 263]), "<u▁>x");
  assert.equal(bpe.decode([256, 257]), "<eos>中");
});

test("the parts of a stream add up to the whole, for random ids", () => {
  const random = seededRandom(11);
  for (const tokenizer of [spm, bpe]) {
    for (let i = 0; i < 1000; i++) {
      const ids = Array.from({ length: Math.floor(random() * 40) }, () => Math.floor(random() * tokenizer.size));
      for (const special of [false, true]) {
        for (const stripLeadingSpace of [false, true]) {
          const options = { special, stripLeadingSpace };
          const parts = stream(tokenizer, ids, options);
          assert.equal(parts.join(""), tokenizer.decode(ids, options));
          assert.ok(parts.every((part) => !/\p{Surrogate}/u.test(part)));
        }
      }
    }
  }
});

test("an id outside the vocabulary is refused, and the decoder goes on", () => {
  const decoder = spm.createDecoder();
  assert.equal(decoder.push(byte(0xc3)), "");
  for (const id of [-1, spm.size, 0.5, Number.NaN]) {
    assert.throws(
      () => decoder.push(id),
      (error) => error instanceof LlamaError && error.code === "option",
    );
  }
  assert.equal(decoder.push(byte(0xa9)), "é");
});

interface Greedy {
  readonly prompts: readonly { readonly ids: readonly number[]; readonly text: string }[];
}

test("generated ids of stories260K stream to llama.cpp's text", needsReference, async () => {
  const tokenizer = await Tokenizer.load(referencePath("stories260K", "stories260K-F32.gguf"));
  const { prompts } = readReference<Greedy>("stories260K", "greedy.json");
  assert.equal(prompts.length, 12);
  for (const { ids, text } of prompts) assert.equal(stream(tokenizer, ids).join(""), text);
});

test("the parts of Code Llama's infilling example", needsReference, async () => {
  const tokenizer = await Tokenizer.load(referencePath("tokenizer", "ggml-vocab-llama-spm.gguf"));
  const prefix = tokenizer.encode('def remove_non_ascii(s: str) -> str:\n    """ ', { addBos: false });
  assert.equal(
    prefix.join(" "),
    "822 3349 29918 5464 29918 294 18869 29898 29879 29901 851 29897 1599 851 29901 13 1678 9995 29871",
  );
  const suffix = tokenizer.encode("☺\n    return result\n", { addBos: false }).slice(2);
  assert.equal(suffix.join(" "), "13 1678 736 1121 13");
});
