import { LlamaError } from "../errors.js";
import { Generation } from "../generation/generation.js";
import type { Session } from "../generation/session.js";
import type { GgufFile } from "../gguf/file.js";
import { fingerprint } from "../gguf/fingerprint.js";
import type { Tokenizer } from "../tokenizer/tokenizer.js";
import { type AnswerProgress, ChatAnswer } from "./answer.js";
import { CacheContents, contentsAfter } from "./cache-contents.js";
import { Conversation } from "./conversation.js";
import type { ChatMessage } from "./message.js";
import type { ChatOptions, LoadedChat, SaveOptions, SendOptions } from "./options.js";
import { fitPrompt } from "./prompt/fit.js";
import { PromptWriter } from "./prompt/writer.js";
import { type CacheFile, CacheRefused, readCacheFile, writeCacheFile } from "./saved/cache-file.js";
import { readTranscript, writeTranscript } from "./saved/transcript.js";
import { chooseTemplate } from "./templates/choose.js";

export { ChatAnswer } from "./answer.js";
export type { ChatMessage, ChatRole } from "./message.js";
export type { ChatOptions, LoadedChat, SaveOptions, SendOptions } from "./options.js";

/** What a chat needs of a model. */
export interface ChatModel {
  readonly tokenizer: Tokenizer;
  readonly file: GgufFile;
  createSession(): Session;
}

/**
 * A conversation with a model, with a KV cache of its own: of each prompt only what is new is evaluated. Made by
 * `llama.createChat()`; dispose of it when done.
 *
 * One answer at a time: while one is iterated over, the conversation cannot be changed.
 */
export class ChatSession {
  /** The template in use: a built-in one's name, `file` for the model's own, `custom` for one that was given. */
  readonly templateName: string;
  /** What a person should know, such as that the model has no template. */
  readonly warning: string | undefined;
  readonly #tokenizer: Tokenizer;
  readonly #file: GgufFile;
  readonly #session: Session;
  readonly #writer: PromptWriter;
  readonly #conversation: Conversation;
  #contents = new CacheContents();
  #isBusy = false;
  #isDisposed = false;

  private constructor(model: ChatModel, conversation: Conversation, writer: PromptWriter, about: ChatAbout) {
    this.templateName = about.name;
    this.warning = about.warning;
    this.#tokenizer = model.tokenizer;
    this.#file = model.file;
    this.#conversation = conversation;
    this.#writer = writer;
    this.#session = model.createSession();
  }

  /** @internal See `Llama.createChat`. */
  static async create(model: ChatModel, options: ChatOptions): Promise<ChatSession> {
    const conversation = new Conversation(options.system, options.messages ?? []);
    const { template, warning } = chooseTemplate(model.file.metadata, model.tokenizer, options);
    try {
      const writer = await PromptWriter.create(template, model.tokenizer);
      return new ChatSession(model, conversation, writer, { name: template.name, warning });
    } catch (error) {
      template.dispose();
      throw error;
    }
  }

  /** What the user and the assistant said, also what the context no longer has room for. */
  get messages(): readonly ChatMessage[] {
    return this.#conversation.turns;
  }

  /** The system prompt. */
  get system(): string | undefined {
    return this.#conversation.system;
  }

  /** Exchanges at the beginning that the prompt leaves out, for the context was full. */
  get droppedExchanges(): number {
    return this.#conversation.dropped;
  }

  /** Takes effect with the next answer, for which the whole prompt is evaluated anew. */
  setSystem(text: string | undefined): void {
    this.#refuseWhileBusy();
    this.#conversation.system = text;
  }

  /** Tokens in the KV cache. */
  get position(): number {
    return this.#isDisposed ? 0 : this.#session.position;
  }

  /** Tokens that the KV cache can hold. */
  get contextSize(): number {
    return this.#session.contextSize;
  }

  /**
   * Ids of the conversation so far, as the next prompt has them; none before the first message.
   * @throws LlamaError `template` where the template refuses it
   */
  async promptTokens(): Promise<readonly number[]> {
    this.#refuseDisposed();
    const messages = this.#conversation.prompt();
    if (this.#conversation.turns.length === 0) return [];
    return this.#contents.encode(await this.#writer.write(messages), this.#writer.encoder).ids;
  }

  /**
   * Says something to the model. Errors leave the conversation as it was.
   * @throws LlamaError `context` where the text does not fit into the context, `template` where the template refuses
   *   it, `option` for options out of range and while another answer is under way: all once it is iterated over
   */
  send(text: string, options: SendOptions = {}): ChatAnswer {
    return this.#answer(options, () => {
      // After an answer that was never given the question stands alone.
      if (this.#conversation.turns.at(-1)?.role === "user") this.#conversation.answer("");
      this.#conversation.ask(text);
    });
  }

  /**
   * Answers the user's last message anew, with another seed unless one is given.
   * @throws LlamaError `option` where there is none; otherwise as {@link send}
   */
  regenerate(options: SendOptions = {}): ChatAnswer {
    this.#requireQuestion();
    return this.#answer(options, () => this.#conversation.dropAnswer());
  }

