import type { ChatMessage } from "../message.js";

/** Writes conversations as a model was trained to read them. */
export interface ChatTemplate {
  /** For people: a built-in template's name, `file` or `custom`. */
  readonly name: string;
  /** What the template is written in, where that is text. */
  readonly source: string | undefined;
  /**
   * The whole prompt as text, control tokens spelled out. It ends where the next answer begins.
   * @throws LlamaError `template` where the template refuses the messages or asks for too much
   */
  render(messages: readonly ChatMessage[]): Promise<string>;
  /** Frees what it holds. */
  dispose(): void;
}

/** How the model's vocabulary spells the tokens that templates name; empty where it has none. */
export interface TemplateTokens {
  readonly bos: string;
  readonly eos: string;
}
