import type { ChatMessage } from "../message.js";

/** How a template is given a message's content: as a text, or as a list of one part, `{ type: "text", text }`. */
export type ContentShape = "text" | "parts";

/** Writes conversations as a model was trained to read them. */
export interface ChatTemplate {
  /** For people: a built-in template's name, `file` or `custom`. */
  readonly name: string;
  /** What the template is written in, where that is text. */
  readonly source: string | undefined;
  /** The shapes of content that it may know; which of them it does know is for the caller to try. */
  readonly shapes: readonly ContentShape[];
  /**
   * The whole prompt as text, control tokens spelled out. It ends where the next answer begins. Contents are texts
   * unless another shape is given.
   * @throws LlamaError `template` where the template refuses the messages or asks for too much
   */
  render(messages: readonly ChatMessage[], shape?: ContentShape): Promise<string>;
  /** Frees what it holds. */
  dispose(): void;
}

/** How the model's vocabulary spells the tokens that templates name; empty where it has none. */
export interface TemplateTokens {
  readonly bos: string;
  readonly eos: string;
}
