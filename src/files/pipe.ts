import { closeSync, constants, fstatSync, openSync, statSync } from "node:fs";
import { Socket } from "node:net";
import { readFailure, reading, shownPath } from "./failure.js";
import { decodeText, readTextFile, tooLong } from "./text.js";

/**
 * The text in a regular file, or that comes through a pipe such as a shell's `<(command)`, without a byte order mark.
 * A pipe to which nobody writes is waited for until the signal is aborted.
 * @param what the file should be, for the sentence that says it is not: "a text file"
 * @throws LlamaError as `readTextFile`; the signal's reason when aborted
 */
export async function readText(path: string, what: string, maxBytes: number, signal?: AbortSignal): Promise<string> {
  signal?.throwIfAborted();
  if (!reading(path, () => statSync(path)).isFIFO()) return readTextFile(path, what, maxBytes);
  // Without O_NONBLOCK, opening a pipe waits for its other end, and no signal could end that.
  const fd = reading(path, () => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK));
  if (!fstatSync(fd).isFIFO()) {
    closeSync(fd);
    return readTextFile(path, what, maxBytes);
  }
  const socket = new Socket({ fd, readable: true, writable: false, signal });
  try {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of socket) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > maxBytes) throw tooLong(shownPath(path), size, maxBytes);
    }
    return decodeText(Buffer.concat(chunks), shownPath(path), what);
  } catch (error) {
    signal?.throwIfAborted();
    throw readFailure(path, error);
  } finally {
    socket.destroy();
  }
}
