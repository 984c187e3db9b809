import { LlamaError } from "../../errors.js";
import type { Tokenizer } from "../../tokenizer/tokenizer.js";
import type { ChatMessage } from "../message.js";
import type { ChatTemplate } from "../templates/template.js";
import { PromptEncoder } from "./encoder.js";
import { ControlTokens, definedMarkers, findBracketed, findMarkers } from "./markers.js";
import { mark, unmark } from "./marks.js";

/** A conversation in which every content can be found again in the prompt. */
const PROBE: readonly ChatMessage[] = [
  { role: "system", content: mark("system-probe") },
  { role: "user", content: mark("first-probe") },
  { role: "assistant", content: mark("answer-probe") },
  { role: "user", content: mark("second-probe") },
];

/**
 * Conversations to marked prompts, by a template of which it has found out a few things beforehand: whether it knows
 * system prompts, which texts divide its turns, and which of them end an answer.
 */
export class PromptWriter {
  readonly encoder: PromptEncoder;
  /** Texts that end an answer. */
  readonly stops: readonly string[];
  /** Tokens that end an answer besides the model's own. */
  readonly endIds: ReadonlySet<number>;
  readonly #template: ChatTemplate;
  readonly #knowsSystem: boolean;

  private constructor(template: ChatTemplate, tokenizer: Tokenizer, { text, knowsSystem }: Probe) {
    this.#template = template;
    this.#knowsSystem = knowsSystem;
    const controls = new ControlTokens(tokenizer);
    const markers = [...findMarkers(text), ...findBracketed(template.source ?? ""), ...definedMarkers(tokenizer)];
    this.encoder = new PromptEncoder(tokenizer, controls, [...new Set(markers)]);
    const ends = endsOf(text);
    // A control token ends the answer as the token; its spelling may be part of a text, as <s> is in HTML.
    this.stops = ends.filter((end) => !controls.has(end.trim()));
    this.endIds = new Set(ends.flatMap((end) => controls.idOf(end.trim()) ?? []));
  }

  /** @throws LlamaError `template` where the template cannot write the simplest conversation */
  static async create(template: ChatTemplate, tokenizer: Tokenizer): Promise<PromptWriter> {
    return new PromptWriter(template, tokenizer, await probe(template));
  }

  /**
   * The marked prompt for the next answer; the messages end with one of the user.
   *
   * Once the contents are opaque, the template can only put them somewhere, and the marks tell where they are. If
   * the same prompt comes out with the contents in the clear, as it nearly always does, that is the answer.
   * Otherwise the template looks at what is said, and the prompt in the clear counts, without marks: but only if
   * it is divided in the same way, so that nothing anybody said is taken for a marker.
   * @throws LlamaError `template`
   */
  async write(messages: readonly ChatMessage[]): Promise<string> {
    const written = this.#knowsSystem ? messages : joinSystem(messages);
    const [marked, clear] = await Promise.all([this.#template.render(opaque(written)), this.#clear(written)]);
    if (clear === undefined || clear === unmark(marked)) return marked;
    const wanted = this.encoder.dividers(marked);
    const found = this.encoder.dividers(clear);
    const isSame = found.length === wanted.length && found.every((divider, index) => divider === wanted[index]);
    return isSame ? clear : marked;
  }

  dispose(): void {
    this.#template.dispose();
  }

  /** The prompt without marks; undefined where the template does not like what is said. */
  async #clear(messages: readonly ChatMessage[]): Promise<string | undefined> {
    try {
      return await this.#template.render(messages);
    } catch (error) {
      if (error instanceof LlamaError && error.code === "template") return undefined;
      throw error;
    }
  }
}

interface Probe {
  readonly text: string;
  readonly knowsSystem: boolean;
}

async function probe(template: ChatTemplate): Promise<Probe> {
  const attempts = [PROBE, PROBE.slice(1), PROBE.slice(1, 2)];
  let reason: unknown;
  for (const messages of attempts) {
    try {
      const text = await template.render(messages);
      const isWhole = messages.every(({ content }) => text.includes(content));
      if (isWhole) return { text, knowsSystem: messages === PROBE };
      if (messages.length === 1) return { text, knowsSystem: false };
    } catch (error) {
      reason ??= error;
    }
  }
  throw reason;
}

/** What the template writes between an answer and the next message. */
function endsOf(text: string): readonly string[] {
  const [, , answer, next] = PROBE as [ChatMessage, ChatMessage, ChatMessage, ChatMessage];
  const from = text.indexOf(answer.content);
  const to = text.indexOf(next.content);
  if (from < 0 || to < from) return [];
  const between = text.slice(from + answer.content.length, to);
  return findMarkers(between).flatMap((marker) => {
    if (!marker.endsWith(":")) return [marker];
    // A speaker's name ends the answer where a line begins with it, or in capitals; behind a bracket that does.
    if (between.includes(`\n${marker}`)) return [`\n${marker}`];
    return marker === marker.toUpperCase() ? [marker] : [];
  });
}

function opaque(messages: readonly ChatMessage[]): ChatMessage[] {
  return messages.map(({ role, content }) => ({ role, content: mark(content) }));
}

/** The system prompt as the beginning of the first message, for templates that know none. */
function joinSystem(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  const [system, first, ...rest] = messages;
  if (system?.role !== "system" || first === undefined) return messages;
  return [{ role: first.role, content: `${system.content}\n\n${first.content}` }, ...rest];
}
