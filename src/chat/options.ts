import { LlamaError } from "../errors.js";
import { hasForm } from "../generation/answer-form.js";
import { type ChoiceOptions, checkChoice } from "../generation/best-of-options.js";
import { checkGenerateOptions, type GenerateOptions } from "../generation/options.js";
import type { LoraScale } from "../loras.js";
import { kindOf, refuseUnknown } from "../options.js";
import type { ChatMessage } from "./message.js";
import { type ToolOptions, type ToolUse, toolUseOf } from "./tools/options.js";

/** How to begin a conversation. Everything is optional. */
export interface ChatOptions {
  /** The system prompt; by default there is none. */
  readonly system?: string | undefined;
  /** A built-in template's name, or the source of a Jinja template; by default the model's own. */
  readonly template?: string | undefined;
  /** Whether Jinja templates are used; false takes the built-in one nearest to the model's own. */
  readonly useJinja?: boolean | undefined;
  /** What was said before: perhaps a system prompt, then user and assistant in turn. */
  readonly messages?: readonly ChatMessage[] | undefined;
  /** How much of each adapter the model answers with; by default as `llama.loras` has it. */
  readonly loras?: readonly LoraScale[] | undefined;
}

const CHAT_OPTIONS: Readonly<Record<keyof ChatOptions, true>> = {
  system: true,
  template: true,
  useJinja: true,
  messages: true,
  loras: true,
};

/** @throws LlamaError `option` for options that are unknown, or a system prompt or template that is not text */
export function checkChatOptions(options: ChatOptions): void {
  refuseUnknown(options, CHAT_OPTIONS, "createChat");
  for (const name of ["system", "template"] as const) {
    const found: unknown = options[name];
    if (found === undefined || typeof found === "string") continue;
    throw new LlamaError("option", `${name} must be a text (got ${kindOf(found)}).`);
  }
}

/** How a chat generates. */
export type GenerateOptionsOfChat = Omit<GenerateOptions, "addBos" | "parseSpecial" | "loras">;

/** How to answer. Texts that the template ends answers with are added to `stop`; limits are those of each round. */
export interface SendOptions extends GenerateOptionsOfChat, ToolOptions {
  /** Samples several answers and gives the best, once it is chosen; not with tools. */
  readonly bestOf?: ChoiceOptions | undefined;
}

/** The options of generating, and how tools are used, where there are any. */
export interface CheckedSendOptions {
  readonly generating: GenerateOptionsOfChat;
  readonly tools: ToolUse | undefined;
  readonly bestOf: ChoiceOptions | undefined;
}

/** @throws LlamaError `option` for options that are unknown or out of range, but for sampling options */
export function checkSendOptions(options: SendOptions): CheckedSendOptions {
  // A chat's template writes BOS and control tokens, so the two options that are about them are unknown here.
  for (const name of ["addBos", "parseSpecial"]) {
    if (name in options)
      throw new LlamaError("option", `A chat has no option ${name}: its template writes the prompt.`);
  }
  if ("loras" in options) {
    throw new LlamaError("option", "A chat has its adapters for all answers; change them with setLoras.");
  }
  const { tools, toolChoice, parallelToolCalls, maxToolRounds, toolErrors, bestOf, ...generating } = options;
  checkGenerateOptions(generating);
  const use = toolUseOf({ tools, toolChoice, parallelToolCalls, maxToolRounds, toolErrors });
  if (use !== undefined && hasForm(generating) && generating.jsonSchema === undefined) {
    const form = generating.regex === undefined ? "grammar" : "regex";
    throw new LlamaError("option", `An answer with tools may have a JSON Schema, but ${form} was given; leave it out.`);
  }
  if (bestOf !== undefined) {
    checkChoice(bestOf);
    if (use !== undefined)
      throw new LlamaError("option", "bestOf chooses among answers without tools; drop one of them.");
  }
  return { generating, tools: use, bestOf };
}

/** How to save a conversation. */
export interface SaveOptions {
  /**
   * Whether the KV cache is written as well, which may take gigabytes; by default it is. A cache that is beside the
   * file already stays of use, as far as it goes.
   */
  readonly cache?: boolean | undefined;
}

/**
 * What became of a saved conversation: the KV cache came back too, or the transcript alone, of which everything will be
 * evaluated anew; then `reason` says why, as a clause without its full stop.
 */
export interface LoadedChat {
  readonly restored: "cache" | "transcript";
  readonly reason?: string;
}