  /** Puts another text in the place of the user's last message and answers it. Throws as {@link regenerate} does. */
  edit(text: string, options: SendOptions = {}): ChatAnswer {
    this.#requireQuestion();
    return this.#answer(options, () => {
      this.#conversation.undo();
      this.#conversation.ask(text);
    });
  }

  /** Takes the last exchange back, and returns what the user said; undefined where there is none. */
  undo(): string | undefined {
    this.#refuseWhileBusy();
    return this.#conversation.undo();
  }

  /** Forgets all messages but the system prompt. */
  clear(): void {
    this.#refuseWhileBusy();
    this.#conversation.clear();
  }

  /**
   * Writes the conversation to `path`, as JSON, and the KV cache beside it, to `path` with `.kv` appended; both for
   * the owner's eyes only, and each whole or not at all.
   * @throws LlamaError `unwritable`; `option` while an answer is under way
   */
  async save(path: string, { cache = true }: SaveOptions = {}): Promise<void> {
    await this.#alone(async () => {
      const { system, turns: messages, dropped: droppedExchanges } = this.#conversation;
      writeTranscript(path, { system, messages, droppedExchanges });
      if (cache && this.#session.keepsAll(this.position))
        await writeCacheFile(this.#cacheFile(path), this.#session, this.#contents.upTo(this.position));
    });
  }

  /**
   * Puts a saved conversation in the place of this one. Its KV cache comes back where it is whole and was made by the
   * same model with the same cache types; otherwise the next answer evaluates the conversation anew.
   * @throws LlamaError `not-found`, `unreadable`, and `format` for files that hold no conversation: then this one
   *   stays; `option` while an answer is under way
   */
  async load(path: string): Promise<LoadedChat> {
    return this.#alone(async () => {
      const { system, messages, droppedExchanges } = readTranscript(path);
      this.#conversation.replace(system, messages, droppedExchanges);
      try {
        this.#contents = await readCacheFile(this.#cacheFile(path), this.#session);
        return { restored: "cache" };
      } catch (error) {
        this.#contents = this.#contents.upTo(this.position);
        if (error instanceof CacheRefused) return { restored: "transcript", reason: error.message };
        throw error;
      }
    });
  }

  /** Gives the KV cache back, and ends the template's thread. */
  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#session.dispose();
    this.#writer.dispose();
  }

  #answer(options: SendOptions, change: () => void): ChatAnswer {
    this.#refuseDisposed();
    const progress: AnswerProgress = {
      text: "",
      finishReason: undefined,
      generation: undefined,
      droppedExchanges: 0,
    };
    return new ChatAnswer(progress, this.#run(progress, options, change));
  }

  /** Changes the conversation, and keeps the change unless there is an error. */
  async *#run(
    progress: AnswerProgress,
    options: SendOptions,
    change: () => void,
  ): AsyncGenerator<string, void, undefined> {
    this.#refuseWhileBusy();
    this.#isBusy = true;
    const restore = this.#conversation.memento();
    let hasFailed = false;
    try {
      change();
      yield* this.#generate(progress, options);
    } catch (error) {
      hasFailed = true;
      throw error;
    } finally {
      this.#isBusy = false;
      if (hasFailed) restore();
      else this.#conversation.answer(progress.text);
      if (!hasFailed) progress.finishReason = progress.generation?.finishReason ?? "abort";
    }
  }

  async *#generate(progress: AnswerProgress, options: SendOptions): AsyncGenerator<string, void, undefined> {
    const { dropped } = this.#conversation;
    const prompt = await fitPrompt(
      this.#conversation,
      this.#writer,
      this.#contents,
      this.contextSize,
      options.maxTokens ?? -1,
    );
    progress.droppedExchanges = this.#conversation.dropped - dropped;
    const shared = Math.min(this.#session.position, this.#contents.shared(prompt.ids));
    this.#session.rewind(this.#session.canRewind(shared) ? shared : 0);
    const { stops, endIds } = this.#writer;
    const generation = new Generation(
      { session: this.#session, tokenizer: this.#tokenizer, prompt: prompt.ids, endIds },
      { ...options, stop: [...(options.stop ?? []), ...stops] },
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
      const { encoder } = this.#writer;
      this.#contents = contentsAfter(prompt, generation.tokens, this.position, encoder, this.#tokenizer);
    }
  }

  /** Does something during which the conversation must not change. */
  async #alone<T>(work: () => Promise<T>): Promise<T> {
    this.#refuseWhileBusy();
    this.#isBusy = true;
    try {
      return await work();
    } finally {
      this.#isBusy = false;
    }
  }

  #cacheFile(path: string): CacheFile {
    return { path: `${path}.kv`, model: fingerprint(this.#file), vocabularySize: this.#tokenizer.size };
  }

  #requireQuestion(): void {
    if (this.#conversation.lastQuestion !== undefined) return;
    throw new LlamaError("option", "There is no message to answer yet; send one first.");
  }

  #refuseWhileBusy(): void {
    this.#refuseDisposed();
    if (!this.#isBusy) return;
    throw new LlamaError("option", "The chat is busy with an answer, or being saved or loaded; let that end first.");
  }

  #refuseDisposed(): void {
    if (this.#isDisposed) throw new LlamaError("disposed", "The chat was disposed of; create another.");
  }
}

interface ChatAbout {
  readonly name: string;
  readonly warning: string | undefined;
}
