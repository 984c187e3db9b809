import { LlamaError } from "../../errors.js";
import { checkTools, type ToolDescription } from "../../tools/tool.js";
import type { SchemaValue } from "../../typed/schema.js";

/** What a running tool is told besides its arguments. */
export interface ToolContext {
  /** Of the call, its own in the conversation. */
  readonly callId: string;
  /** The answer's: aborted when nobody waits for the result any more. */
  readonly signal: AbortSignal | undefined;
}

/** A function that a model may call, and what runs then. */
export interface Tool extends ToolDescription {
  /**
   * Gives what the model is told: a text, or a value that becomes JSON.
   * @param values the arguments, as the schema's library makes them
   */
  run(values: unknown, context: ToolContext): unknown;
}

/** A tool whose schema says of what type its arguments are. */
export interface TypedTool<S> extends Omit<ToolDescription, "schema"> {
  /** Of a library that follows Standard Schema, or a JSON Schema; without one there are no arguments. */
  readonly schema?: S;
  /** Gives what the model is told: a text, or a value that becomes JSON; a promise of it, too. */
  run(values: SchemaValue<S>, context: ToolContext): unknown;
}

/**
 * Describes a function that a model may call in `chat.send(text, { tools })`.
 * @throws LlamaError `option` for a name that is none and where `run` is no function, `grammar` for a schema that is
 *   not of an object
 */
export function defineTool<const S>(tool: TypedTool<S>): Tool {
  checkRunnable([tool]);
  return tool;
}

/** @throws LlamaError as {@link defineTool} */
export function checkRunnable(tools: readonly ToolDescription[]): void {
  checkTools(tools);
  for (const tool of tools) {
    if (typeof (tool as Partial<Tool>).run === "function") continue;
    throw new LlamaError("option", `The tool "${tool.name}" has no function run; add one.`);
  }
}
