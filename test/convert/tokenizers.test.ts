import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { JsonObject } from "#dist/convert/huggingface/json-object.js";
import { preTokenizerName } from "#dist/convert/huggingface/pre-tokenizer.js";
import { readVocabularyFiles } from "#dist/convert/huggingface/vocabulary.js";
import { Metadata } from "#dist/gguf/metadata.js";
import { openGguf } from "#dist/gguf/open.js";
import { readVocabulary } from "#dist/tokenizer/read-vocabulary.js";
import { Tokenizer } from "#dist/tokenizer/tokenizer.js";
import { TokenType, type Vocabulary } from "#dist/tokenizer/vocab.js";
import { needsReference, readReference, referencePath } from "../helpers/reference.js";
import { sentencePieceBytes } from "../helpers/sentencepiece.js";
import { temporaryFolder } from "../helpers/temporary.js";

const folder = temporaryFolder();
const SPM = "ggml-vocab-llama-spm.gguf";
const BPE = "ggml-vocab-deepseek-coder.gguf";

const vocabularyOf = (file: string) => readVocabulary(openGguf(referencePath("tokenizer", file)).metadata);

/** Files in a folder of their own, read as those of a model. */
function metadataOf(name: string, files: Readonly<Record<string, string | Uint8Array>>, size: number): Metadata {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  for (const [file, content] of Object.entries(files)) writeFileSync(join(path, file), content);
  return new Metadata(new Map(readVocabularyFiles(path, new JsonObject({}, "config.json"), size)));
}

interface Extra {
  readonly cases: readonly (Readonly<Record<`bos${0 | 1}_special${0 | 1}`, number[]>> & { readonly text: string })[];
}

/** All of llama.cpp's strings and ids for a vocabulary. */
function agrees(tokenizer: Tokenizer, file: string, extra: string): void {
  const texts = readFileSync(referencePath("tokenizer", `${file}.inp`), "utf8").split("\n__ggml_vocab_test__\n");
  const lines = readFileSync(referencePath("tokenizer", `${file}.out`), "utf8").split("\n");
  for (const [i, text] of texts.entries()) {
    const wanted = (lines[i] ?? "").split(" ").filter(Boolean).map(Number);
    assert.deepEqual(tokenizer.encode(text, { addBos: false }), wanted, JSON.stringify(text));
  }
  for (const example of readReference<Extra>("tokenizer", extra).cases) {
    for (const special of [0, 1] as const) {
      const found = tokenizer.encode(example.text, { addBos: true, parseSpecial: special === 1 });
      assert.deepEqual(found, example[`bos1_special${special}`], JSON.stringify(example.text));
    }
  }
}

function addedTokens({ pieces, types }: Vocabulary) {
  return pieces.flatMap((content, id) => {
    const type = types[id];
    const isAdded = type === TokenType.control || type === TokenType.userDefined || type === TokenType.unknown;
    return isAdded ? [{ id, content, special: type !== TokenType.userDefined }] : [];
  });
}

test("a tokenizer.model of Llama's vocabulary gives llama.cpp's ids", needsReference, () => {
  const { pieces, scores, types } = vocabularyOf(SPM);
  const tokens = pieces.map((piece, id) => ({ piece, score: scores[id] ?? 0, type: types[id] ?? 1 }));
  const metadata = metadataOf(
    "spm",
    {
      "tokenizer.model": sentencePieceBytes(tokens),
      "tokenizer_config.json": JSON.stringify({
        bos_token: { content: "<s>" },
        eos_token: "</s>",
        unk_token: "<unk>",
        add_bos_token: true,
        add_eos_token: false,
        added_tokens_decoder: { 0: { content: "<unk>", special: true }, 1: { content: "<s>", special: true } },
      }),
    },
    pieces.length,
  );
  const found = readVocabulary(metadata);
  assert.deepEqual([found.bosId, found.eosId, found.unknownId, found.addBos, found.addEos], [1, 2, 0, true, false]);
  assert.deepEqual([...found.types], [...types]);
  agrees(Tokenizer.fromMetadata(metadata), SPM, "extra-spm.json");
});

