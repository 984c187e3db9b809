import { LlamaError, printable } from "../../errors.js";
import { AtomicFile } from "../../files/atomic-file.js";
import { FileSource } from "../../files/source.js";
import { type ChatMessage, checkMessages, wellFormed } from "../message.js";

/** A conversation as it is kept in a file. */
export interface Transcript {
  readonly system: string | undefined;
  /** Of the user and the assistant in turn. */
  readonly messages: readonly ChatMessage[];
  /** Exchanges at the beginning that the prompt leaves out. */
  readonly droppedExchanges: number;
}

/**
 * ```
 * {
 *   "format": "llama2 chat", "version": 1, "system": "Be brief.", "droppedExchanges": 0,
 *   "messages": [{ "role": "user", "content": "Hi" }, { "role": "assistant", "content": "Hello!" }]
 * }
 * ```
 */
const FORMAT = "llama2 chat";
const VERSION = 1;
const WHAT = "a conversation that was saved";
/** No conversation of text is longer. */
const MAX_BYTES = 64 << 20;
/** For the owner alone: what people say to a model is theirs. */
export const PRIVATE = 0o600;

/** @throws LlamaError `unwritable` */
export function writeTranscript(path: string, { system, messages, droppedExchanges }: Transcript): void {
  const contents = { format: FORMAT, version: VERSION, system, droppedExchanges, messages };
  const file = new AtomicFile(path, PRIVATE);
  try {
    file.write(Buffer.from(`${JSON.stringify(contents, undefined, 2)}\n`));
    file.commit();
  } finally {
    file.discard();
  }
}

/** @throws LlamaError `not-found`, `unreadable`, and `format` for anything but a conversation */
export function readTranscript(path: string): Transcript {
  const contents = parse(readText(path), path);
  if (contents["format"] !== FORMAT) throw damaged(path, "is no conversation of this program");
  const version = contents["version"];
  if (version !== VERSION) {
    throw damaged(path, `has version ${printable(String(version))} of its format, and ${VERSION} was wanted`);
  }
  const { system, droppedExchanges } = contents;
  if (system !== undefined && typeof system !== "string") throw damaged(path, "has a system prompt that is no text");
  const messages = checkMessages(contents["messages"], `The messages in ${printable(path, 256)}`, "format");
  if (messages[0]?.role === "system") throw damaged(path, "has its system prompt among the messages");
  if (!Number.isInteger(droppedExchanges) || (droppedExchanges as number) < 0) {
    throw damaged(path, "does not say how many exchanges were dropped");
  }
  return { system: system && wellFormed(system), messages, droppedExchanges: droppedExchanges as number };
}

function readText(path: string): string {
  const source = new FileSource(path, WHAT);
  try {
    if (source.size > MAX_BYTES) throw damaged(path, `has ${source.size} bytes, and ${MAX_BYTES} are the limit`);
    const bytes = new Uint8Array(source.size);
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, source.read(bytes, 0)));
  } catch (error) {
    throw error instanceof LlamaError ? error : damaged(path, "is no UTF-8 text", error);
  } finally {
    source.close();
  }
}

function parse(text: string, path: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch (error) {
    throw damaged(path, "is no JSON", error);
  }
  throw damaged(path, "is no conversation of this program");
}

function damaged(path: string, what: string, cause?: unknown): LlamaError {
  return new LlamaError("format", `${printable(path, 256)} ${what}; give the path of ${WHAT}.`, { cause });
}
