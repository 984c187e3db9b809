import { LlamaError, printable } from "../errors.js";
import type { Llama } from "../llama.js";
import { Answerer } from "./answer.js";
import { PROVIDER, type ReadCall, readCall } from "./call.js";
import type { CallContent, CallOptions, CallPart, CallResult, SdkLanguageModel } from "./specification.js";

/** A provider of the AI SDK (specification 4). Called with a name of yours, it gives the model. */
export interface LlamaProvider {
  (modelId?: string): SdkLanguageModel;
  readonly specificationVersion: "v4";
  languageModel(modelId: string): SdkLanguageModel;
  /** @throws LlamaError `unsupported` */
  embeddingModel(modelId: string): never;
  /** @throws LlamaError `unsupported` */
  imageModel(modelId: string): never;
}

/**
 * Makes a loaded model a provider of the AI SDK, without a server:
 *
 * ```ts
 * const llama = createProvider(await Llama.load("model.gguf"));
 * const { text } = await generateText({ model: llama(), prompt: "Why is the sky blue?" });
 * ```
 *
 * Texts, tools and output schemas work, streamed and not; schemas hold for certain. `providerOptions.llama2` takes the
 * other options of `llama.generate`. Disposing of the model is yours.
 */
export function createProvider(llama: Llama): LlamaProvider {
  const answerer = new Answerer(llama);
  const languageModel = (modelId: string) => new LocalModel(answerer, modelId);
  const refuse = (kind: string) => (modelId: string) => {
    throw new LlamaError("unsupported", `There is no ${kind} model "${printable(modelId)}" here; models write text.`);
  };
  const provider = (modelId = "llama2") => languageModel(modelId);
  const members = { specificationVersion: "v4" as const, languageModel };
  return Object.assign(provider, members, {
    embeddingModel: refuse("embedding"),
    imageModel: refuse("image"),
  });
}

class LocalModel implements SdkLanguageModel {
  readonly specificationVersion = "v4";
  readonly provider = PROVIDER;
  readonly modelId: string;
  readonly supportedUrls = {};
  readonly #answerer: Answerer;

  constructor(answerer: Answerer, modelId: string) {
    this.#answerer = answerer;
    this.modelId = modelId;
  }

  async doGenerate(options: CallOptions): Promise<CallResult> {
    const call = readCall(options);
    const content: CallContent[] = [];
    let text = "";
    for await (const part of this.#answerer.answer(options.prompt, call)) {
      if (part.type === "text-delta") text += part.delta;
      else if (part.type === "text-end") content.push({ type: "text", text });
      else if (part.type === "tool-call") content.push(part);
      else if (part.type === "finish") {
        const { usage, finishReason } = part;
        return { content, finishReason, usage, warnings: [...call.warnings], response: this.#response() };
      }
    }
    throw new TypeError("an answer ended without saying how");
  }

  async doStream(options: CallOptions): Promise<{ stream: ReadableStream<CallPart> }> {
    const parts = this.#parts(options, readCall(options));
    // What is wrong with a call is told at once, not within its answer.
    const first = await parts.next();
    const start = async function* () {
      if (first.done !== true) yield first.value;
      yield* parts;
    };
    return { stream: streamOf(start()) };
  }

  async *#parts(options: CallOptions, call: ReadCall): AsyncGenerator<CallPart, void, undefined> {
    const answer = this.#answerer.answer(options.prompt, call);
    const first = await answer.next();
    yield { type: "stream-start", warnings: [...call.warnings] };
    yield { type: "response-metadata", ...this.#response() };
    if (first.done === true) return;
    yield first.value;
    yield* answer;
  }

  #response() {
    return { id: `llama2-${crypto.randomUUID()}`, timestamp: new Date(), modelId: this.modelId };
  }
}

function streamOf(parts: AsyncGenerator<CallPart, void, undefined>): ReadableStream<CallPart> {
  return new ReadableStream<CallPart>({
    async pull(controller) {
      const next = await parts.next();
      if (next.done === true) controller.close();
      else controller.enqueue(next.value);
    },
    async cancel() {
      await parts.return();
    },
  });
}
