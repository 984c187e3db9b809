import { isObject } from "../../json-object.js";
import { wrongField } from "../failure.js";

/**
 * Messages of ollama as OpenAI's API has them: calls get the ids that they have none of, and what a tool answered
 * belongs to the calls before it, by its name if it has one, in their order otherwise.
 * @throws RequestFailure with the message that is wrong
 */
export function withCallIds(found: unknown): unknown {
  if (!Array.isArray(found)) return found;
  let calls = 0;
  let open: { id: string; name: unknown }[] = [];
  return (found as unknown[]).map((message, index) => {
    if (!isObject(message)) return message;
    const { images, tool_name: toolName, tool_calls: made, thinking: _, ...others } = message;
    if (Array.isArray(images) && images.length > 0) {
      throw wrongField(`messages[${index}].images`, `messages[${index}] has pictures, which models here do not read.`);
    }
    if (message["role"] === "tool") {
      const place = open.findIndex(({ name }) => toolName === undefined || name === toolName);
      const [call] = open.splice(Math.max(0, place), place < 0 ? 0 : 1);
      const given = typeof others["tool_call_id"] === "string" ? others["tool_call_id"] : undefined;
      return { ...others, tool_call_id: given ?? call?.id ?? `call_${calls++}` };
    }
    if (!Array.isArray(made) || made.length === 0) return others;
    const named = (made as unknown[]).map((call) => {
      if (!isObject(call)) return call;
      const id = typeof call["id"] === "string" && call["id"] !== "" ? call["id"] : `call_${calls++}`;
      return { ...call, id, name: isObject(call["function"]) ? call["function"]["name"] : undefined };
    });
    open = named.filter((call): call is { id: string; name: unknown } => isObject(call));
    return { ...others, tool_calls: named };
  });
}
