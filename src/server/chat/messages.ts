import { type ChatMessage, type ChatToolCall, wellFormed } from "../../chat/message.js";
import { isObject } from "../../json-object.js";
import { type RequestFailure, wrongField } from "../failure.js";
import { refuseOthers } from "../request/fields.js";

const ROLES = { system: "system", developer: "system", user: "user", assistant: "assistant", tool: "tool" } as const;

/** What clients send back of an answer makes no difference: names, notes, and what was thought aloud before it. */
const MEMBERS = {
  every: ["role", "content", "name", "refusal", "annotations", "reasoning", "reasoning_content"],
  assistant: ["tool_calls"],
  tool: ["tool_call_id"],
};

/** More than any conversation has that fits a context. */
const MAX_MESSAGES = 10_000;

/**
 * The messages of OpenAI's chat API as templates take them. A content of parts is joined; parts that are no text are
 * refused.
 * @throws RequestFailure with the message that is wrong
 */
export function readMessages(found: unknown): ChatMessage[] {
  if (!Array.isArray(found) || found.length === 0) throw wrongField("messages", "messages must be a list of messages.");
  if (found.length > MAX_MESSAGES) {
    throw wrongField("messages", `messages has ${found.length} messages; give at most ${MAX_MESSAGES}.`);
  }
  return (found as unknown[]).map(readMessage);
}

function readMessage(message: unknown, index: number): ChatMessage {
  const place = `messages[${index}]`;
  if (!isObject(message)) throw wrongField(place, `${place} must be an object with role and content.`);
  const { role: name, content: written, tool_calls: calls, tool_call_id: callId } = message;
  if (typeof name !== "string" || !Object.hasOwn(ROLES, name)) {
    throw wrongField(`${place}.role`, `${place}.role must be one of ${Object.keys(ROLES).join(", ")}.`);
  }
  const role = ROLES[name as keyof typeof ROLES];
  const own = role === "assistant" || role === "tool" ? MEMBERS[role] : [];
  refuseOthers(message, [...MEMBERS.every, ...own], place);
  const content = wellFormed(textOf(written, place, role === "assistant" && calls !== undefined));
  if (role === "tool") {
    if (typeof callId !== "string") throw wrongField(`${place}.tool_call_id`, `${place} has no tool_call_id.`);
    return { role, content, toolCallId: callId };
  }
  if (calls === undefined || calls === null || role !== "assistant") return { role, content };
  if (!Array.isArray(calls)) throw wrongField(`${place}.tool_calls`, `${place}.tool_calls must be a list.`);
  const toolCalls = (calls as unknown[]).map((call) => readCall(call, `${place}.tool_calls`));
  return toolCalls.length === 0 ? { role, content } : { role, content, toolCalls };
}

function textOf(content: unknown, place: string, mayBeAbsent: boolean): string {
  if (typeof content === "string") return content;
  if ((content === null || content === undefined) && mayBeAbsent) return "";
  const wrong = (found: string) => wrongField(`${place}.content`, `${place}.content must be text (${found}).`);
  if (!Array.isArray(content)) throw wrong("it is neither a string nor a list of parts");
  return (content as unknown[])
    .map((part) => {
      if (
        isObject(part) &&
        typeof part["text"] === "string" &&
        /^(?:input_|output_)?text$/.test(String(part["type"]))
      ) {
        return part["text"];
      }
      throw wrong("models here read neither pictures nor sounds");
    })
    .join("");
}

function readCall(call: unknown, place: string): ChatToolCall {
  const wrong = (): RequestFailure =>
    wrongField(place, `${place} must have calls with id and function: { name, arguments }, the arguments as JSON.`);
  if (!isObject(call) || typeof call["id"] !== "string" || !isObject(call["function"])) throw wrong();
  const { name, arguments: written } = call["function"];
  if (typeof name !== "string") throw wrong();
  const values = typeof written === "string" ? parsed(written) : written;
  if (!isObject(values)) throw wrong();
  return { id: call["id"], name, arguments: values };
}

/** @returns undefined where it is no JSON; models write an empty text for no arguments */
function parsed(text: string): unknown {
  if (text.trim() === "") return {};
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
