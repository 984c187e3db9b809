import { hasForm } from "../generation/answer-form.js";
import { Generation } from "../generation/generation.js";
import type { Session, SessionOptions } from "../generation/session.js";
import type { GgufFile } from "../gguf/file.js";
import { type LoraScale, scalesOf } from "../loras.js";
import type { Tokenizer } from "../tokenizer/tokenizer.js";
import type { AnswerProgress } from "./answer.js";
import { CacheContents, contentsAfter, type EncodedPrompt } from "./cache-contents.js";
import type { Conversation } from "./conversation.js";
import type { GenerateOptionsOfChat } from "./options.js";
import { fitPrompt } from "./prompt/fit.js";
import type { Prompts, PromptWriter } from "./prompt/writer.js";

/** What a chat needs of a model. */
export interface ChatModel {
  readonly tokenizer: Tokenizer;
  readonly file: GgufFile;
  /** Those of its adapters, by id. */
  readonly loraFiles: readonly GgufFile[];
  createSession(options: SessionOptions): Session;
}

/** What a chat consists of: what was said, how prompts are written, and a KV cache with its contents. */
export interface ChatState {
  readonly model: ChatModel;
  readonly tokenizer: Tokenizer;
  readonly conversation: Conversation;
  readonly writer: PromptWriter;
  readonly session: Session;
  contents: CacheContents;
}

/** What the next prompt is, of the conversation so far; empty before the first message. */
export async function promptOf({ conversation, writer, contents }: ChatState): Promise<EncodedPrompt> {
  if (conversation.turns.length === 0) return { text: "", ids: [], checkpoints: [] };
  return contents.encode(await writer.write(conversation.prompt()), writer.encoder);
}

/** Generates the answer where nothing is to be called. */
export async function* answerAlone(
  state: ChatState,
  progress: AnswerProgress,
  options: GenerateOptionsOfChat,
): AsyncGenerator<string, void, undefined> {
  // A form says itself where the answer ends, and may well have the template's stop texts in it.
  const stops = hasForm(options) ? [] : state.writer.stops;
  for await (const piece of generateAnswer(state, progress, options, state.writer, stops)) {
    progress.text += piece;
    progress.said += piece;
    yield piece;
  }
}

/** Gives the session other adapters; what its cache holds was computed with those before. */
export function changeLoras(state: ChatState, loras: readonly LoraScale[]): void {
  const scales = scalesOf(loras, state.model.loraFiles.length);
  if (state.session.loras.every(({ id, scale }) => scale === scales[id])) return;
  state.session.rewind(0);
  state.contents = new CacheContents();
  state.session.setLoras(loras);
}

/**
 * Generates an answer to the conversation's last message, and keeps the cache's contents up to date.
 * @param prompts writes the prompt
 * @param stops texts that end the answer, besides those of the options
 */
export async function* generateAnswer(
  state: ChatState,
  progress: AnswerProgress,
  options: GenerateOptionsOfChat,
  prompts: Prompts,
  stops: readonly string[],
): AsyncGenerator<string, void, undefined> {
  const { conversation, writer, session, tokenizer } = state;
  const { dropped } = conversation;
  const prompt = await fitPrompt(conversation, prompts, state.contents, session.contextSize, options.maxTokens ?? -1);
  progress.droppedExchanges += conversation.dropped - dropped;
  const shared = Math.min(session.position, state.contents.shared(prompt.ids));
  session.rewind(session.canRewind(shared) ? shared : 0);
  const generation = new Generation(
    { session, tokenizer, prompt: prompt.ids, endIds: writer.endIds },
    { ...options, stop: [...(options.stop ?? []), ...stops] },
  );
  progress.generation = generation;
  try {
    let isFirst = true;
    for await (const piece of generation) {
      // A template has its own space before the answer, or the model writes one that nobody wants to see.
      const text = isFirst ? piece.trimStart() : piece;
      if (text === "") continue;
      isFirst = false;
      yield text;
    }
  } finally {
    state.contents = contentsAfter(prompt, generation.tokens, session.position, writer.encoder, tokenizer);
  }
}
