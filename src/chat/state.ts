import { hasForm } from "../generation/answer-form.js";
import { Generation } from "../generation/generation.js";
import type { Session } from "../generation/session.js";
import type { GgufFile } from "../gguf/file.js";
import type { Tokenizer } from "../tokenizer/tokenizer.js";
import type { AnswerProgress } from "./answer.js";
import { type CacheContents, contentsAfter } from "./cache-contents.js";
import type { Conversation } from "./conversation.js";
import type { SendOptions } from "./options.js";
import { fitPrompt } from "./prompt/fit.js";
import type { PromptWriter } from "./prompt/writer.js";

/** What a chat needs of a model. */
export interface ChatModel {
  readonly tokenizer: Tokenizer;
  readonly file: GgufFile;
  createSession(): Session;
}

/** What a chat consists of: what was said, how prompts are written, and a KV cache with its contents. */
export interface ChatState {
  readonly tokenizer: Tokenizer;
  readonly conversation: Conversation;
  readonly writer: PromptWriter;
  readonly session: Session;
  contents: CacheContents;
}

/**
 * Generates the answer to the conversation's last message, and keeps `progress` and the cache's contents up to date.
 */
export async function* generateAnswer(
  state: ChatState,
  progress: AnswerProgress,
  options: SendOptions,
): AsyncGenerator<string, void, undefined> {
  const { conversation, writer, session, tokenizer } = state;
  const { dropped } = conversation;
  const prompt = await fitPrompt(conversation, writer, state.contents, session.contextSize, options.maxTokens ?? -1);
  progress.droppedExchanges = conversation.dropped - dropped;
  const shared = Math.min(session.position, state.contents.shared(prompt.ids));
  session.rewind(session.canRewind(shared) ? shared : 0);
  const { stops, endIds } = writer;
  const generation = new Generation(
    { session, tokenizer, prompt: prompt.ids, endIds },
    // A form says itself where the answer ends, and may well have the template's stop texts in it.
    hasForm(options) ? options : { ...options, stop: [...(options.stop ?? []), ...stops] },
  );
  progress.generation = generation;
  try {
    for await (const piece of generation) {
      // A template has its own space before the answer, or the model writes one that nobody wants to see.
      const text = progress.text === "" ? piece.trimStart() : piece;
      if (text === "") continue;
      progress.text += text;
      yield text;
    }
  } finally {
    state.contents = contentsAfter(prompt, generation.tokens, session.position, writer.encoder, tokenizer);
  }
}
