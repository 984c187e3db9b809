import type { ChatMessage } from "../../chat/message.js";
import { isObject } from "../../json-object.js";
import { readMessages } from "../chat/messages.js";
import { wrongField } from "../failure.js";
import { refuseOthers } from "../request/fields.js";

/**
 * `input` and `instructions` of OpenAI's responses API as the messages of a chat: a text, or items that are messages,
 * calls and what calls gave.
 * @throws RequestFailure with the item that is wrong
 */
export function readInput(input: unknown, instructions: string | undefined): ChatMessage[] {
  const system = instructions === undefined ? [] : [{ role: "system", content: instructions }];
  if (typeof input === "string") return readMessages([...system, { role: "user", content: input }]);
  if (!Array.isArray(input) || input.length === 0) {
    throw wrongField("input", "input must be a text or a list of items.");
  }
  const messages: Record<string, unknown>[] = [...system];
  for (const [index, item] of (input as unknown[]).entries()) addItem(messages, item, `input[${index}]`);
  return readMessages(messages);
}

/** Members of items by their types; ids and states are those of whoever keeps responses. */
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  message: ["type", "id", "status", "role", "content", "phase"],
  function_call: ["type", "id", "status", "call_id", "name", "arguments"],
  function_call_output: ["type", "id", "status", "call_id", "output"],
};

function addItem(messages: Record<string, unknown>[], item: unknown, place: string): void {
  const { type = "message", ...fields } = isObject(item) ? item : { type: "nothing" };
  const known = typeof type === "string" && Object.hasOwn(MEMBERS, type) ? MEMBERS[type] : undefined;
  if (known !== undefined) refuseOthers(fields, known, place);
  if (type === "message") messages.push({ role: fields["role"], content: fields["content"] });
  else if (type === "function_call") {
    const { call_id: id, name, arguments: written } = fields;
    const call = { id, type: "function", function: { name, arguments: written } };
    const last = messages.at(-1);
    // Calls of one answer are items of their own here, and one message there.
    if (last?.["role"] === "assistant")
      last["tool_calls"] = [...((last["tool_calls"] as unknown[] | undefined) ?? []), call];
    else messages.push({ role: "assistant", content: "", tool_calls: [call] });
  } else if (type === "function_call_output") {
    messages.push({ role: "tool", tool_call_id: fields["call_id"], content: fields["output"] });
  } else {
    throw wrongField(place, `${place} must be a message, a function_call or a function_call_output.`);
  }
}
