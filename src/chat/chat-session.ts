import { LlamaError } from "../errors.js";
import type { LoraScale } from "../loras.js";
import type { DeepPartial, SchemaValue } from "../typed/schema.js";
import { valuesOf } from "../typed/stream.js";
import { refuseOtherForms } from "../typed/value.js";
import { type AnswerProgress, ChatAnswer, noProgress } from "./answer.js";
import { answering } from "./answering.js";
import { CacheContents, type EncodedPrompt } from "./cache-contents.js";
import { Conversation } from "./conversation.js";
import { type ChatMessage, requireText } from "./message.js";
import { type ChatOptions, checkChatOptions, type LoadedChat, type SaveOptions, type SendOptions } from "./options.js";
import { type PromptUse, sharesOf } from "./prompt/shares.js";
import { PromptWriter } from "./prompt/writer.js";
import { loadConversation, saveConversation } from "./saved/conversation-files.js";
import { type ChatModel, type ChatState, changeLoras, promptOf } from "./state.js";
import { type ChosenTemplate, chooseTemplate } from "./templates/choose.js";

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
  readonly #state: ChatState;
  #isBusy = false;
  #isDisposed = false;

  private constructor(state: ChatState, { template, warning }: ChosenTemplate) {
    this.templateName = template.name;
    this.warning = warning;
    this.#state = state;
  }

  /** @internal See `Llama.createChat`. */
  static async create(model: ChatModel, options: ChatOptions): Promise<ChatSession> {
    checkChatOptions(options);
    const conversation = new Conversation(options.system, options.messages ?? []);
    const { tokenizer, file } = model;
    const chosen = chooseTemplate(file.metadata, tokenizer, options);
    try {
      const writer = await PromptWriter.create(chosen.template, tokenizer);
      const session = model.createSession({ loras: options.loras });
      const state = { model, tokenizer, conversation, writer, session, contents: new CacheContents() };
      return new ChatSession(state, chosen);
    } catch (error) {
      chosen.template.dispose();
      throw error;
    }
  }

  /** What the user and the assistant said, also what the context no longer has room for. */
  get messages(): readonly ChatMessage[] {
    return this.#state.conversation.turns;
  }

  /** The system prompt. */
  get system(): string | undefined {
    return this.#state.conversation.system;
  }

  /** Exchanges at the beginning that the prompt leaves out because the context was full. */
  get droppedExchanges(): number {
    return this.#state.conversation.dropped;
  }

  /** Takes effect with the next answer, for which the whole prompt is evaluated anew. */
  setSystem(text: string | undefined): void {
    this.#refuseWhileBusy();
    if (text !== undefined) requireText(text, "setSystem");
    this.#state.conversation.system = text;
  }

  /** How much the model answers with of each of its adapters. */
  get loras(): readonly LoraScale[] {
    return this.#state.session.loras;
  }

  /** Takes effect with the next answer, as {@link setSystem}; of adapters that are not in the list it has nothing. */
  setLoras(loras: readonly LoraScale[]): void {
    this.#refuseWhileBusy();
    changeLoras(this.#state, loras);
  }

  /** Tokens in the KV cache. */
  get position(): number {
    return this.#isDisposed ? 0 : this.#state.session.position;
  }

  /** Tokens that the KV cache can hold. */
  get contextSize(): number {
    return this.#state.session.contextSize;
  }

  /**
   * Ids of the conversation so far, as the next prompt has them; none before the first message.
   * @throws LlamaError `template` where the template refuses it
   */
  async promptTokens(): Promise<readonly number[]> {
    return (await this.#prompt()).ids;
  }

  /** @internal How the prompt's tokens are divided between the system prompt and the messages that it holds. */
  async promptUse(): Promise<PromptUse> {
    const prompt = await this.#prompt();
    const { ids } = prompt;
    if (ids.length === 0) return { tokens: 0, cached: 0, shares: [] };
    const cached = Math.min(this.position, this.#state.contents.shared(ids));
    return {
      tokens: ids.length,
      cached,
      shares: sharesOf(prompt, this.#state.conversation.prompt(), this.#state.writer.encoder),
    };
  }

  #prompt(): Promise<EncodedPrompt> {
    this.#refuseDisposed();
    return promptOf(this.#state);
  }

  /**
   * Says something to the model; with `tools`, it may call functions before it answers. Errors leave the conversation
   * as it was.
   * @throws LlamaError `context` where the text does not fit into the context, `template` where the template refuses
   *   or loses it, `option` for options that are unknown or out of range and while another answer is under way,
   *   `disposed` where the chat is disposed of meanwhile: all once it is iterated over; what a tool throws where
   *   `toolErrors` says so
   */
  send(text: string, options: SendOptions = {}): ChatAnswer {
    requireText(text, "send");
    return this.#answer(options, () => {
      // After an answer that was never given the question stands alone.
      if (this.#state.conversation.awaitsAnswer) this.#state.conversation.answer("");
      this.#state.conversation.ask(text);
    });
  }

  /**
   * Says something, and waits for all of the answer; with a `schema`, which is a JSON Schema or one of a library that
   * follows Standard Schema, the answer is the value that it describes, after calls of tools too.
   * @throws LlamaError as {@link send}; AnswerError where there is a schema, and the answer was cut off or the schema
   *   refuses it; the signal's reason when aborted
   */
  ask(text: string, options?: SendOptions): Promise<string>;
  ask<const S>(text: string, options: SendOptions & { readonly schema: S }): Promise<SchemaValue<S>>;
  async ask(text: string, { schema, ...options }: SendOptions & { readonly schema?: unknown } = {}): Promise<unknown> {
    if (schema !== undefined) {
      const values = this.stream(text, { schema, ...options });
      for (let next = await values.next(); ; next = await values.next()) if (next.done === true) return next.value;
    }
    const answer = this.send(text, options);
    for await (const _ of answer) {
      // The text is kept by the answer.
    }
    if (answer.finishReason === "abort") options.signal?.throwIfAborted();
    return answer.text;
  }

  /**
   * Says something, and gives the value that the answer stands for as it comes: what there is so far, whenever more of
   * it is known, and as the generator's last result the whole value, as the schema's library makes it.
   * @throws LlamaError as {@link ask}
   */
  async *stream<const S>(
    text: string,
    { schema, ...options }: SendOptions & { readonly schema: S },
  ): AsyncGenerator<DeepPartial<SchemaValue<S>>, SchemaValue<S>, undefined> {
    refuseOtherForms(options);
    return yield* valuesOf(this.send(text, { ...options, jsonSchema: schema }), schema, options.signal);
  }

  /**
   * Answers the user's last message anew, with another seed unless one is given.
   * @throws LlamaError `option` where there is none; otherwise as {@link send}
   */
  regenerate(options: SendOptions = {}): ChatAnswer {
    this.#requireQuestion();
    return this.#answer(options, () => this.#state.conversation.dropAnswer());
  }

  /** Puts another text in the place of the user's last message and answers it. Throws as {@link regenerate} does. */
  edit(text: string, options: SendOptions = {}): ChatAnswer {
    requireText(text, "edit");
    this.#requireQuestion();
    return this.#answer(options, () => {
      this.#state.conversation.undo();
      this.#state.conversation.ask(text);
    });
  }

  /** Takes the last exchange back, and returns what the user said; undefined where there is none. */
  undo(): string | undefined {
    this.#refuseWhileBusy();
    return this.#state.conversation.undo();
  }

  /** Forgets all messages but the system prompt. */
  clear(): void {
    this.#refuseWhileBusy();
    this.#state.conversation.clear();
  }

  /**
   * Writes the conversation to `path`, as JSON, and the KV cache beside it, to `path` with `.kv` appended; both for
   * the owner's eyes only, and each whole or not at all.
   * @throws LlamaError `unwritable`, also where the file in the cache's place is not a cache; `option` while an
   *   answer is under way
   */
  async save(path: string, options: SaveOptions = {}): Promise<void> {
    await this.#alone(() => saveConversation(path, this.#state, options));
  }

  /**
   * Puts a saved conversation in the place of this one. Its KV cache comes back where it is whole and was made by the
   * same model with the same cache types; otherwise the next answer evaluates the conversation anew.
   * @throws LlamaError `not-found`, `unreadable`, and `format` for files that hold no conversation: then this one
   *   stays; `option` while an answer is under way
   */
  async load(path: string): Promise<LoadedChat> {
    return this.#alone(() => loadConversation(path, this.#state));
  }

  /** Gives the KV cache back, and ends the template's thread. */
  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#state.session.dispose();
    this.#state.writer.dispose();
  }

  #answer(options: SendOptions, change: () => void): ChatAnswer {
    this.#refuseDisposed();
    const progress = noProgress();
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
    const restore = this.#state.conversation.memento();
    let hasFailed = false;
    try {
      const { generating, answer } = answering(options);
      change();
      yield* answer(this.#state, progress, generating);
    } catch (error) {
      hasFailed = true;
      throw error;
    } finally {
      this.#isBusy = false;
      if (hasFailed) restore();
      else this.#state.conversation.answer(progress.said);
      const reason = progress.generation?.finishReason;
      if (!hasFailed) progress.finishReason = (progress.isOpen && reason === "stop" ? undefined : reason) ?? "abort";
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

  #requireQuestion(): void {
    if (this.#state.conversation.lastQuestion !== undefined) return;
    throw new LlamaError("option", "There is no message to answer yet; send one first.");
  }

  #refuseWhileBusy(): void {
    this.#refuseDisposed();
    if (!this.#isBusy) return;
    throw new LlamaError("option", "The chat is answering, being saved or being loaded; wait for that to end.");
  }

  #refuseDisposed(): void {
    if (this.#isDisposed) throw new LlamaError("disposed", "The chat was disposed of; create another.");
  }
}
