import { LlamaError } from "../errors.js";
import { shownPath } from "./failure.js";
import { FileSource } from "./source.js";

/**
 * The text in a regular file, without a byte order mark.
 * @param what the file should be, for the sentence that says it is not: "a text file"
 * @throws LlamaError `not-found`, `unreadable`, `format` for what is longer than `maxBytes` or not UTF-8 text
 */
export function readTextFile(path: string, what: string, maxBytes: number): string {
  const source = new FileSource(path, what);
  try {
    if (source.size > maxBytes) throw tooLong(shownPath(path), source.size, maxBytes);
    const bytes = new Uint8Array(source.size);
    return decodeText(bytes.subarray(0, source.read(bytes, 0)), shownPath(path), what);
  } finally {
    source.close();
  }
}

/**
 * Bytes as text, without a byte order mark.
 * @param name where they come from, safe to be shown: "notes.txt", "Standard input"
 * @param what they should be: "a text file"
 * @throws LlamaError `format` where they are not UTF-8 text, with the encoding that they seem to be in
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

/** The sentence for a text that is longer than it may be; how long is not known of one that was not read to its end. */
export function tooLong(name: string, bytes: number | undefined, maxBytes: number): LlamaError {
  const limit = mebibytes(maxBytes);
  const found = bytes === undefined ? undefined : mebibytes(bytes);
  const sentence =
    found === undefined
      ? `is longer than the limit of ${limit}`
      : found === limit
        ? `is ${bytes} bytes; the limit is ${maxBytes} bytes`
        : `is ${found}; the limit is ${limit}`;
  return new LlamaError("format", `${name} ${sentence}.`);
}

function mebibytes(bytes: number): string {
  return `${Number((bytes / 2 ** 20).toFixed(bytes < 2 ** 20 ? 2 : 1))} MiB`;
}

/** What is not text in any encoding. */
const BINARY = "a binary file";
const GGUF = "a GGUF file";

function notUtf8(name: string, what: string, encoding: string, cause?: unknown): LlamaError {
  const isText = encoding !== BINARY && encoding !== GGUF;
  const sentence = isText
    ? `is not UTF-8 text; it looks like ${encoding}, so convert it first: iconv -f ${encoding} -t UTF-8`
    : `is ${encoding}; expected ${what}`;
  return new LlamaError("format", `${name} ${sentence}.`, { cause });
}

/**
 * How files begin that are not UTF-8: byte order marks, and the one binary format that people mix up with texts here.
 */
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

/** As much of a text as tells its encoding. */
const SAMPLE_BYTES = 4096;

/**
 * In UTF-16 most characters of a Western text have a zero as their high byte, and hardly any as their low one. Zeros
 * elsewhere are nobody's text.
 */
function encodingByZeros(bytes: Uint8Array): string {
  const sample = bytes.subarray(0, SAMPLE_BYTES);
  const zeros: [even: number, odd: number] = [0, 0];
  for (let i = 0; i < sample.length; i++) if (sample[i] === 0) zeros[(i & 1) as 0 | 1]++;
  const [even, odd] = zeros;
  const pairs = sample.length / 2;
  const isPlain = pairs >= 2 && Math.max(even, odd) > pairs * 0.6 && Math.min(even, odd) < pairs * 0.05;
  if (!isPlain) return BINARY;
  return odd > even ? "UTF-16LE" : "UTF-16BE";
}

/** Bytes that Windows-1252 leaves undefined. */
const UNDEFINED_1252: readonly number[] = [0x81, 0x8d, 0x8f, 0x90, 0x9d];

/** A guess for text of one byte a character: other 8-bit encodings look the same. */
function eightBitEncoding(bytes: Uint8Array): string {
  let hasC1 = false;
  for (const byte of bytes.subarray(0, SAMPLE_BYTES)) {
    const isControl = byte < 0x20 && !(byte >= 8 && byte <= 13) && byte !== 0x1b;
    if (isControl || byte === 0x7f || UNDEFINED_1252.includes(byte)) return BINARY;
    hasC1 ||= byte >= 0x80 && byte < 0xa0;
  }
  return hasC1 ? "WINDOWS-1252" : "ISO-8859-1";
}
