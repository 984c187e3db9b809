import type { ChatSession } from "./chat/chat-session.js";
import type { ChatOptions } from "./chat/options.js";
import type { ScorePair, Scoring } from "./chat/scoring.js";
import { Engine } from "./engine/engine.js";
import type { MemoryNeed } from "./engine/plan/need.js";
import type { WeightOrigin } from "./engine/team/weight-source.js";
import { LlamaError } from "./errors.js";
import type { BestOf } from "./generation/best-of.js";
import type { BestOfOptions } from "./generation/best-of-options.js";
import { type Embedding, type EmbedOptions, embedTexts } from "./generation/embedding.js";
import { Generation } from "./generation/generation.js";
import { resolveInfill } from "./generation/infill-defaults.js";
import {
  checkInfill,
  type InfillOptions,
  type InfillParts,
  type InfillPrompt,
  infillPrompt,
} from "./generation/infill-prompt.js";
import { checkGenerateOptions, type GenerateOptions } from "./generation/options.js";
import { promptIds } from "./generation/prompt-ids.js";
import { refuseToWrite, type Score, type ScoreOptions, type ScorePrompt } from "./generation/reward.js";
import { Session, type SessionOptions } from "./generation/session.js";
import type { GgufFile } from "./gguf/file.js";
import { openGguf } from "./gguf/open.js";
import type { KernelBuild } from "./kernels/load.js";
import { checkLoadOptions, type LoadOptions, resolveLoadOptions, resolveSessionContext } from "./load-options.js";
import { type Lora, type LoraScale, openLoras, scalesOf } from "./loras.js";
import { type ModelConfig, readConfig } from "./model/config.js";
import { findRewardHead, type RewardHead, type RewardInfo, requireReward } from "./model/reward-head.js";
import { findModelFile } from "./model-place.js";
import type { FetchHandler } from "./server/fetch.js";
import { Tokenizer } from "./tokenizer/tokenizer.js";
import type { SchemaValue } from "./typed/schema.js";
import { readValue, refuseOtherForms } from "./typed/value.js";

/**
 * A Llama model, loaded and ready. Its weights lie in shared memory, and its worker threads wait for work without
 * keeping the process alive.
 *
 * ```ts
 * const llama = await Llama.load("model.gguf");
 * for await (const text of llama.generate("Once upon a time")) process.stdout.write(text);
 * await llama.dispose();
 * ```
 */
export class Llama {
  readonly tokenizer: Tokenizer;
  /** What the file says of itself. */
  readonly file: GgufFile;
  /** @internal Those of the adapters, by id. */
  readonly loraFiles: readonly GgufFile[];
  readonly #engine: Engine;
  readonly #head: RewardHead | undefined;
  #scoring: Promise<Scoring> | undefined;
  #loras: readonly Lora[];
  #handler: Promise<FetchHandler> | undefined;
  #isDisposed = false;

  private constructor({ file, tokenizer, engine, loraFiles, scales, head }: LoadedParts) {
    this.file = file;
    this.loraFiles = loraFiles;
    this.#loras = loraFiles.map(({ path }, id) => ({ id, path, scale: scales[id] ?? 1 }));
    this.tokenizer = tokenizer;
    this.#engine = engine;
    this.#head = head;
  }

  /**
   * Opens a GGUF file, checks all of it that can be checked without the weights, and loads them. A model of the Hugging
   * Face hub or a web server is downloaded first, checked, and kept where Python and llama.cpp find it too.
   * @param model the file's path or `file:` URL; `hf:OWNER/REPO[:QUANT | /FILE][@REVISION]`; a web address; or
   *   `ollama:NAME[:TAG]`, which is read where ollama keeps it
   * @throws LlamaError for every file that cannot be run, and every model that cannot be had, with a sentence that says
   *   why; the signal's reason when aborted
   */
  static async load(model: string | URL, options: LoadOptions = {}): Promise<Llama> {
    checkLoadOptions(options);
    return Llama.fromFile(openGguf(await findModelFile(model, options, "Llama.load")), options);
  }

  /** @internal Loads a model whose header was read before; `origin`: where the weights come from, if not from files. */
  static async fromFile(file: GgufFile, options: LoadOptions = {}, origin?: WeightOrigin): Promise<Llama> {
    const config = readConfig(file.metadata);
    const resolved = resolveLoadOptions(options, config.contextLength);
    const tokenizer = Tokenizer.fromMetadata(file.metadata);
    const { signal, onProgress, loras = [] } = options;
    const loraFiles = await openLoras(loras, options);
    const head = origin === undefined ? findRewardHead(file, config) : undefined;
    const engine = await Engine.load(file, { ...resolved, origin, adapters: loraFiles }, { signal, onProgress });
    return new Llama({ file, tokenizer, engine, loraFiles, scales: loras.map(({ scale = 1 }) => scale), head });
  }

