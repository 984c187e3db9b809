import { Metadata, type MetadataEntry } from "#dist/gguf/metadata.js";
import { byteLetters } from "#dist/tokenizer/byte-letters.js";

/** Keys to add to a vocabulary, or with undefined to leave out of it. */
export type Keys = Readonly<Record<string, MetadataEntry | undefined>>;

export const strings = (value: readonly string[]): MetadataEntry => ({ type: "array", elementType: "string", value });
export const floats = (value: readonly number[]): MetadataEntry => ({
  type: "array",
  elementType: "f32",
  value: Float32Array.from(value),
});
export const integers = (value: readonly number[]): MetadataEntry => ({
  type: "array",
  elementType: "i32",
  value: Int32Array.from(value),
});
export const u32 = (value: number): MetadataEntry => ({ type: "u32", value });
export const bool = (value: boolean): MetadataEntry => ({ type: "bool", value });
export const string = (value: string): MetadataEntry => ({ type: "string", value });

export interface Token {
  readonly piece: string;
  readonly score?: number;
  readonly type?: number;
}

const hex = (byte: number): string => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`;

/** As every Llama vocabulary begins: `<unk>`, BOS, EOS and 256 bytes; ids 0 to 258. */
export const SPM_START: readonly Token[] = [
  { piece: "<unk>", type: 2 },
  { piece: "<s>", type: 3 },
  { piece: "</s>", type: 3 },
  ...Array.from({ length: 256 }, (_, byte) => ({ piece: hex(byte), type: 6 })),
];

export function spmMetadata(tokens: readonly Token[], keys: Keys = {}): Metadata {
  return metadata({
    "tokenizer.ggml.model": string("llama"),
    "tokenizer.ggml.tokens": strings(tokens.map(({ piece }) => piece)),
    "tokenizer.ggml.scores": floats(tokens.map(({ score }) => score ?? 0)),
    "tokenizer.ggml.token_type": integers(tokens.map(({ type }) => type ?? 1)),
    ...keys,
  });
}

/**
 * Bytes in the order of their values, then what the merges make, then `others`, which are control tokens if they do not
 * say.
 */
export function bpeMetadata(merges: readonly string[], others: readonly Token[], keys: Keys = {}): Metadata {
  const made = merges.map((merge) => merge.replace(" ", ""));
  return metadata({
    "tokenizer.ggml.model": string("gpt2"),
    "tokenizer.ggml.pre": string("gpt-2"),
    "tokenizer.ggml.tokens": strings([...byteLetters(), ...made, ...others.map(({ piece }) => piece)]),
    "tokenizer.ggml.token_type": integers([
      ...byteLetters().map(() => 1),
      ...made.map(() => 1),
      ...others.map(({ type }) => type ?? 3),
    ]),
    "tokenizer.ggml.merges": strings(merges),
    ...keys,
  });
}

function metadata(keys: Keys): Metadata {
  return new Metadata(
    new Map(Object.entries(keys).filter((entry): entry is [string, MetadataEntry] => entry[1] !== undefined)),
  );
}

/** Characters that tokenizers stumble over, and some that are common. */
const CHARACTERS = Array.from(
  "aabcdeeehilorst  \n\r\t'sS\u0000\u001b.,!-<>|_/019½٤ÄéßſKДжשا한国々あ€👍🏽\u200d\ufe0f\u0301\u00a0\u3000\u0085\u2028\ufeff\uffff\u{10ffff}",
);

/** A text of up to `longest` characters, well-formed. */
export function randomText(random: () => number, longest: number): string {
  const length = Math.floor(random() * (longest + 1));
  return Array.from({ length }, () => randomCharacter(random)).join("");
}

function randomCharacter(random: () => number): string {
  if (random() < 0.9) return CHARACTERS[Math.floor(random() * CHARACTERS.length)] as string;
  const point = Math.floor(random() * 0x110000);
  return point >= 0xd800 && point < 0xe000 ? "\ufffd" : String.fromCodePoint(point);
}
