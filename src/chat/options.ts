import type { GenerateOptions } from "../generation/options.js";
import type { ChatMessage } from "./message.js";

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
}

/** How to answer. Texts that the template ends answers with are added to `stop`. */
export type SendOptions = Omit<GenerateOptions, "addBos" | "parseSpecial">;

/** How to save a conversation. */
export interface SaveOptions {
  /**
   * Whether the KV cache is written as well, which may take gigabytes; by default it is. A cache that lies beside
   * the file already stays of use, as far as it goes.
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
