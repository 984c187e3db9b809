import { fstatSync, readFileSync, type Stats } from "node:fs";
import type { Readable } from "node:stream";
import { LlamaError } from "../../errors.js";
import { reasonOf } from "../../files/failure.js";
import { tooLong } from "../../files/text.js";

/**
 * What stands on standard input: a person's keyboard, a pipe of a shell, a socket (which programs such as Node give
 * their children by default, and seldom use), a file, or nothing that holds text.
 */
export type InputKind = "keyboard" | "pipe" | "socket" | "file" | "none";

/** A stream that has no number is a test's, and as good as a pipe. */
export function kindOfInput(stdin: NodeJS.ReadStream): InputKind {
  if (stdin.isTTY === true) return "keyboard";
  const { fd } = stdin as { fd?: number };
  if (typeof fd !== "number") return "pipe";
  const stat = statOf(fd);
  if (stat === undefined) return "none";
  if (stat.isFIFO()) return "pipe";
  if (stat.isSocket()) return "socket";
  return stat.isFile() ? "file" : "none";
}

/**
 * Whether a file on standard input is as nobody read from it: `while read` has taken a line from the one that it shares
 * with the commands of its loop. Only Linux tells.
 */
export function isUnread(stdin: NodeJS.ReadStream): boolean {
  const { fd } = stdin as { fd?: number };
  try {
    const position = /^pos:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"))?.[1];
    return position === "0" && (statOf(fd ?? -1)?.size ?? 0) > 0;
  } catch {
    return false;
  }
}

function statOf(fd: number): Stats | undefined {
  try {
    return fstatSync(fd);
  } catch {
    return undefined; // closed
  }
}

export interface ReadStreamOptions {
  readonly signal: AbortSignal;
  readonly maxBytes: number;
  /** What is read, as a sentence may begin with it. */
  readonly name: string;
  /** Milliseconds to wait for a first byte or the end; by default for ever. */
  readonly patience?: number | undefined;
}

/**
 * All bytes up to the end of a stream; undefined where nothing came while it was waited for.
 * @throws LlamaError `format` for more than `maxBytes`, `unreadable`; the signal's reason when aborted
 */
export async function readStream(stream: Readable, options: ReadStreamOptions): Promise<Uint8Array | undefined> {
  const { signal, maxBytes, name, patience } = options;
  signal.throwIfAborted();
  const chunks: Uint8Array[] = [];
  let size = 0;
  let leave: (() => void) | undefined;
  try {
    return await new Promise<Uint8Array | undefined>((resolve, reject) => {
      const onData = (chunk: Uint8Array | string) => {
        clearTimeout(timer);
        const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
        size += bytes.length;
        chunks.push(bytes);
        if (size > maxBytes) reject(tooLong(name, undefined, maxBytes));
      };
      const onEnd = () => resolve(Buffer.concat(chunks));
      const onError = (cause: Error) =>
        reject(new LlamaError("unreadable", `${name} cannot be read: ${reasonOf(cause)}.`, { cause }));
      const onAbort = () => reject(signal.reason);
      const timer = patience === undefined ? undefined : setTimeout(() => resolve(undefined), patience);
      leave = () => {
        clearTimeout(timer);
        stream.off("data", onData).off("end", onEnd).off("close", onEnd).off("error", onError);
        signal.removeEventListener("abort", onAbort);
      };
      signal.addEventListener("abort", onAbort, { once: true });
      stream.on("end", onEnd).on("close", onEnd).on("error", onError).on("data", onData);
      if (stream.readableEnded || stream.destroyed) onEnd();
    });
  } finally {
    leave?.();
    letGo(stream);
  }
}

/** A stream that nobody reads any more does not keep the process alive. */
function letGo(stream: Readable): void {
  stream.pause();
  // What is done to a pipe that breaks later is of no interest.
  stream.on("error", () => undefined);
  (stream as { unref?: () => void }).unref?.();
}
