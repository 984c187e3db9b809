import { LlamaError, type LlamaErrorCode, printable } from "../errors.js";
import { isObject } from "../json-object.js";
import { kindOf } from "../options.js";
import { mapTexts } from "./json-texts.js";

/** Who says something in a chat. */
export type ChatRole = "system" | "user" | "assistant" | "tool";

/** What somebody said. */
export interface ChatMessage {
  readonly role: ChatRole;
  readonly content: string;
  /** The functions that an assistant calls; a message of a tool for each of them follows. */
  readonly toolCalls?: readonly ChatToolCall[] | undefined;
  /** The call that a tool's message answers. */
  readonly toolCallId?: string | undefined;
}

/** A function that was called. */
export interface ChatToolCall {
  /** Its own in the conversation. */
  readonly id: string;
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/**
 * A conversation as it may be given or stored: perhaps a system prompt, then messages of the user and the assistant in
 * turn, the user's first. Where the assistant calls functions, the tools' answers follow in order, then it goes on.
 * @throws LlamaError of the code where it is something else; `what` names it in the sentence
 */
export function checkMessages(messages: unknown, what: string, code: LlamaErrorCode = "option"): ChatMessage[] {
  const wrong = (found: string) =>
    new LlamaError(
      code,
      `${found}; expected {role, content} objects: an optional system prompt, then user and assistant in turn.`,
    );
  if (!Array.isArray(messages)) throw wrong(`${what} are not a list`);
  const checked = messages.map((message: unknown, index): ChatMessage => {
    const which = `${what}: number ${index + 1}`;
    if (typeof message !== "object" || message === null) throw wrong(`${which} is ${inWords(message)}`);
    const { role, content, toolCalls, toolCallId } = message as Record<string, unknown>;
    if (role !== "system" && role !== "user" && role !== "assistant" && role !== "tool") {
      throw wrong(`${which} has the role ${inWords(role)}`);
    }
    if (typeof content !== "string") throw wrong(`${which} has ${inWords(content)} as its content, not text`);
    const said: ChatMessage = { role, content: wellFormed(content) };
    if (role === "tool") {
      if (typeof toolCallId !== "string") throw wrong(`${which} has ${inWords(toolCallId)} as the id of its call`);
      return { ...said, toolCallId };
    }
    if (role !== "assistant" || toolCalls === undefined) return said;
    if (!isCalls(toolCalls)) throw wrong(`${which} has calls that are not a list of {id, name, arguments}`);
    return { ...said, toolCalls: mapTexts(toolCalls, wellFormed) };
  });
  const wanted = turnsOf(checked[0]?.role === "system" ? checked.slice(1) : checked);
  if (wanted !== undefined) throw wrong(`${what}: found a message from the ${wanted.found} where ${wanted.turn} is`);
  return checked;
}

/** Calls with ids of their own, of which there is at least one. */
function isCalls(calls: unknown): calls is ChatToolCall[] {
  if (!Array.isArray(calls) || calls.length === 0) return false;
  const isCall = (call: unknown) => {
    if (typeof call !== "object" || call === null) return false;
    const { id, name, arguments: values } = call as Record<string, unknown>;
    return typeof id === "string" && typeof name === "string" && isObject(values);
  };
  return calls.every(isCall) && new Set(calls.map(({ id }: ChatToolCall) => id)).size === calls.length;
}

/** The first message out of turn, and whose turn it was; undefined where all are in theirs. */
function turnsOf(turns: readonly ChatMessage[]): { found: string; turn: string } | undefined {
  /** Calls that have no answer yet. */
  let open: readonly ChatToolCall[] = [];
  let next: ChatRole = "user";
  for (const { role, toolCalls = [], toolCallId } of turns) {
    if (open.length > 0) {
      const [first] = open;
      if (role !== "tool" || toolCallId !== first?.id) return { found: role, turn: "the answer to a call" };
      open = open.slice(1);
      continue;
    }
    if (role !== next) return { found: role, turn: `the ${next}'s turn` };
    open = toolCalls;
    next = role === "user" || toolCalls.length > 0 ? "assistant" : "user";
  }
  return open.length > 0 ? { found: "end", turn: "the answer to a call" } : undefined;
}

/** @throws LlamaError `option` where what a caller says is not text; `what` names the method that takes it */
export function requireText(text: unknown, what: string): void {
  if (typeof text !== "string") throw new LlamaError("option", `${what} expects a text (got ${kindOf(text)}).`);
}

/** A value of any kind, for a sentence: from a file it may be anything, and show itself as anything. */
export function inWords(value: unknown): string {
  if (typeof value === "string") return `"${printable(value)}"`;
  if (value === undefined) return "nothing";
  if (value === null || typeof value === "number" || typeof value === "boolean") return String(value);
  return kindOf(value);
}

/** Text in which every surrogate has its other half: anything else has no UTF-8, and so no tokens. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, "\ufffd");
}
