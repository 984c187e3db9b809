import { LlamaError, printable } from "../../errors.js";
import { platform } from "../../platform/current.js";
import type { Thread } from "../../platform/platform.js";
import type { FunctionTool } from "../../tools/instructions.js";
import type { ChatMessage } from "../message.js";
import { keepMarks } from "../prompt/marks.js";
import type { JinjaRequest, JinjaResult } from "./jinja-worker.js";
import type { CallShape, ChatTemplate, ContentShape, RenderOptions, TemplateTokens } from "./template.js";

/** Characters of a template's source; the longest in use have some 30 thousand. */
const MAX_SOURCE = 1 << 17;
/** To start a thread and load the interpreter, on a machine that is busy with other things. */
const START_MS = 30_000;
/**
 * To render one conversation, which takes milliseconds: as much as a machine that is busy with other things may add.
 */
const RENDER_MS = 5000;
/**
 * Where a conversation of no more than this takes too much, its template is at fault. A longer one may be itself: it is
 * refused, and others are still written.
 */
const SHORT = { messages: 100, characters: 100_000 };
const LIMITS = { heapMegabytes: 256, stackMegabytes: 4 };

/**
 * A Jinja template, from a model's file or the caller. Its source is not trusted: it is rendered in a thread of its
 * own, which has bounds for time, memory, nesting and length, and sees nothing but the messages.
 *
 * The thread starts with the first rendering and does not keep the process alive.
 */
export class JinjaTemplate implements ChatTemplate {
  readonly name: string;
  readonly source: string;
  readonly shapes = ["text", "parts"] as const;
  readonly #tokens: TemplateTokens;
  /** The conversation that the thread is writing; others wait for their turn, and their time does not run. */
  #pending: Pending | undefined;
  #turn: Promise<void> = Promise.resolve();
  #thread: Thread | undefined;
  #worker: Promise<Thread> | undefined;
  #requests = 0;
  #noTools: readonly [] | null = null;
  /** Once a short conversation took too much, so would the next. */
  #failure: LlamaError | undefined;

  /** @throws LlamaError `template` where the source is longer than any template is */
  constructor(name: string, source: string, tokens: TemplateTokens) {
    if (source.length > MAX_SOURCE) {
      throw refused(`it has ${source.length} characters (limit: ${MAX_SOURCE})`);
    }
    this.name = name;
    this.source = source;
    this.#tokens = tokens;
  }

  async render(messages: readonly ChatMessage[], options: RenderOptions = {}): Promise<string> {
    const result = await this.#render(messages, options);
    const { tools = [] } = options;
    if (result.kind === "text") return result.text;
    if (result.kind === "tooMuch")
      throw isShort(messages) ? this.#fail(refused(result.reason)) : tooLong(result.reason);
    // Some templates want a list though it be empty, where most take one for tools that there are.
    if (tools.length === 0 && this.#noTools === null) {
      this.#noTools = [];
      const again = await this.#render(messages, options);
      if (again.kind === "text") return again.text;
      this.#noTools = null;
    }
    throw failed(result.reason);
  }

  #render(messages: readonly ChatMessage[], options: RenderOptions): Promise<JinjaResult> {
    const result = this.#turn.then(() => this.#write(messages, options));
    this.#turn = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }

