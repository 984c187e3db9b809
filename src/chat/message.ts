import { LlamaError, type LlamaErrorCode, printable } from "../errors.js";
import { kindOf } from "../options.js";

/** Who says something in a chat. */
export type ChatRole = "system" | "user" | "assistant";

/** What somebody said. */
export interface ChatMessage {
  readonly role: ChatRole;
  readonly content: string;
}

/**
 * A conversation as it may be given or stored: perhaps a system prompt, then messages of the user and the assistant in
 * turn, the user's first.
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
    const { role, content } = message as Record<string, unknown>;
    if (role !== "system" && role !== "user" && role !== "assistant") {
      throw wrong(`${which} has the role ${inWords(role)}`);
    }
    if (typeof content !== "string") throw wrong(`${which} has ${inWords(content)} as its content, not text`);
    return { role, content: wellFormed(content) };
  });
  const turns = checked[0]?.role === "system" ? checked.slice(1) : checked;
  turns.forEach(({ role }, index) => {
    const expected = index % 2 === 0 ? "user" : "assistant";
    if (role !== expected) throw wrong(`${what}: found a message from the ${role} where the ${expected}'s turn is`);
  });
  return checked;
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
