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
 * @throws LlamaError `format` where they are not UTF-8 text, with a guess at what they are
 */
export function decodeText(bytes: Uint8Array, name: string, what = "a text file"): string {
  const wrong = (found: string, cause?: unknown) => new LlamaError("format", `${name} is ${found}.`, { cause });
  const unicode = otherUnicode(bytes);
  if (unicode !== undefined) throw wrong(`${unicode} text; convert it to UTF-8`);
  if (startsWithGguf(bytes)) throw wrong(`a GGUF file; expected ${what}`);
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (!text.includes("\0")) return text;
  } catch (cause) {
    if (!hasControls(bytes))
      throw wrong("not UTF-8 text, but perhaps Latin-1 or Windows-1252; convert it to UTF-8", cause);
  }
  throw wrong(`a binary file; expected ${what}`);
}

/** The sentence for a text that is longer than it may be. */
export function tooLong(name: string, bytes: number, maxBytes: number): LlamaError {
  const [found, limit] = [mebibytes(bytes), mebibytes(maxBytes)];
  const sizes = found === limit ? [`${bytes} bytes`, `${maxBytes} bytes`] : [found, limit];
  return new LlamaError("format", `${name} is ${sizes[0]}; the limit is ${sizes[1]}.`);
}

function mebibytes(bytes: number): string {
  return `${Number((bytes / 2 ** 20).toFixed(bytes < 2 ** 20 ? 2 : 1))} MiB`;
}

/** Bytes that are looked at to tell UTF-16 without a mark from a binary file. */
const SAMPLE = 4096;

function otherUnicode(bytes: Uint8Array): string | undefined {
  const [a, b, c, d] = bytes;
  if (a === 0xff && b === 0xfe) return c === 0 && d === 0 ? "UTF-32" : "UTF-16";
  if (a === 0xfe && b === 0xff) return "UTF-16";
  return looksLikeUtf16(bytes.subarray(0, SAMPLE)) ? "UTF-16" : undefined;
}

function startsWithGguf([a, b, c, d]: Uint8Array): boolean {
  return a === 0x47 && b === 0x47 && c === 0x55 && d === 0x46;
}

/** Most of its characters are below U+0100, so that every second byte is 0, and hardly any other. */
function looksLikeUtf16(sample: Uint8Array): boolean {
  const zeros = [0, 0];
  for (let i = 0; i < sample.length; i++) if (sample[i] === 0) zeros[i & 1] = (zeros[i & 1] as number) + 1;
  const [even = 0, odd = 0] = zeros;
  const pairs = sample.length / 2;
  return pairs >= 2 && Math.max(even, odd) > pairs * 0.6 && Math.min(even, odd) < pairs * 0.05;
}

/** Control characters that text does not have. */
function hasControls(bytes: Uint8Array): boolean {
  return bytes.some((byte) => byte < 0x20 && !(byte >= 8 && byte <= 13) && byte !== 0x1b);
}
