import { LlamaError, printable } from "../errors.js";
import { FileSource } from "./source.js";

/**
 * The text in a file, without a byte order mark.
 * @param what the file should be, for the sentence that says it is not: "a text file"
 * @throws LlamaError `not-found`, `unreadable`, `format` for what is longer than `maxBytes` or no UTF-8 text
 */
export function readTextFile(path: string, what: string, maxBytes: number): string {
  const source = new FileSource(path, what);
  const wrong = (found: string, cause?: unknown) =>
    new LlamaError("format", `${printable(path, 256)} ${found}; ${what} was wanted.`, { cause });
  try {
    if (source.size > maxBytes) throw wrong(`has ${source.size} bytes, and ${maxBytes} are the limit`);
    const bytes = new Uint8Array(source.size);
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, source.read(bytes, 0)));
    if (text.includes("\0")) throw wrong("is no text");
    return text;
  } catch (error) {
    throw error instanceof LlamaError ? error : wrong("is no UTF-8 text", error);
  } finally {
    source.close();
  }
}
