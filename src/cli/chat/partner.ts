import type { ChatSession } from "../../chat/chat-session.js";
import type { LoadedChat, SaveOptions, SendOptions } from "../../chat/options.js";
import type { Candidate } from "../../generation/candidate.js";
import type { GenerationStats } from "../../generation/generation.js";
import type { FinishReason } from "../../generation/token-loop.js";
import type { Llama } from "../../llama.js";

/** An answer on its way, wherever it comes from; iterated over once. */
export interface Answer extends AsyncIterable<string> {
  readonly text: string;
  readonly finishReason: FinishReason | undefined;
  readonly droppedExchanges: number;
  readonly promptTokens: { readonly length: number };
  readonly tokens: { readonly length: number };
  readonly stats: GenerationStats;
  /** Those that it was chosen from, the best first; a server's is alone. */
  readonly candidates?: readonly Candidate[];
}

/** A conversation, whoever answers: what {@link ChatSession} does, as far as a dialogue needs it. */
export interface Chat
  extends Pick<ChatSession, "messages" | "system" | "warning" | "setSystem" | "undo" | "clear" | "dispose"> {
  send(text: string, options: SendOptions): Answer;
  edit(text: string, options: SendOptions): Answer;
  regenerate(options: SendOptions): Answer;
  save(path: string, options?: SaveOptions): Promise<void>;
  load(path: string): Promise<LoadedChat>;
}

/** Who answers: a model on this machine, or a server. */
export interface Partner {
  readonly chat: Chat;
  /** Who it is, in a line. */
  readonly line: string;
  /** More about it, a line each. */
  readonly facts: readonly string[];
  /** What of a model on this machine is known besides. */
  readonly local?: LocalParts | undefined;
  /** The members of `--json` for an answer. */
  report(answer: Answer): object;
}

/** A model on this machine, and its conversation. */
export interface LocalParts {
  readonly llama: Llama;
  readonly chat: ChatSession;
}
