import { LlamaError } from "../../errors.js";
import type { ScorePrompt } from "../../generation/reward.js";
import type { Metadata } from "../../gguf/metadata.js";
import type { Tokenizer } from "../../tokenizer/tokenizer.js";
import { type ChatMessage, wellFormed } from "../message.js";
import { chooseTemplate } from "../templates/choose.js";
import { ControlTokens } from "./control-tokens.js";
import { PromptEncoder } from "./encoder.js";
import { definedMarkers, findBracketed } from "./markers.js";
import { mark } from "./marks.js";
import { PromptWriter } from "./writer.js";

/**
 * Questions with their answers as ids, as a reward model reads them: by the file's template for such pairs where it has
 * one (`tokenizer.chat_template.rerank`, as llama.cpp knows it, with `{query}` and `{document}`), else by its chat
 * template. Nothing that either says becomes a control token.
 */
export class AnsweredWriter {
  readonly #metadata: Metadata;
  readonly #tokenizer: Tokenizer;
  readonly #pairs: PairTemplate | undefined;
  #chat: Promise<PromptWriter> | undefined;

  /** @throws LlamaError `template` where the template for pairs leaves one of them out */
  constructor(metadata: Metadata, tokenizer: Tokenizer) {
    this.#metadata = metadata;
    this.#tokenizer = tokenizer;
    const source = metadata.findString("tokenizer.chat_template.rerank") ?? "";
    this.#pairs = source.trim() === "" ? undefined : new PairTemplate(source, tokenizer);
  }

  /** @throws LlamaError `template` where the chat template refuses the conversation */
  async write(prompt: ScorePrompt, answer: string): Promise<number[]> {
    if (isIds(prompt)) return this.#continued(prompt, answer);
    const messages: readonly ChatMessage[] =
      typeof prompt === "string" ? [{ role: "user", content: prompt }] : (prompt as readonly ChatMessage[]);
    const [first] = messages;
    if (this.#pairs !== undefined && messages.length === 1 && first !== undefined) {
      return this.#pairs.write(first.content, answer);
    }
    const writer = await this.#chatWriter();
    const said = { role: "assistant", content: wellFormed(answer) } as const;
    return this.#ended(writer.encoder.encode(await writer.write([...messages, said])));
  }

  dispose(): void {
    this.#chat?.then(
      (writer) => writer.dispose(),
      () => undefined,
    );
  }

  /** A text that goes on behind ids, and ends. */
  #continued(ids: readonly number[], answer: string): number[] {
    const rest = this.#tokenizer.encode(answer, { addBos: false, addSpacePrefix: false });
    return [...ids, ...rest, ...this.#end];
  }

  /** A template may begin the next turn behind the answer, or may leave it to the model to end this one. */
  #ended(ids: readonly number[]): number[] {
    const last = ids.findLastIndex((id) => this.#tokenizer.isEndOfGeneration(id));
    const isEnd = last > ids.lastIndexOf(this.#tokenizer.bosId ?? -1);
    return isEnd && ids.length - last <= MOST_BEHIND ? ids.slice(0, last + 1) : [...ids, ...this.#end];
  }

  get #end(): number[] {
    const { eosId } = this.#tokenizer;
    return eosId === undefined ? [] : [eosId];
  }

  #chatWriter(): Promise<PromptWriter> {
    this.#chat ??= PromptWriter.create(chooseTemplate(this.#metadata, this.#tokenizer, {}).template, this.#tokenizer);
    return this.#chat;
  }
}

/** Tokens of the head of a turn, such as `<|im_start|>assistant`, with line breaks around it. */
const MOST_BEHIND = 8;

/** Where {query} and {document} are put. */
class PairTemplate {
  readonly #source: string;
  readonly #encoder: PromptEncoder;

  constructor(source: string, tokenizer: Tokenizer) {
    for (const name of ["{query}", "{document}"]) {
      if (source.includes(name)) continue;
      throw new LlamaError(
        "template",
        `The model's template for scores (tokenizer.chat_template.rerank) has no ${name}; its file is damaged.`,
      );
    }
    this.#source = source;
    const markers = [...findBracketed(source), ...definedMarkers(tokenizer)];
    this.#encoder = new PromptEncoder(tokenizer, new ControlTokens(tokenizer), [...new Set(markers)]);
  }

  write(query: string, document: string): number[] {
    const parts: Readonly<Record<string, string>> = { query, document };
    const marked = this.#source.replace(/\{(query|document)\}/g, (_, name: string) =>
      mark(wellFormed(parts[name] ?? "")),
    );
    return this.#encoder.encode(marked);
  }
}

function isIds(prompt: ScorePrompt): prompt is readonly number[] {
  return typeof prompt !== "string" && typeof prompt[0] === "number";
}
