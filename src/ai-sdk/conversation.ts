import { type ChatMessage, type ChatToolCall, checkMessages } from "../chat/message.js";
import { LlamaError, printableJson } from "../errors.js";
import type { PromptMessage, PromptPart } from "./specification.js";

/**
 * A prompt of the AI SDK as a conversation that chat templates write: messages of one role that follow one another are
 * one, calls have ids that count up, and results stand in the order of the calls.
 * @throws LlamaError `unsupported` for files and what else is no text, `option` where the messages are no conversation
 */
export function conversationOf(prompt: readonly PromptMessage[]): readonly ChatMessage[] {
  const messages: ChatMessage[] = [];
  const ids = new Map<string, string>();
  const system = prompt.flatMap((message) => (message.role === "system" ? [message.content] : []));
  if (system.length > 0) messages.push({ role: "system", content: system.join("\n\n") });
  for (const message of prompt) {
    if (message.role === "tool") messages.push(...resultsOf(message.content, messages.at(-1)?.toolCalls, ids));
    else if (message.role !== "system") add(messages, message.role, message.content, ids);
  }
  const last = messages.at(-1)?.role;
  if (last !== "user" && last !== "tool") {
    throw new LlamaError("option", "The last message must be one of the user or of a tool, for it is answered.");
  }
  return checkMessages(messages, "The messages");
}

/** How many calls a conversation has. */
export function callCount(messages: readonly ChatMessage[]): number {
  return messages.reduce((sum, { toolCalls = [] }) => sum + toolCalls.length, 0);
}

/** The id of a conversation's call by its number, from 0: nine letters and digits, as templates of Mistral want. */
export function callId(number: number): string {
  return `call${String(number + 1).padStart(5, "0")}`;
}

function add(
  messages: ChatMessage[],
  role: "user" | "assistant",
  parts: readonly PromptPart[],
  ids: Map<string, string>,
): void {
  const content = parts.flatMap((part) => textOf(part, role)).join("");
  const before = messages.at(-1);
  const calls: ChatToolCall[] = parts.flatMap((part) => {
    if (part.type !== "tool-call") return [];
    const id = callId(ids.size);
    ids.set(part.toolCallId, id);
    return [{ id, name: part.toolName, arguments: part.input as ChatToolCall["arguments"] }];
  });
  const isJoined = before?.role === role && before.toolCalls === undefined;
  if (isJoined) messages.pop();
  const whole = isJoined ? [before.content, content].filter((text) => text !== "").join("\n\n") : content;
  messages.push(calls.length === 0 ? { role, content: whole } : { role, content: whole, toolCalls: calls });
}

function textOf(part: PromptPart, role: string): string[] {
  if (part.type === "text") return [part.text];
  // What a model thought is not told it again, as no template does.
  if (part.type === "reasoning" || part.type === "tool-call") return [];
  throw unsupported(part.type, role);
}

/** Results in the order of the calls that they answer. */
function resultsOf(
  parts: readonly PromptPart[],
  calls: readonly ChatToolCall[] = [],
  ids: ReadonlyMap<string, string>,
): ChatMessage[] {
  const results = new Map<string, string>();
  for (const part of parts) {
    if (part.type !== "tool-result") throw unsupported(part.type, "tool");
    results.set(ids.get(part.toolCallId) ?? part.toolCallId, resultOf(part.output));
  }
  const order = [...calls.map(({ id }) => id), ...results.keys()];
  return [...new Set(order)].flatMap((id) => {
    const content = results.get(id);
    return content === undefined ? [] : [{ role: "tool", content, toolCallId: id }];
  });
}

type Output = Extract<PromptPart, { type: "tool-result" }>["output"];

function resultOf({ type, value, reason }: Output): string {
  switch (type) {
    case "text":
      return String(value);
    case "json":
      return JSON.stringify(value);
    case "error-text":
      return `Error: ${String(value)}`;
    case "error-json":
      return `Error: ${JSON.stringify(value)}`;
    case "execution-denied":
      return `Error: ${reason ?? "the user did not allow it"}`;
    case "content":
      return contentOf(value);
    default:
      throw unsupported(type, "tool");
  }
}

function contentOf(value: unknown): string {
  const parts = Array.isArray(value) ? (value as { type?: unknown; text?: unknown }[]) : [];
  const other = parts.find(({ type }) => type !== "text");
  if (other !== undefined) throw unsupported(String(other.type), "tool");
  return parts.map(({ text }) => String(text)).join("\n");
}

function unsupported(type: string, role: string): LlamaError {
  return new LlamaError("unsupported", `A message of the ${role} has a part ${printableJson(type)}; models read text.`);
}
