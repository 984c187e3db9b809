import type { SendOptions } from "../../chat/options.js";
import { AnswerError, LlamaError } from "../../errors.js";
import type { GenerationStats } from "../../generation/generation.js";
import type { FinishReason } from "../../generation/token-loop.js";
import { isAllowed } from "../../tools/arguments.js";
import type { JsonObject } from "../../tools/tool.js";
import type { Endpoint } from "./address.js";
import { type Json, streamed } from "./client.js";
import { notUnderstood } from "./failure.js";
import { requestOptions } from "./request-options.js";

/** Which of a server's two ways to answer. */
export interface RemoteRequest {
  readonly endpoint: Endpoint;
  readonly model: string;
  /** What is asked: messages of a chat, or a text to continue. */
  readonly messages?: readonly { readonly role: string; readonly content: string }[];
  readonly prompt?: string;
}

/** Tokens of which a server tells the number alone. */
export interface TokenCount {
  readonly length: number;
}

const FINISH_REASONS: Readonly<Record<string, FinishReason>> = { stop: "stop", length: "length" };

/** A server's answer on its way: iterate over it, once, for the text. Nothing is asked before that. */
export class RemoteAnswer implements AsyncIterable<string> {
  readonly droppedExchanges = 0;
  readonly seed: number | undefined;
  readonly model: string;
  readonly #pieces: AsyncGenerator<string, void, undefined>;
  #text = "";
  #finishReason: FinishReason | undefined;
  #promptTokens = 0;
  #tokens = 0;
  #start = 0;
  #firstAt = 0;
  #lastAt = 0;

  /** @param onEnd is called once it has ended, however it did */
  constructor(
    request: RemoteRequest,
    options: SendOptions,
    onEnd: (answer: RemoteAnswer, hasFailed: boolean) => void = () => undefined,
  ) {
    this.seed = options.seed === -1 ? undefined : options.seed;
    this.model = request.model;
    this.#pieces = this.#ending(this.#run(request, options), onEnd);
  }

  get text(): string {
    return this.#text;
  }

  /** Undefined until the answer has ended. */
  get finishReason(): FinishReason | undefined {
    return this.#finishReason;
  }

  get promptTokens(): TokenCount {
    return { length: this.#promptTokens };
  }

  /** As the server says; until then, one for each piece that came. */
  get tokens(): TokenCount {
    return { length: this.#tokens };
  }

  /** By this machine's clock: the prompt's time is all until the first piece. */
  get stats(): GenerationStats {
    const promptMs = Math.max(0, this.#firstAt - this.#start);
    const generateMs = Math.max(0, this.#lastAt - this.#firstAt);
    const rate = (count: number, milliseconds: number) => (milliseconds > 0 ? (count * 1000) / milliseconds : 0);
    return {
      promptMs,
      promptPerSecond: rate(this.#promptTokens, promptMs),
      generateMs,
      tokensPerSecond: rate(this.#tokens, generateMs),
      drafted: 0,
      accepted: 0,
    };
  }

  [Symbol.asyncIterator](): AsyncGenerator<string, void, undefined> {
    return this.#pieces;
  }

  async *#ending(
    pieces: AsyncGenerator<string, void, undefined>,
    onEnd: (answer: RemoteAnswer, hasFailed: boolean) => void,
  ): AsyncGenerator<string, void, undefined> {
    let hasFailed = false;
    try {
      yield* pieces;
    } catch (error) {
      hasFailed = true;
      throw error;
    } finally {
      if (!hasFailed) this.#finishReason ??= "abort";
      onEnd(this, hasFailed);
    }
  }

  async *#run(request: RemoteRequest, options: SendOptions): AsyncGenerator<string, void, undefined> {
    const { endpoint, model, messages, prompt } = request;
    const asked = messages === undefined ? { prompt } : { messages };
    const path = messages === undefined ? "/completions" : "/chat/completions";
    const settings = { stream: true, stream_options: { include_usage: true } };
    const body = { model, ...asked, ...settings, ...requestOptions(options) };
    const { signal, grammar } = options;
    this.#start = performance.now();
    this.#firstAt = this.#start;
    this.#lastAt = this.#start;
    try {
      for await (const event of streamed(endpoint, path, body, signal)) {
        const piece = this.#take(event, endpoint);
        if (piece === "") continue;
        this.#text += piece;
        yield piece;
      }
      if (this.#finishReason === undefined) {
        throw new LlamaError("network", `${endpoint.host} broke off in the middle of the answer; try again.`);
      }
    } catch (error) {
      if (signal?.aborted !== true) throw error;
      this.#finishReason = "abort";
    }
    if (typeof grammar === "object" && this.#finishReason === "stop") this.#requireForm(grammar.jsonSchema, endpoint);
  }

  /** The text in an event, without white space at the very beginning; other members are kept. */
  #take({ choices, usage }: Json, endpoint: Endpoint): string {
    this.#count(usage as Json | null | undefined);
    if (choices === undefined) return "";
    if (!Array.isArray(choices)) throw notUnderstood(endpoint, "sends choices that are not a list");
    const choice = choices[0] as { delta?: Json | null; text?: unknown; finish_reason?: unknown } | undefined;
    if (choice === undefined) return "";
    const { finish_reason: reason } = choice;
    if (typeof reason === "string") this.#finishReason = FINISH_REASONS[reason] ?? "stop";
    const written = choice.text ?? choice.delta?.["content"];
    if (typeof written !== "string" || written === "") return "";
    this.#lastAt = performance.now();
    if (this.#tokens === 0) this.#firstAt = this.#lastAt;
    this.#tokens++;
    const isChat = choice.delta !== undefined;
    return isChat && this.#text === "" ? written.trimStart() : written;
  }

  #count(usage: Json | null | undefined): void {
    const { prompt_tokens: prompt, completion_tokens: answer } = usage ?? {};
    if (typeof prompt === "number") this.#promptTokens = prompt;
    if (typeof answer === "number" && answer > 0) this.#tokens = answer;
  }

  /** A server that does not know the option answers without a form. */
  #requireForm(schema: unknown, { host }: Endpoint): void {
    const wrong = new AnswerError(`${host} did not hold the answer to the form that was asked for.`, this.#text);
    let value: unknown;
    try {
      value = JSON.parse(this.#text);
    } catch {
      throw wrong;
    }
    if (!isAllowed(schema as JsonObject, value, this.#text.trim())) throw wrong;
  }
}
