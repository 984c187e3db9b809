import { LlamaError, printableJson } from "../../errors.js";
import { checkToolChoice, checkTools, type ToolChoice } from "../../tools/tool.js";
import { checkRunnable, type Tool } from "./tool.js";

/** The functions that a model may call for an answer. */
export interface ToolOptions {
  /** Called with arguments that their schemas allow; what they give is told to the model, until it answers. */
  readonly tools?: readonly Tool[] | undefined;
  /**
   * Whether and what the model is to call first: `auto`, the default, as it likes; `required`, at least one; `none`;
   * or the tool of a name.
   */
  readonly toolChoice?: ToolChoice | undefined;
  /** Whether several may be called at once; by default they may, where the model has a way to. */
  readonly parallelToolCalls?: boolean | undefined;
  /** After so many rounds of calls, by default 8, the model has to answer. */
  readonly maxToolRounds?: number | undefined;
  /** Whether the model is told of an error in a tool, the default, or it is thrown. */
  readonly toolErrors?: "tell" | "throw" | undefined;
}

/** Tool options, all given. */
export interface ToolUse {
  readonly tools: readonly Tool[];
  readonly choice: ToolChoice;
  readonly parallel: boolean;
  readonly maxRounds: number;
  readonly errors: "tell" | "throw";
}

const DEFAULT_ROUNDS = 8;

/**
 * How tools are used; undefined where there are none.
 * @throws LlamaError `option` for options that are wrong, or of no use without tools
 */
export function toolUseOf(options: ToolOptions): ToolUse | undefined {
  const { tools = [], toolChoice, parallelToolCalls, maxToolRounds, toolErrors } = options;
  checkRunnable(tools);
  if (maxToolRounds !== undefined && !(Number.isSafeInteger(maxToolRounds) && maxToolRounds >= 1)) {
    throw wrong("maxToolRounds", "a whole number from 1", maxToolRounds);
  }
  if (toolErrors !== undefined && toolErrors !== "tell" && toolErrors !== "throw") {
    throw wrong("toolErrors", '"tell" or "throw"', toolErrors);
  }
  if (parallelToolCalls !== undefined && typeof parallelToolCalls !== "boolean") {
    throw wrong("parallelToolCalls", "true or false", parallelToolCalls);
  }
  if (tools.length === 0) {
    const others = Object.entries({ toolChoice, parallelToolCalls, maxToolRounds, toolErrors });
    const given = others.find(([, value]) => value !== undefined);
    if (given === undefined) return undefined;
    throw new LlamaError("option", `${given[0]} was given without tools; give tools, or leave it out.`);
  }
  checkToolChoice(toolChoice ?? "auto", checkTools(tools));
  return {
    tools,
    choice: toolChoice ?? "auto",
    parallel: parallelToolCalls ?? true,
    maxRounds: maxToolRounds ?? DEFAULT_ROUNDS,
    errors: toolErrors ?? "tell",
  };
}

function wrong(name: string, expected: string, found: unknown): LlamaError {
  return new LlamaError("option", `${name} must be ${expected} (got ${printableJson(found)}).`);
}