  /** The model's hyperparameters. */
  get config(): ModelConfig {
    return this.#engine.config;
  }

  /** What the file says of its scores where it is a reward model, which {@link score}s answers and writes none. */
  get reward(): RewardInfo | undefined {
    return this.#head?.info;
  }

  /** Tokens that a session can hold. */
  get contextSize(): number {
    return this.#engine.contextSize;
  }

  /** Sentences about what is odd in the file but does not keep the model from running. */
  get notes(): readonly string[] {
    return this.tokenizer.notes;
  }

  /** Worker threads. */
  get threads(): number {
    return this.#engine.threads;
  }

  /** The build of the kernels that runs. */
  get kernels(): KernelBuild {
    return this.#engine.kernelBuild;
  }

  /** What the model takes of memory, in bytes. */
  get memory(): MemoryNeed {
    return this.#engine.memory;
  }

  /** The adapters that the model was loaded with, and how much of each new sessions have. */
  get loras(): readonly Lora[] {
    return this.#loras;
  }

  /**
   * How much of each adapter new sessions have; of those that are not in the list nothing. Sessions that there are keep
   * theirs.
   * @throws LlamaError `option` for an adapter that is not there, or a scale that is no number
   */
  setLoras(loras: readonly LoraScale[]): void {
    const scales = scalesOf(loras, this.#loras.length);
    this.#loras = this.#loras.map((lora, id) => ({ ...lora, scale: scales[id] ?? 0 }));
  }

  /**
   * Begins an empty sequence with a KV cache of its own. Dispose of it when done.
   * @throws LlamaError `option` for a context size out of range or an adapter that is not there, `memory` where there
   *   is no room for another, `disposed`
   */
  createSession(options: SessionOptions = {}): Session {
    if (this.#isDisposed) throw new LlamaError("disposed", "The model was disposed of; load it again.");
    const contextSize = resolveSessionContext(options, this.config.contextLength);
    const scales = scalesOf(options.loras ?? this.#loras.map(({ id, scale }) => ({ id, scale })), this.#loras.length);
    return new Session(this.#engine, this.#engine.createCache(contextSize, scales));
  }

  /**
   * Continues a prompt: text, or token ids (used as they are). Several answers may be under way at once; their
   * tokens are computed in turn.
   * @throws LlamaError `option` for options that are unknown or out of range, and `context` for a text that does not
   *   fit, at once; others while it is iterated over
   */
  generate(prompt: string | readonly number[], options: GenerateOptions = {}): Generation {
    checkGenerateOptions(options);
    const encoding = { ...options, tokenLimit: this.contextSize };
    return this.#begin(options, () => ({ ids: promptIds(prompt, this.tokenizer, encoding, "generate"), healed: "" }));
  }

  /**
   * Samples several answers to a prompt, which is evaluated once, side by side, and chooses the best by a reward model
   * or by any function of the text: a regular expression, a schema, a test that runs. Answers that were cut off rank
   * last; the same seed gives the same choice, whatever the threads. Aborted, it is the best so far.
   * @throws LlamaError `option` also at temperature 0, where all would be the same; what `reward` throws; the signal's
   *   reason when aborted before an answer was scored; otherwise as {@link generate}
   */
  async bestOf(prompt: string | readonly number[], options: BestOfOptions): Promise<BestOf> {
    refuseToWrite(this.reward);
    return (await import("./best-of.js")).bestOf(this, prompt, options);
  }

  /**
   * All of what {@link generate} gives, as one text; with a `schema`, which is a JSON Schema or one of a library that
   * follows Standard Schema, the value that the answer stands for.
   * @throws LlamaError as {@link generate}; AnswerError where there is a schema, and the answer was cut off or the
   *   schema refuses it; the signal's reason when aborted
   */
  complete(prompt: string | readonly number[], options?: GenerateOptions): Promise<string>;
  complete<const S>(
    prompt: string | readonly number[],
    options: GenerateOptions & { readonly schema: S },
  ): Promise<SchemaValue<S>>;
  async complete(
    prompt: string | readonly number[],
    { schema, ...options }: GenerateOptions & { readonly schema?: unknown } = {},
  ): Promise<unknown> {
    if (schema !== undefined) refuseOtherForms(options);
    const generation = this.generate(prompt, schema === undefined ? options : { ...options, jsonSchema: schema });
    for await (const _ of generation) {
      // The text is kept by the generation.
    }
    if (schema !== undefined) return readValue(schema, generation, options.signal);
    if (generation.finishReason === "abort") options.signal?.throwIfAborted();
    return generation.text;
  }

  /**
   * Fills in the gap between a prefix and a suffix, as Code Llama was trained to.
   * @throws LlamaError `option` for what is unknown or out of range, `unsupported` where the model has no infill
   *   tokens, and `context` where prefix and suffix do not fit, at once; others while it is iterated over
   */
  infill(parts: InfillParts, options: InfillOptions = {}): Generation {
    checkInfill(parts, options);
    const { asked, generating } = resolveInfill(this.file.metadata, parts, options);
    return this.#begin(generating, () => infillPrompt(this.tokenizer, parts, asked, this.contextSize));
  }

  #begin(options: GenerateOptions, write: () => InfillPrompt): Generation {
    refuseToWrite(this.reward);
    const session = this.createSession({ loras: options.loras });
    const { tokenizer } = this;
    try {
      const { ids: prompt, healed } = write();
      return new Generation({ session, tokenizer, prompt, healed, onEnd: () => session.dispose() }, options);
    } catch (error) {
      session.dispose();
      throw error;
    }
  }

  /**
   * Vectors that stand for texts, (dim,) f32 each: texts that mean something alike have vectors that point alike, as
   * far as the model was trained for that. What Llamas were trained for is to go on with a text, so models made for
   * embedding do far better. Texts are computed side by side; token ids are used as they are.
   * @throws LlamaError `option` for options that are unknown or out of range, and for a text without tokens; `context`
   *   for one that is longer than the context; the signal's reason when aborted
   */
  embed(text: string, options?: EmbedOptions): Promise<Embedding>;
  embed(texts: readonly (string | readonly number[])[], options?: EmbedOptions): Promise<Embedding[]>;
  async embed(
    texts: string | readonly (string | readonly number[])[],
    options: EmbedOptions = {},
  ): Promise<Embedding | Embedding[]> {
    if (typeof texts !== "string") return embedTexts(this, texts, options);
    return (await embedTexts(this, [texts], options))[0] as Embedding;
  }

  /**
   * How good an answer is, by a reward model: one number, read at the last token (Llama 2, section 3.2). Many are
   * scored side by side, and each gets what it would get alone.
   * @param prompt a question or a conversation, written as the model's templates say, or ids of a text that goes on
   * @throws LlamaError `unsupported` where the model is no reward model, `option` for what makes no sense, `context`
   *   for what is longer than the context, `template`; the signal's reason when aborted
   */
  score(prompt: ScorePrompt, answer: string, options?: ScoreOptions): Promise<Score>;
  score(pairs: readonly ScorePair[], options?: ScoreOptions): Promise<Score[]>;
  async score(given: ScorePrompt | readonly ScorePair[], ...rest: unknown[]): Promise<Score | Score[]> {
    const head = requireReward(this.#head);
    this.#scoring ??= import("./chat/scoring.js").then(({ Scoring }) => new Scoring(this, head));
    return (await this.#scoring).scoreGiven(given, ...rest);
  }

  /**
   * Begins a conversation, written as the model's chat template says.
   * @throws LlamaError `option` for options that make no sense, `template` for a template that is damaged or asks for
   *   too much
   */
  async createChat(options: ChatOptions = {}): Promise<ChatSession> {
    refuseToWrite(this.reward);
    // Most programs that load a model do not chat.
    const { ChatSession } = await import("./chat/chat-session.js");
    return ChatSession.create(this, options);
  }

  /**
   * The model as a server without a port: the `fetch` of a client, as in
   * `new OpenAI({ baseURL: "http://localhost/v1", apiKey: "none", fetch: llama.fetch })`. `createFetch` has options.
   */
  readonly fetch = async (input: Request | URL | string, init?: RequestInit): Promise<Response> => {
    this.#handler ??= import("./server/fetch.js").then(({ createFetch }) => createFetch(this));
    return (await this.#handler)(input, init);
  };

  /** Ends the worker threads and frees the memory; whatever is under way is rejected. */
  async dispose(): Promise<void> {
    this.#isDisposed = true;
    (await this.#scoring)?.dispose();
    await this.#engine.dispose();
  }

  /** Like {@link dispose}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }
}

interface LoadedParts extends Pick<Llama, "file" | "tokenizer" | "loraFiles"> {
  readonly engine: Engine;
  readonly scales: readonly number[];
  readonly head: RewardHead | undefined;
}
