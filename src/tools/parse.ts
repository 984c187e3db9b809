import { AnswerError, printable, printableJson } from "../errors.js";
import { isAllowed } from "./arguments.js";
import { type CallReader, readerOf } from "./call-readers.js";
import { factsOf, type ToolFormat } from "./format.js";
import { type CheckedTool, checkTools, type ToolDescription } from "./tool.js";

/** A call as a model wrote it. */
export interface ParsedToolCall {
  /** Undefined where the model gave none, as most do not. */
  readonly id: string | undefined;
  readonly name: string;
  /** As they are written: JSON, or the beginning of it where the call is not whole. */
  readonly argumentsText: string;
  /** Their value; undefined where the call is not whole. */
  readonly arguments: unknown;
  /** Whether the call has come to its end. */
  readonly isWhole: boolean;
}

/** What an answer is made of. */
export interface ParsedAnswer {
  /** What is said besides the calls. */
  readonly content: string;
  readonly calls: readonly ParsedToolCall[];
}

/** How an answer is read. */
export interface ParseToolOptions {
  /**
   * Whether the text is the beginning of an answer that goes on. Then the last call may have come in part, once its
   * name is known; a longer beginning only ever adds to the content and to the arguments' texts.
   */
  readonly partial?: boolean | undefined;
  /** Whether what is no call was held to a schema: the content is JSON then. */
  readonly json?: boolean | undefined;
}

/**
 * Divides an answer into what is said and what is called.
 * @param tools those that the model was told of; with none everything is said
 * @throws AnswerError where a function is called that is not among them, arguments are not what their schema allows, or
 *   a call is cut off or badly written; `option` and `grammar` as `toolGrammar`
 */
export function parseToolCalls(
  text: string,
  format: ToolFormat,
  tools: readonly ToolDescription[],
  options: ParseToolOptions = {},
): ParsedAnswer {
  factsOf(format);
  return parseCheckedCalls(text, format, checkTools(tools), options);
}

/** {@link parseToolCalls} of tools that were checked, as an answer's are that is parsed again with every piece. */
export function parseCheckedCalls(
  text: string,
  format: ToolFormat,
  checked: readonly CheckedTool[],
  { partial = false, json = false }: ParseToolOptions,
): ParsedAnswer {
  if (checked.length === 0) return { content: text, calls: [] };
  const reader = readerOf(format, json);
  const { content, calls, isWhole } = read(reader, text, partial);
  if (!partial && !isWhole) {
    const what = calls.length === 0 ? "a call" : `a call of "${printable(calls.at(-1)?.name ?? "")}"`;
    throw new AnswerError(`The answer was cut off within ${what}; raise maxTokens.`, text);
  }
  return {
    content,
    calls: calls.map(({ id, name, argumentsText, isWhole }) => {
      const tool = checked.find((candidate) => candidate.name === name);
      if (tool === undefined) throw unknownTool(name, checked, text);
      const value = isWhole ? readArguments(tool, argumentsText, text) : undefined;
      return { id, name, argumentsText, arguments: value, isWhole };
    }),
  };
}

function read(reader: CallReader, text: string, partial: boolean) {
  try {
    return reader(text, partial);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new AnswerError(`The model wrote a call that cannot be read: ${printable(error.message, 200)}.`, text);
  }
}

/** @throws AnswerError where they are not JSON, or the schema refuses them */
function readArguments(tool: CheckedTool, written: string, text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(written);
  } catch {
    throw new AnswerError(`The model called "${tool.name}" with arguments that are not JSON.`, text);
  }
  if (isAllowed(tool.parameters, value, written)) return value;
  throw new AnswerError(
    `The model called "${tool.name}" with arguments that its schema does not allow: ${printableJson(value, 200)}.`,
    text,
  );
}

function unknownTool(name: string, tools: readonly CheckedTool[], text: string): AnswerError {
  const names = tools.map((tool) => tool.name).join(", ");
  return new AnswerError(`The model called "${printable(name)}", which is none of its tools: ${names}.`, text);
}