  async #write(messages: readonly ChatMessage[], options: RenderOptions): Promise<JinjaResult> {
    const { content: shape = "text", calls: callShape = "value", tools = [] } = options;
    if (this.#failure !== undefined) throw this.#failure;
    this.#worker ??= this.#start();
    const worker = await this.#worker;
    if (this.#failure !== undefined) throw this.#failure;
    const id = this.#requests++;
    const { bos, eos } = this.#tokens;
    const request: JinjaRequest = {
      id,
      variables: {
        messages: messages.map((message) => variablesOf(message, messages, shape, callShape)),
        // What Hugging Face's tokenizers pass where there are none: some templates ask whether they are.
        tools: tools.length > 0 ? tools : this.#noTools,
        documents: null,
        bos_token: bos,
        eos_token: eos,
        add_generation_prompt: true,
      },
      length: messages.reduce((sum, message) => sum + lengthOf(message), lengthOf(tools)),
    };
    return this.#ask(worker, request, isShort(messages));
  }

  dispose(): void {
    this.#fail(new LlamaError("disposed", "The chat was disposed of; create another."));
  }

  #ask(worker: Thread, request: JinjaRequest, isShort: boolean): Promise<JinjaResult> {
    return new Promise((resolve, reject) => {
      worker.ref();
      const timer = setTimeout(() => this.#end(`it takes longer than ${RENDER_MS} ms`, worker), RENDER_MS);
      const settle = () => {
        clearTimeout(timer);
        this.#pending = undefined;
        worker.unref();
      };
      this.#pending = {
        id: request.id,
        isShort,
        resolve: (result) => {
          settle();
          resolve(result);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      };
      worker.postMessage(request);
    });
  }

  #start(): Promise<Thread> {
    return new Promise((resolve, reject) => {
      const worker = platform.startThread("dist/bundle/jinja-worker.js", {
        name: "llama2 template",
        data: this.source,
        isolation: LIMITS,
      });
      this.#thread = worker;
      const fail = (reason: string) => {
        if (this.#thread === worker) reject(this.#end(reason, worker));
      };
      const timer = setTimeout(() => fail("its thread did not start"), START_MS);
      worker.on("message", (result: JinjaResult | null) => {
        if (result !== null) {
          if (result.id === this.#pending?.id) this.#pending.resolve(result);
        } else {
          clearTimeout(timer);
          worker.unref();
          resolve(worker);
        }
      });
      worker.on("error", (error) => {
        clearTimeout(timer);
        const isMemory = error.code === "ERR_WORKER_OUT_OF_MEMORY";
        fail(isMemory ? "it takes too much memory" : printable(error.message, 200));
      });
      worker.on("exit", () => {
        clearTimeout(timer);
        fail("its thread ended unexpectedly");
      });
    });
  }

  /** Ends the thread: for good, unless it was at work on a long conversation. The next one starts another then. */
  #end(reason: string, worker: Thread): LlamaError {
    if (this.#pending?.isShort !== false) return this.#fail(refused(reason));
    const error = tooLong(reason);
    this.#thread = undefined;
    this.#worker = undefined;
    this.#pending.reject(error);
    void worker.terminate();
    return error;
  }

  /** Ends the thread for good; the first reason counts. */
  #fail(error: LlamaError): LlamaError {
    this.#failure ??= error;
    this.#pending?.reject(this.#failure);
    void this.#thread?.terminate();
    return this.#failure;
  }
}

/** A message as templates want it, in the names of OpenAI's API. */
function variablesOf(
  message: ChatMessage,
  messages: readonly ChatMessage[],
  shape: ContentShape,
  callShape: CallShape,
): unknown {
  const { role, toolCalls, toolCallId } = message;
  const said = { role, content: shaped(message.content, shape) };
  if (toolCalls !== undefined) {
    const calls = toolCalls.map(({ id, name, arguments: values }) => {
      const written = callShape === "value" ? values : keepMarks(JSON.stringify(values));
      return { id, type: "function", function: { name, arguments: written } };
    });
    return { ...said, tool_calls: calls };
  }
  if (toolCallId === undefined) return said;
  const called = messages.flatMap(({ toolCalls = [] }) => toolCalls).find(({ id }) => id === toolCallId);
  return { ...said, tool_call_id: toolCallId, name: called?.name ?? "" };
}

/** Characters of everything in it that may be written. */
function lengthOf(value: ChatMessage | readonly FunctionTool[]): number {
  if ("role" in value && value.toolCalls === undefined) return value.content.length;
  return JSON.stringify(value).length;
}

function shaped(content: string, shape: ContentShape): unknown {
  return shape === "text" ? content : [{ type: "text", text: content }];
}

function isShort(messages: readonly ChatMessage[]): boolean {
  const characters = messages.reduce((sum, message) => sum + lengthOf(message), 0);
  return messages.length <= SHORT.messages && characters <= SHORT.characters;
}

interface Pending {
  readonly id: number;
  readonly isShort: boolean;
  readonly resolve: (result: JinjaResult) => void;
  readonly reject: (error: LlamaError) => void;
}

function failed(reason: string): LlamaError {
  return new LlamaError(
    "template",
    `The chat template cannot write this conversation: ${printable(reason, 200)}; choose another template.`,
  );
}

function tooLong(reason: string): LlamaError {
  return new LlamaError(
    "template",
    `The chat template cannot write so long a conversation: ${printable(reason, 200)}; shorten it.`,
  );
}

function refused(reason: string): LlamaError {
  return new LlamaError(
    "template",
    `The chat template is refused because ${printable(reason, 200)}; choose another template.`,
  );
}