test("a tokenizer.json that was made of it gives the same ids, though it has no scores", needsReference, () => {
  const vocabulary = vocabularyOf(SPM);
  const { pieces, scores, types } = vocabulary;
  const ids = new Map(pieces.map((piece, id) => [piece, id]));
  // As Hugging Face's converter does it: every way to make a piece of two, in the order of the pieces' scores.
  const merges = pieces
    .flatMap((piece, id) => {
      const characters = types[id] === TokenType.normal ? Array.from(piece) : [];
      return characters.slice(1).flatMap((_, i) => {
        const pair = [characters.slice(0, i + 1).join(""), characters.slice(i + 1).join("")] as const;
        return pair.every((part) => ids.has(part)) ? [{ pair, score: scores[id] ?? 0 }] : [];
      });
    })
    .sort((a, b) => b.score - a.score)
    .map(({ pair }) => pair.join(" "));
  const tokenizer = {
    added_tokens: addedTokens(vocabulary),
    normalizer: {
      type: "Sequence",
      normalizers: [
        { type: "Prepend", prepend: "▁" },
        { type: "Replace", pattern: { String: " " }, content: "▁" },
      ],
    },
    pre_tokenizer: null,
    post_processor: {
      type: "TemplateProcessing",
      single: [{ SpecialToken: { id: "<s>", type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }],
    },
    model: { type: "BPE", unk_token: "<unk>", byte_fallback: true, vocab: Object.fromEntries(ids), merges },
  };
  const files = {
    "tokenizer.json": JSON.stringify(tokenizer),
    "generation_config.json": '{"bos_token_id": 1, "eos_token_id": [2]}',
  };
  const metadata = metadataOf("spm-json", files, pieces.length);
  assert.equal(metadata.findBoolean("tokenizer.ggml.add_bos_token"), true);
  agrees(Tokenizer.fromMetadata(metadata), SPM, "extra-spm.json");
});

for (const form of ["texts", "pairs"]) {
  test(`a byte-level tokenizer.json with merges as ${form} gives llama.cpp's ids`, needsReference, () => {
    const vocabulary = vocabularyOf(BPE);
    const { pieces, types, merges } = vocabulary;
    const vocab = Object.fromEntries(
      pieces.flatMap((piece, id) => (types[id] === TokenType.normal ? [[piece, id]] : [])),
    );
    const split = (Regex: string) => ({ type: "Split", pattern: { Regex }, behavior: "Isolated", invert: false });
    const tokenizer = {
      added_tokens: addedTokens(vocabulary),
      normalizer: null,
      pre_tokenizer: {
        type: "Sequence",
        pretokenizers: [
          ...["[\r\n]", "\\s?\\p{L}+", "\\s?\\p{P}+", "[一-龥ࠀ-一가-퟿]+"].map(split),
          { type: "Digits", individual_digits: true },
          { type: "ByteLevel", add_prefix_space: false, use_regex: false },
        ],
      },
      model: { type: "BPE", vocab, merges: form === "pairs" ? merges.map((merge) => merge.split(" ")) : merges },
    };
    const bos = pieces[vocabulary.bosId ?? -1];
    const files = {
      "tokenizer.json": JSON.stringify(tokenizer),
      "tokenizer_config.json": JSON.stringify({ bos_token: bos, add_bos_token: true }),
    };
    agrees(Tokenizer.fromMetadata(metadataOf(form, files, pieces.length)), BPE, "extra-deepseek-coder.json");
  });
}

/** A byte-level vocabulary of a few letters. */
function small(added: readonly string[], more: object = {}): string {
  const vocab = Object.fromEntries(Array.from("abcde").map((piece, id) => [piece, id]));
  return JSON.stringify({
    added_tokens: added.map((content, i) => ({ id: 5 + i, content, special: true })),
    pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, use_regex: true },
    model: { type: "BPE", vocab, merges: [] },
    ...more,
  });
}

test("a list of ends becomes EOS and an end of turn, by its name or by its key", () => {
  const ends = (added: readonly string[], eos: readonly number[], name: string) => {
    const files = {
      "tokenizer.json": small(added),
      "generation_config.json": JSON.stringify({ eos_token_id: eos }),
      "tokenizer_config.json": JSON.stringify({ eos_token: name }),
    };
    return [...readVocabulary(metadataOf("ends", files, 10)).endIds].sort();
  };
  assert.deepEqual(ends(["<|end_of_text|>", "<|eom_id|>", "<|eot_id|>"], [5, 6, 7], "<|eot_id|>"), [5, 6, 7]);
  assert.deepEqual(ends(["<end>", "<turn>"], [5, 6], "<end>"), [5, 6]);
});

test("ids that no file names are filled up as unused tokens, and Code Llama's marks get their keys", () => {
  const marks = ["▁<PRE>", "▁<SUF>", "▁<MID>", "▁<EOT>"];
  const metadata = metadataOf("marks", { "tokenizer.json": small(marks) }, 12);
  const { pieces, types } = readVocabulary(metadata);
  assert.deepEqual(pieces.slice(9), ["[PAD9]", "[PAD10]", "[PAD11]"]);
  assert.deepEqual([...types.slice(9)], [5, 5, 5]);
  for (const [i, key] of ["prefix", "suffix", "middle", "eot"].entries()) {
    assert.equal(metadata.findInteger(`tokenizer.ggml.${key}_token_id`), 5 + i);
  }
});

test("pre-tokenizers are known by what they do", () => {
  const byteLevel = (use_regex: boolean) => ({
    type: "ByteLevel",
    add_prefix_space: false,
    trim_offsets: true,
    use_regex,
  });
  const sequence = (...pretokenizers: object[]) => ({ type: "Sequence", pretokenizers });
  const split = (Regex: string) => ({ type: "Split", pattern: { Regex }, behavior: "Isolated", invert: false });
  const llama3 =
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
  const name = (value: object) => preTokenizerName(new JsonObject(value, "x"), "tokenizer.json");
  assert.equal(name(sequence(split(llama3), byteLevel(false))), "llama-bpe");
  assert.equal(name(sequence({ type: "Digits", individual_digits: true }, byteLevel(true))), "smollm");
  assert.equal(name(byteLevel(true)), "gpt-2");
  for (const other of [
    sequence(split(`${llama3}|x`), byteLevel(false)),
    sequence(split(llama3), byteLevel(true)),
    sequence({ ...split(llama3), invert: true }, byteLevel(false)),
    { type: "Whitespace" },
    sequence(sequence(byteLevel(true))),
  ]) {
    assert.throws(() => name(other), /The pre-tokenizer of tokenizer\.json is not supported/);
  }
});
