import { LlamaError } from "../../errors.js";
import { AtomicFile } from "../../files/atomic-file.js";
import { shownPath } from "../../files/failure.js";
import { readTextFile } from "../../files/text.js";
import { type ChatMessage, checkMessages, inWords, wellFormed } from "../message.js";
import { parseBoundedJson } from "./bounded-json.js";

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
const WHAT = "a saved conversation";
/** No conversation of text is longer. */
const MAX_BYTES = 64 << 20;
/** Three a message. */
const MAX_VALUES = 1 << 20;
/** For the owner alone: what people say to a model is theirs. */
export const PRIVATE = 0o600;

/** @throws LlamaError `unwritable` */
export function writeTranscript(path: string, { system, messages, droppedExchanges }: Transcript): void {
  const contents = { format: FORMAT, version: VERSION, system, droppedExchanges, messages };
  const file = new AtomicFile(path, { mode: PRIVATE, force: true });
  try {
    file.write(Buffer.from(`${JSON.stringify(contents, undefined, 2)}\n`));
    file.commit();
  } finally {
    file.discard();
  }
}

/** @throws LlamaError `not-found`, `unreadable`, and `format` for anything but a conversation */
export function readTranscript(path: string): Transcript {
  const contents = parse(readTextFile(path, WHAT, MAX_BYTES), path);
  if (contents["format"] !== FORMAT) throw damaged(path, "is not a saved conversation");
  const version = contents["version"];
  if (version !== VERSION) {
    throw damaged(path, `has ${inWords(version)} as the version of its format (expected ${VERSION})`);
  }
  const { system, droppedExchanges } = contents;
  if (system !== undefined && typeof system !== "string") throw damaged(path, "has a system prompt that is not text");
  const messages = checkMessages(contents["messages"], `The messages in ${shownPath(path)}`, "format");
  if (messages[0]?.role === "system") throw damaged(path, "has its system prompt among the messages");
  if (!Number.isInteger(droppedExchanges) || (droppedExchanges as number) < 0) {
    throw damaged(path, "does not say how many exchanges were dropped");
  }
  return { system: system && wellFormed(system), messages, droppedExchanges: droppedExchanges as number };
}

function parse(text: string, path: string): Record<string, unknown> {
  try {
    const value = parseBoundedJson(text, MAX_VALUES);
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch (error) {
    throw damaged(path, error instanceof SyntaxError ? "is not valid JSON" : "is not a saved conversation", error);
  }
  throw damaged(path, "is not a saved conversation");
}

function damaged(path: string, what: string, cause?: unknown): LlamaError {
  return new LlamaError("format", `${shownPath(path)} ${what}; choose another file.`, { cause });
}
