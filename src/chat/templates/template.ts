import type { FunctionTool } from "../../tools/instructions.js";
import type { ChatMessage } from "../message.js";

/** How a template is given a message's content: as a text, or as a list of one part, `{ type: "text", text }`. */
export type ContentShape = "text" | "parts";

/** What a template is given besides messages. */
export interface RenderOptions {
  /** By default as texts. */
  readonly content?: ContentShape | undefined;
  /** By default there are none. Only templates with a source know tools, and messages that call them. */
  readonly tools?: readonly FunctionTool[] | undefined;
  /** How it is given a call's arguments: as an object, the default, or as JSON. */
  readonly calls?: CallShape | undefined;
}

export type CallShape = "value" | "json";

/** Writes conversations as a model was trained to read them. */
export interface ChatTemplate {
  /** For people: a built-in template's name, `file` or `custom`. */
  readonly name: string;
  /** What the template is written in, where that is text. */
  readonly source: string | undefined;
  /** The shapes of content that it may know; which of them it does know is for the caller to try. */
  readonly shapes: readonly ContentShape[];
  /**
   * The whole prompt as text, control tokens spelled out. It ends where the next answer begins.
   * @throws LlamaError `template` where the template refuses the messages or asks for too much
   */
  render(messages: readonly ChatMessage[], options?: RenderOptions): Promise<string>;
  /** Frees what it holds. */
  dispose(): void;
}

/** How the model's vocabulary spells the tokens that templates name; empty where it has none. */
export interface TemplateTokens {
  readonly bos: string;
  readonly eos: string;
}
