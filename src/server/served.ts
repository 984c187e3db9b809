import { type Prompts, PromptWriter } from "../chat/prompt/writer.js";
import { chooseTemplate } from "../chat/templates/choose.js";
import type { Llama } from "../llama.js";
import type { FunctionTool } from "../tools/instructions.js";
import { now } from "./answer/usage.js";
import { RequestFailure } from "./failure.js";
import { Metrics } from "./metrics.js";
import type { ServeSettings } from "./options.js";
import { SequencePool } from "./sequences/pool.js";

/** A model with what its requests share. */
export class Served {
  readonly llama: Llama;
  readonly settings: ServeSettings;
  /** What clients call the model. */
  readonly name: string;
  /** Seconds since 1970. */
  readonly created = now();
  readonly pool: SequencePool;
  readonly metrics = new Metrics();
  #writer: Promise<PromptWriter> | undefined;

  constructor(llama: Llama, settings: ServeSettings) {
    this.llama = llama;
    this.settings = settings;
    this.name = settings.alias ?? nameOf(llama);
    this.pool = new SequencePool(llama, settings.parallel, settings.queue);
    settings.signal?.addEventListener("abort", () => this.pool.close(), { once: true });
  }

  /** What writes prompts of conversations, made for the first. @throws LlamaError `template` */
  writer(): Promise<PromptWriter> {
    const { file, tokenizer } = this.llama;
    this.#writer ??= PromptWriter.create(chooseTemplate(file.metadata, tokenizer, {}).template, tokenizer);
    return this.#writer;
  }

  /** Prompts that tell of tools, if there are any. */
  async prompts(tools: readonly FunctionTool[]): Promise<Prompts> {
    const writer = await this.writer();
    return tools.length === 0 ? writer : writer.forTools(tools);
  }

  /** The chat template's source, where the file has one. */
  get template(): string {
    return this.llama.file.metadata.findString("tokenizer.chat_template") ?? "";
  }

  /** @throws RequestFailure for the name of another model */
  checkModel(name: string | undefined): void {
    // ollama's clients write the tag that a name without one has.
    const plain = name?.replace(/:latest$/, "");
    if (plain === undefined || ["", this.name, "llama2", "default"].includes(plain)) return;
    throw new RequestFailure("not_found_error", `There is no model of that name here; the model is ${this.name}.`, {
      param: "model",
    });
  }

  /** Whether an answer can be computed in so many tokens; what is left of the context is the answer's. */
  checkLength(prompt: readonly number[]): void {
    const { contextSize } = this.llama;
    if (prompt.length < contextSize) return;
    throw new RequestFailure(
      "exceed_context_size_error",
      `The request has ${prompt.length} tokens, but the context holds ${contextSize} with the answer; shorten it, or start the server with a larger --ctx-size.`,
    );
  }
}

function nameOf({ file, config }: Llama): string {
  const base = file.path.replace(/^.*[\\/]/, "").replace(/(?:-\d{5}-of-\d{5})?\.gguf$/i, "");
  const name = base === "" ? config.name : base;
  return name.replace(/[^\w.:+@-]+/g, "-").slice(0, 200) || "llama2";
}
