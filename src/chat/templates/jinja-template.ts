import { LlamaError, printable } from "../../errors.js";
import type { FunctionTool } from "../../tools/instructions.js";
import type { ChatMessage } from "../message.js";
import { keepMarks } from "../prompt/marks.js";
import { JinjaThread, ThreadEnded } from "./jinja-thread.js";
import type { JinjaRequest, JinjaResult } from "./jinja-worker.js";
import type { CallShape, ChatTemplate, ContentShape, RenderOptions, TemplateTokens } from "./template.js";

/** Characters of a template's source; the longest in use have some 30 thousand. */
const MAX_SOURCE = 1 << 17;
/**
 * Where a conversation of no more than this takes too much, its template is at fault. A longer one may be itself: it is
 * refused, and others are still written.
 */
const SHORT = { messages: 100, characters: 100_000 };

/**
 * A Jinja template, from a model's file or the caller. Its source is not trusted: it is rendered in a thread of its
 * own, which has bounds for time, memory, nesting and length, and sees nothing but the messages.
 *
 * The thread starts with the first rendering, and does not keep the process alive.
 */
export class JinjaTemplate implements ChatTemplate {
  readonly name: string;
  readonly source: string;
  readonly shapes = ["text", "parts"] as const;
  readonly #tokens: TemplateTokens;
  /** When the conversation before is written; the time of those that wait does not run. */
  #turn: Promise<void> = Promise.resolve();
  #thread: JinjaThread | undefined;
  #noTools: NoTools = null;
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
    const result = await this.#render(messages, options, this.#noTools);
    const { tools = [] } = options;
    if (result.kind === "text") return result.text;
    if (result.kind === "tooMuch")
      throw isShort(messages) ? this.#fail(refused(result.reason)) : tooLong(result.reason);
    // Some templates want a list though it be empty, where most take one for tools that there are.
    if (tools.length === 0 && this.#noTools === null) {
      const again = await this.#render(messages, options, []);
      if (again.kind === "text") {
        this.#noTools = [];
        return again.text;
      }
    }
    throw failed(result.reason);
  }

  #render(messages: readonly ChatMessage[], options: RenderOptions, noTools: NoTools): Promise<JinjaResult> {
    const result = this.#turn.then(() => this.#write(messages, options, noTools));
    this.#turn = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }

  async #write(messages: readonly ChatMessage[], options: RenderOptions, noTools: NoTools): Promise<JinjaResult> {
    if (this.#failure !== undefined) throw this.#failure;
    // One that ended while it waited did so for a reason of its own.
    if (this.#thread?.hasEnded !== false) this.#thread = new JinjaThread(this.source);
    try {
      return await this.#thread.render(this.#requestOf(messages, options, noTools));
    } catch (error) {
      if (!(error instanceof ThreadEnded)) throw error;
      // The next conversation starts another thread where a long one was too much.
      if (this.#failure === undefined && error.wasRendering && !isShort(messages)) throw tooLong(error.message);
      throw this.#fail(refused(error.message));
    }
  }

  #requestOf(messages: readonly ChatMessage[], options: RenderOptions, noTools: NoTools): JinjaRequest {
    const { content: shape = "text", calls: callShape = "value", tools = [] } = options;
    const { bos, eos } = this.#tokens;
    return {
      variables: {
        messages: messages.map((message) => variablesOf(message, messages, shape, callShape)),
        // What Hugging Face's tokenizers pass where there are none: some templates ask whether they are.
        tools: tools.length > 0 ? tools : noTools,
        documents: null,
        bos_token: bos,
        eos_token: eos,
        add_generation_prompt: true,
      },
      length: messages.reduce((sum, message) => sum + lengthOf(message), lengthOf(tools)),
    };
  }

  dispose(): void {
    this.#fail(new LlamaError("disposed", "The chat was disposed of; create another."));
  }

  /** Renders nothing any more; the first reason counts. */
  #fail(error: LlamaError): LlamaError {
    this.#failure ??= error;
    this.#thread?.end(error.message);
    return this.#failure;
  }
}

/** What stands for tools where there are none. */
type NoTools = readonly [] | null;

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
