import { LlamaError, printable } from "../errors.js";

/**
 * How a model writes its calls:
 *
 * - `hermes`: `<tool_call>{"name": …, "arguments": {…}}</tool_call>`, of Hermes, Qwen and many more
 * - `mistral`: `[TOOL_CALLS][{"name": …, "arguments": {…}}]`
 * - `functionary-3.1`: `<function=name>{…}</function>`
 * - `llama-3.1`: `{"name": …, "parameters": {…}}` as the whole answer
 * - `generic`: `{"tool_calls": [{"name": …, "arguments": {…}}]}` or `{"response": …}` as the whole answer, for models
 *   that were taught none; they have to be told in the system prompt
 */
export type ToolFormat = "hermes" | "mistral" | "functionary-3.1" | "llama-3.1" | "generic";

/** What the calls of a format are made of. */
export interface FormatFacts {
  /** The text, or the control token, that begins calls; undefined where the answer as a whole is calls or none. */
  readonly trigger: string | undefined;
  /** What a call's arguments are named. */
  readonly argumentsKey: string;
  /** What only templates of models with this format write, all of it. */
  readonly signs: readonly string[];
  /** What templates of other formats write that have the signs too. */
  readonly counterSigns: readonly string[];
}

/** The most telling first. */
export const TOOL_FORMATS: Readonly<Record<ToolFormat, FormatFacts>> = {
  "functionary-3.1": {
    trigger: "<function=",
    argumentsKey: "arguments",
    signs: ["<function=", "</function>"],
    counterSigns: ["<parameter="],
  },
  hermes: {
    trigger: "<tool_call>",
    argumentsKey: "arguments",
    signs: ["<tool_call>", "tools"],
    counterSigns: ["<parameter=", "<function=", "<arg_key>"],
  },
  mistral: {
    trigger: "[TOOL_CALLS]",
    argumentsKey: "arguments",
    signs: ["[TOOL_CALLS]", "[AVAILABLE_TOOLS]"],
    counterSigns: ["[ARGS]"],
  },
  "llama-3.1": {
    trigger: undefined,
    argumentsKey: "parameters",
    signs: ["<|start_header_id|>", "ipython", "tools"],
    counterSigns: [],
  },
  generic: { trigger: undefined, argumentsKey: "arguments", signs: [], counterSigns: [] },
};

/**
 * The format that a chat template's text speaks for; `generic` where it knows no tools, or none of a known format.
 * @param template the source of a Jinja template; undefined where there is none
 */
export function toolFormatOf(template: string | undefined): ToolFormat {
  if (template === undefined) return "generic";
  const formats = Object.entries(TOOL_FORMATS) as [ToolFormat, FormatFacts][];
  const has = (text: string) => template.includes(text);
  const found = formats.find(([, { signs, counterSigns }]) => signs.every(has) && !counterSigns.some(has));
  return found?.[0] ?? "generic";
}

/** @throws LlamaError `option` where there is no such format */
export function factsOf(format: ToolFormat): FormatFacts {
  if (Object.hasOwn(TOOL_FORMATS, format)) return TOOL_FORMATS[format];
  const names = Object.keys(TOOL_FORMATS).join(", ");
  throw new LlamaError("option", `There is no tool format "${printable(String(format))}"; choose one of ${names}.`);
}
