import { type FunctionTool, instructionsFor } from "../../tools/instructions.js";
import type { ChatMessage } from "../message.js";

/**
 * A conversation with tools for templates that have no place for them: what there is to call is said at the end of the
 * system prompt, calls are what the assistant says, and results are what the user says next.
 */
export function withToolsAsText(
  messages: readonly ChatMessage[],
  tools: readonly FunctionTool[],
): readonly ChatMessage[] {
  const [first] = messages;
  const system = first?.role === "system" ? first.content : "";
  const turns = inTurn(first?.role === "system" ? messages.slice(1) : messages);
  const told = tools.length === 0 ? "" : instructionsFor(tools);
  const content = [system, told].filter((text) => text !== "").join("\n\n");
  return content === "" ? turns : [{ role: "system", content }, ...turns];
}

/** User and assistant in turn. */
function inTurn(messages: readonly ChatMessage[]): ChatMessage[] {
  const turns: ChatMessage[] = [];
  let names = new Map<string, string>();
  let results: unknown[] = [];
  for (const { role, content, toolCalls, toolCallId } of messages) {
    if (role === "tool") {
      results.push({ name: names.get(toolCallId ?? ""), result: content });
      if (results.length === names.size) turns.push(asText("user", { tool_results: results }));
    } else if (toolCalls === undefined) turns.push({ role, content });
    else {
      names = new Map(toolCalls.map(({ id, name }) => [id, name]));
      results = [];
      turns.push(asText("assistant", { tool_calls: toolCalls.map(({ id: _, ...call }) => call) }));
    }
  }
  return turns;
}

function asText(role: "user" | "assistant", value: unknown): ChatMessage {
  return { role, content: JSON.stringify(value) };
}
