import { LlamaError, printable } from "../errors.js";
import { FileSource } from "./source.js";

/**
 * The text in a file, without a byte order mark.
 * @param what the file should be, for the sentence that says it is not: "a text file"
 * @throws LlamaError `not-found`, `unreadable`, `format` for what is longer than `maxBytes` or not UTF-8 text
 */
export function readTextFile(path: string, what: string, maxBytes: number): string {
  const shown = printable(path, 256);
  const source = new FileSource(path, what);
  try {
    if (source.size > maxBytes) throw tooLong(shown, source.size, maxBytes);
    const bytes = new Uint8Array(source.size);
    return decodeText(bytes.subarray(0, source.read(bytes, 0)), shown, what);
  } finally {
    source.close();
  }
}

/**
 * The text that bytes are in UTF-8, without a byte order mark.
 * @param name where they come from, safe to be shown: "notes.txt", "Standard input"
 * @param what they should be: "a text file"
 * @throws LlamaError `format` for anything else, with the encoding that it seems to be in
 */
export function decodeText(bytes: Uint8Array, name: string, what = "a text file"): string {
  const encoding = markedEncoding(bytes) ?? (bytes.includes(0) ? encodingByZeros(bytes) : undefined);
  if (encoding !== undefined) throw notUtf8(name, what, encoding);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw notUtf8(name, what, eightBitEncoding(bytes), cause);
  }
}

/** The error for a text of so many bytes, or nobody knows how many, of which only `maxBytes` may be. */
export function tooLong(name: string, bytes: number | undefined, maxBytes: number): LlamaError {
  const limit = mebibytes(maxBytes);
  const found =
    bytes === undefined ? `is longer than the limit of ${limit}` : `is ${mebibytes(bytes)}; the limit is ${limit}`;
  return new LlamaError("format", `${name} ${found}.`);
}

/** What is not text in any encoding. */
const BINARY = "binary";
const GGUF = "GGUF";

function notUtf8(name: string, what: string, encoding: string, cause?: unknown): LlamaError {
  const sentences: Readonly<Record<string, string>> = {
    [BINARY]: `${name} is binary, not text; expected ${what} in UTF-8.`,
    [GGUF]: `${name} is a GGUF file, not text; expected ${what} in UTF-8.`,
  };
  const other = `${name} is not UTF-8 text; it looks like ${encoding}, so convert it first: iconv -f ${encoding} -t UTF-8.`;
  return new LlamaError("format", sentences[encoding] ?? other, { cause });
}

/** How files begin that are not UTF-8: byte order marks, and the one binary format that people mix up with texts here. */
const MARKS: readonly (readonly [mark: readonly number[], encoding: string])[] = [
  [[0x47, 0x47, 0x55, 0x46], GGUF],
  [[0xff, 0xfe, 0, 0], "UTF-32LE"],
  [[0, 0, 0xfe, 0xff], "UTF-32BE"],
  [[0xff, 0xfe], "UTF-16LE"],
  [[0xfe, 0xff], "UTF-16BE"],
];

/** What the first bytes tell. */
function markedEncoding(bytes: Uint8Array): string | undefined {
  return MARKS.find(([mark]) => mark.every((byte, index) => bytes[index] === byte))?.[1];
}

/** Part of the characters of a text in UTF-16 that are below U+0100, where most of it is in a Western language. */
const MOST = 0.6;

/** As much of a text as tells its encoding. */
const SAMPLE_BYTES = 4096;

/**
 * In UTF-16 without a mark most characters of a Western text have a zero as their high byte. Zeros elsewhere are
 * nobody's text.
 */
function encodingByZeros(bytes: Uint8Array): string {
  const sample = bytes.subarray(0, SAMPLE_BYTES);
  const zeros = [0, 0];
  sample.forEach((byte, index) => {
    if (byte === 0) zeros[index % 2] = (zeros[index % 2] ?? 0) + 1;
  });
  const [even = 0, odd = 0] = zeros;
  const many = (sample.length / 2) * MOST;
  if (bytes.length % 2 === 0 && odd >= many && even === 0) return "UTF-16LE";
  if (bytes.length % 2 === 0 && even >= many && odd === 0) return "UTF-16BE";
  return BINARY;
}

/** Bytes that Windows-1252 leaves undefined. */
const UNDEFINED_1252: readonly number[] = [0x81, 0x8d, 0x8f, 0x90, 0x9d];

/** A guess for text of one byte a character: other 8-bit encodings look the same. */
function eightBitEncoding(bytes: Uint8Array): string {
  let hasC1 = false;
  for (const byte of bytes.subarray(0, SAMPLE_BYTES)) {
    const isControl = byte < 0x20 && !(byte >= 0x08 && byte <= 0x0d) && byte !== 0x1b;
    if (isControl || byte === 0x7f || UNDEFINED_1252.includes(byte)) return BINARY;
    hasC1 ||= byte >= 0x80 && byte < 0xa0;
  }
  return hasC1 ? "WINDOWS-1252" : "ISO-8859-1";
}

function mebibytes(bytes: number): string {
  const size = bytes / 2 ** 20;
  return `${Number.isInteger(size) ? size : size.toFixed(1)} MiB`;
}
