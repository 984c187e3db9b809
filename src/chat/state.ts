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
  for await (const piece of generateAnswer(state, progress, options, state.writer, stopsFor(state, options))) {
    progress.text += piece;
    progress.said += piece;
    yield piece;
  }
}

/** Texts of the template that end an answer: a form says itself where one ends, and may well have them in it. */
export function stopsFor({ writer }: ChatState, options: GenerateOptionsOfChat): readonly string[] {
  return hasForm(options) ? [] : writer.stops;
}

/** The next prompt, with the session rewound to what it has of it. */
export async function preparePrompt(
  { conversation, session, contents }: ChatState,
  progress: AnswerProgress,
  { maxTokens = -1 }: GenerateOptionsOfChat,
  prompts: Prompts,
): Promise<EncodedPrompt> {
  const { dropped } = conversation;
  const prompt = await fitPrompt(conversation, prompts, contents, session.contextSize, maxTokens);
  progress.droppedExchanges += conversation.dropped - dropped;
  const shared = Math.min(session.position, contents.shared(prompt.ids));
  session.rewind(session.canRewind(shared) ? shared : 0);
  return prompt;
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
  const { writer, session, tokenizer } = state;
  const prompt = await preparePrompt(state, progress, options, prompts);
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
