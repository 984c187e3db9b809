import { LlamaError } from "../../errors.js";
import type { Tokenizer } from "../../tokenizer/tokenizer.js";
import type { ToolFormat } from "../../tools/format.js";
import type { FunctionTool } from "../../tools/instructions.js";
import { mapTexts } from "../json-texts.js";
import { type ChatMessage, wellFormed } from "../message.js";
import type { ChatTemplate, RenderOptions } from "../templates/template.js";
import { ControlTokens } from "./control-tokens.js";
import { PromptEncoder } from "./encoder.js";
import { definedMarkers, findBracketed } from "./markers.js";
import { mark, markValue, unmark } from "./marks.js";
import { probeTemplate, probeTools, requireWhole, saysAll, type TemplateProbe, type ToolProbe } from "./probe.js";
import { withToolsAsText } from "./tools-as-text.js";

const NO_TOOLS: ToolProbe = { format: "generic", calls: "value" };

/** What writes prompts, and what makes ids of them. */
export type Prompts = Pick<PromptWriter, "encoder" | "write">;

/**
 * Conversations to marked prompts, by a template of which it has found out a few things beforehand: whether it knows
 * system prompts, which texts divide its turns, and which of them end an answer.
 */
export class PromptWriter {
  readonly encoder: PromptEncoder;
  /** Texts that end an answer. */
  readonly stops: readonly string[];
  /** Tokens that end an answer, in addition to the model's own. */
  readonly endIds: ReadonlySet<number>;
  readonly #template: ChatTemplate;
  readonly #probe: TemplateProbe;
  #tools: Promise<ToolProbe> | undefined;

  private constructor(template: ChatTemplate, tokenizer: Tokenizer, probe: TemplateProbe) {
    this.#template = template;
    this.#probe = probe;
    const controls = new ControlTokens(tokenizer);
    const markers = [...probe.markers, ...findBracketed(template.source ?? ""), ...definedMarkers(tokenizer)];
    this.encoder = new PromptEncoder(tokenizer, controls, [...new Set(markers)]);
    // A control token ends the answer as the token; its spelling may be part of a text, as <s> is in HTML.
    this.stops = probe.ends.filter((end) => !controls.has(end.trim()));
    this.endIds = new Set(probe.ends.flatMap((end) => controls.idOf(end.trim()) ?? []));
  }

  /** @throws LlamaError `template` where the template cannot write the simplest conversation, or loses a part of it */
  static async create(template: ChatTemplate, tokenizer: Tokenizer): Promise<PromptWriter> {
    return new PromptWriter(template, tokenizer, await probeTemplate(template));
  }

  /** How its models are told of tools, and call them. */
  async toolFormat(): Promise<ToolFormat> {
    return (await this.#probedTools()).format;
  }

  /** Prompts that tell of tools. */
  forTools(tools: readonly FunctionTool[]): Prompts {
    const told = mapTexts(tools, wellFormed);
    return { encoder: this.encoder, write: (messages) => this.write(messages, told) };
  }

  /**
   * The marked prompt for the next answer; the messages end with one of the user, or of a tool.
   *
   * Once the contents are opaque, the template can only put them somewhere, and the marks tell where they are. If
   * the same prompt comes out with the contents in the clear, as it nearly always does, that is the answer.
   * Otherwise the template looks at what is said, and the prompt in the clear counts, without marks: but only if
   * it is divided in the same way and loses nothing, so that nothing anybody said is taken for a marker.
   * @throws LlamaError `template`
   */
  async write(messages: readonly ChatMessage[], tools: readonly FunctionTool[] = []): Promise<string> {
    const hasTools = tools.length > 0 || messages.some(({ role }) => role === "tool");
    const { format, calls } = hasTools ? await this.#probedTools() : NO_TOOLS;
    const isText = hasTools && format === "generic";
    const said = isText ? withToolsAsText(messages, tools) : messages;
    const told = isText ? [] : tools;
    const written = this.#probe.knowsSystem ? said : joinSystem(said);
    const hidden = opaque(written);
    const [marked, clear] = await Promise.all([
      this.#render(hidden, { tools: markValue(told), calls }),
      this.#renderClear(written, { tools: told, calls }),
    ]);
    requireWhole(marked, hidden);
    if (clear === undefined || clear === unmark(marked) || !saysAll(clear, written)) return marked;
    const wanted = this.encoder.dividers(marked);
    const found = this.encoder.dividers(clear);
    const isSame = found.length === wanted.length && found.every((divider, index) => divider === wanted[index]);
    return isSame ? clear : marked;
  }

  dispose(): void {
    this.#template.dispose();
  }

  #probedTools(): Promise<ToolProbe> {
    this.#tools ??= probeTools(this.#template, this.#probe.shape);
    return this.#tools;
  }

  #render(messages: readonly ChatMessage[], options: RenderOptions): Promise<string> {
    return this.#template.render(messages, { ...options, content: this.#probe.shape });
  }

  /** The prompt without marks; undefined where the template does not like what is said. */
  async #renderClear(messages: readonly ChatMessage[], options: RenderOptions): Promise<string | undefined> {
    try {
      return await this.#render(messages, options);
    } catch (error) {
      if (error instanceof LlamaError && error.code === "template") return undefined;
      throw error;
    }
  }
}

function opaque(messages: readonly ChatMessage[]): ChatMessage[] {
  return messages.map((message) => {
    const hidden = { ...message, content: mark(message.content) };
    return message.toolCalls === undefined ? hidden : { ...hidden, toolCalls: markValue(message.toolCalls) };
  });
}

/** The system prompt as the beginning of the first message, for templates that know none. */
function joinSystem(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  const [system, first, ...rest] = messages;
  if (system?.role !== "system" || first === undefined) return messages;
  return [{ role: first.role, content: `${system.content}\n\n${first.content}` }, ...rest];
}
