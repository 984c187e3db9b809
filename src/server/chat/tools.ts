import type { Grammar } from "../../grammar/grammar.js";
import { isObject } from "../../json-object.js";
import type { ToolFormat } from "../../tools/format.js";
import { toolGrammar } from "../../tools/grammar.js";
import { type FunctionTool, functionTools } from "../../tools/instructions.js";
import { type CheckedTool, checkTools, type ToolChoice, type ToolDescription } from "../../tools/tool.js";
import { wrongField } from "../failure.js";
import type { Fields } from "../request/fields.js";
import { refuseOthers, wrongType } from "../request/fields.js";
import type { Served } from "../served.js";

/** The functions that an answer may call. */
export interface ToolWish {
  readonly tools: readonly ToolDescription[];
  readonly choice: ToolChoice;
  readonly parallel: boolean;
}

/** How the answers of a request call functions. */
export interface ToolUse {
  readonly format: ToolFormat;
  readonly tools: readonly CheckedTool[];
  readonly told: readonly FunctionTool[];
  readonly grammar: Grammar | undefined;
}

/** `tools`, `tool_choice` and `parallel_tool_calls` of OpenAI's chat API. @throws RequestFailure */
export function readTools(fields: Fields): ToolWish | undefined {
  const list = fields.list("tools");
  const choice = fields.take("tool_choice");
  const parallel = fields.boolean("parallel_tool_calls");
  if (list === undefined || list.length === 0) {
    if (choice !== undefined && choice !== "none" && choice !== "auto") {
      throw wrongField("tool_choice", "tool_choice asks for a call, but there are no tools.");
    }
    return undefined;
  }
  return { tools: list.map(readTool), choice: readChoice(choice), parallel: parallel ?? true };
}

function readTool(found: unknown): ToolDescription {
  const described = isObject(found) && found["type"] === "function" ? found["function"] : undefined;
  // The responses API has the function's fields beside its type.
  const tool = described ?? (isObject(found) && found["type"] === "function" ? found : undefined);
  if (!isObject(tool) || typeof tool["name"] !== "string") {
    throw wrongType("tools", 'a list of { type: "function", function: { name, description, parameters } }', found);
  }
  // Arguments are always held to their schema, as `strict` has it.
  refuseOthers(tool, ["type", "name", "description", "parameters", "strict"], "tools");
  const { name, description, parameters } = tool;
  return {
    name,
    description: typeof description === "string" ? description : undefined,
    schema: parameters ?? undefined,
  };
}

function readChoice(found: unknown): ToolChoice {
  if (found === undefined) return "auto";
  if (found === "auto" || found === "none" || found === "required") return found;
  if (isObject(found) && found["type"] === "function") {
    const named = isObject(found["function"]) ? found["function"]["name"] : found["name"];
    if (typeof named === "string") return { name: named };
  }
  throw wrongType("tool_choice", '"auto", "none", "required" or { type: "function", function: { name } }', found);
}

/** How this model calls them. @throws LlamaError `option` or `grammar` for tools that are wrong */
export async function toolUse(served: Served, wish: ToolWish): Promise<ToolUse> {
  const { tools, choice, parallel } = wish;
  const told = functionTools(tools);
  const format = await (await served.writer()).toolFormat();
  const vocabulary = served.llama.tokenizer;
  return {
    format,
    tools: checkTools(tools),
    told,
    grammar: toolGrammar(tools, format, choice, { parallel, vocabulary }),
  };
}
