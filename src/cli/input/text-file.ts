import { closeSync, constants, fstatSync, openSync, statSync } from "node:fs";
import { Socket } from "node:net";
import { printable } from "../../errors.js";
import { decodeText, readTextFile } from "../../files/text.js";
import { readStream } from "./standard-input.js";

/**
 * The text in a file, or that comes through a pipe such as a shell's `<(command)`.
 * @throws LlamaError as `readTextFile`; the signal's reason when aborted
 */
export async function readTextFrom(path: string, maxBytes: number, signal: AbortSignal): Promise<string> {
  const what = "a text file";
  if (statSync(path, { throwIfNoEntry: false })?.isFIFO() !== true) return readTextFile(path, what, maxBytes);
  // Without O_NONBLOCK, opening a pipe waits for its other end, and no signal could end that.
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  if (!fstatSync(fd).isFIFO()) {
    closeSync(fd);
    return readTextFile(path, what, maxBytes);
  }
  const pipe = new Socket({ fd, readable: true, writable: false });
  try {
    const name = printable(path, 256);
    const bytes = (await readStream(pipe, { signal, maxBytes, name })) ?? new Uint8Array();
    return decodeText(bytes, name, what);
  } finally {
    pipe.destroy();
  }
}
