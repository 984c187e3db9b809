import { parseJsonObject } from "#dist/convert/huggingface/json-object.js";
import { parseSafetensors } from "#dist/convert/huggingface/safetensors.js";
import { parseSentencePiece } from "#dist/convert/huggingface/sentencepiece.js";
import { parseTokenizerJson } from "#dist/convert/huggingface/tokenizer-json.js";
import { readHeader } from "#dist/convert/llama2c/header.js";
import { parseTokenizerBin } from "#dist/convert/llama2c/tokenizer-bin.js";
import { type ConvertedVocabulary, vocabularyEntries } from "#dist/convert/vocabulary.js";
import { Metadata } from "#dist/gguf/metadata.js";
import { Tokenizer } from "#dist/tokenizer/tokenizer.js";
import { FIXTURE_TOKENS } from "../../helpers/model-fixture.js";
import { safetensorsBytes } from "../../helpers/safetensors.js";
import { sentencePieceBytes } from "../../helpers/sentencepiece.js";
import { isRefusal, type Target, textOf, texts } from "../target.js";

/** Bytes as a file. */
function sourceOf(input: Uint8Array) {
  return {
    size: input.length,
    read(target: Uint8Array, position: number): number {
      const part = input.subarray(position, position + target.length);
      target.set(part);
      return part.length;
    },
  };
}

function unlessRefused(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!isRefusal(error)) throw error;
  }
}

/** A vocabulary that was taken must make a tokenizer, or be refused in a sentence. */
function tokenize(vocabulary: ConvertedVocabulary): void {
  const entries = vocabularyEntries(vocabulary, vocabulary.tokens.length);
  Tokenizer.fromMetadata(new Metadata(new Map(entries))).encode("hello the\u0000 world 🙂");
}

const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);

/** Headers of safetensors: every tensor that is taken lies within the file. */
export const safetensors: Target = {
  name: "safetensors",
  modules: ["/convert/huggingface/safetensors", "/convert/huggingface/json-object"],
  seeds: () => [
    safetensorsBytes(
      new Map([
        ["a.weight", { dtype: "F32", shape: [2, 2], data: floats(1, 2, 3, 4) }],
        ["b", { dtype: "BF16", shape: [2], data: floats(1) }],
        ["c", { dtype: "I64", shape: [], data: floats(1, 2) }],
      ]),
    ),
    safetensorsBytes(new Map()),
  ],
  words: texts(
    ...'dtype shape data_offsets __metadata__ __proto__ F32 F16 BF16 I8 [ ] { } , : " 0 -1 1e99 4 16'.split(" "),
  ),
  run(input) {
    unlessRefused(() => {
      for (const [name, { offset, type, shape }] of parseSafetensors(sourceOf(input), "model.safetensors").tensors) {
        const bytes = shape.reduce((product, dim) => product * dim, 1) * type.blockBytes;
        if (!(offset >= 8 && bytes >= 0 && offset + bytes <= input.length)) throw new Error(`${name} lies outside`);
      }
    });
  },
};

/** SentencePiece models, from bytes to ids. */
export const sentencePiece: Target = {
  name: "tokenizer.model",
  modules: ["/convert/huggingface/protobuf", "/convert/huggingface/sentencepiece"],
  seeds: () => [
    sentencePieceBytes(FIXTURE_TOKENS),
    sentencePieceBytes([{ piece: "<unk>", score: 0, type: 2 }], { addsSpace: false }),
  ],
  words: [...texts("▁", "<0x0A>", "<s>"), Uint8Array.of(0x0a), Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f)],
  run(input) {
    unlessRefused(() => tokenize(parseSentencePiece(input, "tokenizer.model")));
  },
};

const BPE = {
  added_tokens: [{ id: 4, content: "<s>", special: true }],
  pre_tokenizer: { type: "ByteLevel", add_prefix_space: false },
  model: { type: "BPE", vocab: { h: 0, e: 1, he: 2, Ġ: 3 }, merges: ["h e"] },
};

/** Tokenizers in JSON, from text to ids. */
export const tokenizerJson: Target = {
  name: "tokenizer.json",
  modules: ["/convert/huggingface/tokenizer-json", "/convert/huggingface/pre-tokenizer"],
  seeds: () =>
    texts(
      JSON.stringify(BPE),
      JSON.stringify({
        ...BPE,
        normalizer: { type: "Prepend", prepend: "▁" },
        model: { ...BPE.model, byte_fallback: true },
      }),
      JSON.stringify({
        ...BPE,
        pre_tokenizer: { type: "Sequence", pretokenizers: [{ type: "Digits", individual_digits: true }] },
      }),
    ),
  words: texts(
    ...'"vocab" "merges" "added_tokens" "byte_fallback" true null -1 1048575 1e9 [ ] { } , : "type" "Sequence" "Split" "Metaspace"'.split(
      " ",
    ),
  ),
  run(input) {
    unlessRefused(() => tokenize(parseTokenizerJson(parseJsonObject(textOf(input), "tokenizer.json"))));
  },
};

/** Headers and tokenizers of llama2.c; the first byte chooses. */
export const llama2c: Target = {
  name: "llama2.c",
  modules: ["/convert/llama2c/"],
  seeds: () => [
    Uint8Array.of(0, ...new Uint8Array(Int32Array.of(64, 172, 5, 8, 4, 512, 512).buffer), ...new Uint8Array(256)),
    Uint8Array.of(
      0,
      ...new Uint8Array(Int32Array.of(0x616b3432, 1, 64, 172, 5, 8, 4, 512, 512, 1).buffer),
      ...new Uint8Array(216),
    ),
    Uint8Array.of(1, 0, 0, 0, 0, ...floats(-1), 1, 0, 0, 0, 97, ...floats(-2), 1, 0, 0, 0, 98),
  ],
  words: [Uint8Array.of(0xff, 0xff, 0xff, 0x7f), Uint8Array.of(0, 0, 0, 0x80), Uint8Array.of(2, 0, 0, 0)],
  run(input) {
    const rest = input.subarray(1);
    unlessRefused(() => {
      if (input[0] === 0) readHeader(sourceOf(rest), "model.bin");
      else tokenize(parseTokenizerBin(rest, "tokenizer.bin", input[0] ?? 0));
    });
  },
};
