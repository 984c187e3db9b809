import { type CheckedTool, checkTools, type JsonObject, type ToolDescription } from "./tool.js";

/** A tool as chat templates and servers have it. */
export interface FunctionTool {
  readonly type: "function";
  readonly function: { readonly name: string; readonly description: string; readonly parameters: JsonObject };
}

/**
 * The tools as chat templates take them in their variable `tools`.
 * @throws LlamaError as `toolGrammar`
 */
export function functionTools(tools: readonly ToolDescription[]): readonly FunctionTool[] {
  return checkTools(tools).map(asFunction);
}

/**
 * What a model is told of its tools where its template has no place for them: the end of the system prompt, for the
 * `generic` format.
 * @throws LlamaError as `toolGrammar`
 */
export function toolInstructions(tools: readonly ToolDescription[]): string {
  return instructionsFor(functionTools(tools));
}

/** {@link toolInstructions} of tools that were checked. */
export function instructionsFor(tools: readonly FunctionTool[]): string {
  const list = tools.map((tool) => JSON.stringify(tool.function));
  return [
    "You can call functions:",
    ...list,
    "Answer with a JSON object.",
    'To call functions: {"tool_calls": [{"name": "function_name", "arguments": {"argument_name": "value"}}]}',
    'Their results come as {"tool_results": [{"name": "function_name", "result": "text"}]}.',
    'To say something: {"response": "text"}',
  ].join("\n");
}

function asFunction({ name, description = "", parameters }: CheckedTool): FunctionTool {
  return { type: "function", function: { name, description, parameters } };
}
