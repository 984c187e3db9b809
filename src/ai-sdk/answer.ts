import { PromptWriter } from "../chat/prompt/writer.js";
import { chooseTemplate } from "../chat/templates/choose.js";
import { LlamaError } from "../errors.js";
import { hasForm } from "../generation/answer-form.js";
import { Generation } from "../generation/generation.js";
import { refuseToWrite } from "../generation/reward.js";
import type { Llama } from "../llama.js";
import { toolGrammar } from "../tools/grammar.js";
import { functionTools } from "../tools/instructions.js";
import { type ParsedAnswer, parseCheckedCalls } from "../tools/parse.js";
import { checkTools } from "../tools/tool.js";
import type { ReadCall } from "./call.js";
import { callCount, callId, conversationOf } from "./conversation.js";
import { CallSessions } from "./sessions.js";
import type { CallFinish, CallPart, CallUsage, PromptMessage } from "./specification.js";

const TEXT = "0";

/** Answers calls, each with its own conversation, by the model's chat template. */
export class Answerer {
  readonly #llama: Llama;
  readonly #sessions: CallSessions;
  #writer: Promise<PromptWriter> | undefined;

  constructor(llama: Llama) {
    this.#llama = llama;
    this.#sessions = new CallSessions(llama);
  }

  /** The parts of an answer as they come, without those that frame it. */
  async *answer(prompt: readonly PromptMessage[], call: ReadCall): AsyncGenerator<CallPart, void, undefined> {
    const { tokenizer, contextSize } = this.#llama;
    const messages = conversationOf(prompt);
    const writer = await this.#prompts();
    const told = call.tools.length === 0 ? writer : writer.forTools(functionTools(call.tools));
    const ids = writer.encoder.encode(await told.write(messages));
    if (ids.length >= contextSize) {
      throw new LlamaError(
        "context",
        `The conversation has ${ids.length} tokens, but the context holds ${contextSize} with the answer; shorten it, or load the model with a larger contextSize.`,
      );
    }
    const format = await writer.toolFormat();
    const { jsonSchema: schema, ...generating } = call.options;
    const grammar = toolGrammar(call.tools, format, call.choice, { answer: schema, vocabulary: tokenizer });
    const form = grammar === undefined ? { jsonSchema: schema } : { grammar };
    const isJson = schema !== undefined;
    const tools = checkTools(call.tools);
    const isWholeForm = hasForm(call.options) || (grammar !== undefined && format === "generic");
    const stop = [...(call.options.stop ?? []), ...(isWholeForm ? [] : writer.stops)];
    refuseToWrite(this.#llama.reward);
    const session = this.#sessions.take(ids);
    const cached = session.position;
    const { endIds } = writer;
    let generation: Generation | undefined;
    try {
      const options = { ...generating, ...form, stop };
      generation = new Generation({ session, tokenizer, prompt: ids, endIds }, options);
      const parts = new AnswerParts(callCount(messages));
      const read = (partial: boolean): ParsedAnswer =>
        grammar === undefined
          ? { content: generation?.text ?? "", calls: [] }
          : parseCheckedCalls(generation?.text ?? "", format, tools, { partial, json: isJson });
      for await (const _ of generation) yield* parts.add(read(true));
      const { finishReason = "other", isCut } = generation;
      if (finishReason === "abort") call.options.signal?.throwIfAborted();
      const isWhole = finishReason === "stop" && !isCut;
      yield* parts.end(read(!isWhole));
      const usage = usageOf(ids.length, cached, generation.tokens.length);
      yield { type: "finish", usage, finishReason: finishOf(finishReason, isWhole && parts.hasCalls) };
    } finally {
      this.#sessions.give(session, [...ids, ...(generation?.tokens ?? [])]);
    }
  }

  #prompts(): Promise<PromptWriter> {
    const { file, tokenizer } = this.#llama;
    this.#writer ??= PromptWriter.create(chooseTemplate(file.metadata, tokenizer, {}).template, tokenizer);
    return this.#writer;
  }
}

/** Tells what is new of an answer, part by part. */
class AnswerParts {
  /** Calls in the conversation before. */
  readonly #before: number;
  #text = "";
  /** Of each call so far, how much of its arguments was told. */
  readonly #told: number[] = [];
  #isOpen = false;

  constructor(before: number) {
    this.#before = before;
  }

  get hasCalls(): boolean {
    return this.#told.length > 0;
  }

  *add({ content, calls }: ParsedAnswer): Generator<CallPart, void, undefined> {
    const text = content.trimStart();
    const delta = text.slice(this.#text.length);
    if (delta !== "") {
      if (!this.#isOpen) yield { type: "text-start", id: TEXT };
      this.#isOpen = true;
      this.#text = text;
      yield { type: "text-delta", id: TEXT, delta };
    }
    if (calls.length > 0) yield* this.#close();
    for (const [i, call] of calls.entries()) {
      const id = callId(this.#before + i);
      if (this.#told[i] === undefined) yield { type: "tool-input-start", id, toolName: call.name };
      const fresh = call.argumentsText.slice(this.#told[i] ?? 0);
      this.#told[i] = call.argumentsText.length;
      if (fresh !== "") yield { type: "tool-input-delta", id, delta: fresh };
    }
  }

  /** The last of it; a call that was cut off is left out. */
  *end(answer: ParsedAnswer): Generator<CallPart, void, undefined> {
    yield* this.add(answer);
    yield* this.#close();
    for (const [i, { name, argumentsText, isWhole }] of answer.calls.entries()) {
      const id = callId(this.#before + i);
      yield { type: "tool-input-end", id };
      if (isWhole) yield { type: "tool-call", toolCallId: id, toolName: name, input: argumentsText };
    }
  }

  *#close(): Generator<CallPart, void, undefined> {
    if (this.#isOpen) yield { type: "text-end", id: TEXT };
    this.#isOpen = false;
  }
}

function usageOf(prompt: number, cached: number, answer: number): CallUsage {
  return {
    inputTokens: { total: prompt, noCache: prompt - cached, cacheRead: cached, cacheWrite: undefined },
    outputTokens: { total: answer, text: answer, reasoning: undefined },
  };
}

function finishOf(raw: string, hasCalls: boolean): CallFinish {
  if (hasCalls) return { unified: "tool-calls", raw };
  if (raw === "length" || raw === "context") return { unified: "length", raw };
  return { unified: raw === "stop" ? "stop" : "other", raw };
}
