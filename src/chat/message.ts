import { LlamaError, type LlamaErrorCode, printable } from "../errors.js";

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
      `${found}; wanted is {role, content}, after an optional system prompt user and assistant in turn.`,
    );
  if (!Array.isArray(messages)) throw wrong(`${what} are no list`);
  const checked = messages.map((message: unknown, index): ChatMessage => {
    const { role, content } = (message ?? {}) as Record<string, unknown>;
    const which = `${what}: number ${index + 1}`;
    if (role !== "system" && role !== "user" && role !== "assistant") {
      throw wrong(`${which} has the role "${printable(String(role))}"`);
    }
    if (typeof content !== "string") throw wrong(`${which} has no text as its content`);
    return { role, content: wellFormed(content) };
  });
  const turns = checked[0]?.role === "system" ? checked.slice(1) : checked;
  turns.forEach(({ role }, index) => {
    const wanted = index % 2 === 0 ? "user" : "assistant";
    if (role !== wanted) throw wrong(`${what}: a message of the ${role} stands where one of the ${wanted} was wanted`);
  });
  return checked;
}

/** Text in which every surrogate has its other half: anything else has no UTF-8, and so no tokens. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, "\ufffd");
}
