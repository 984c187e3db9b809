import { LlamaError } from "../../errors.js";
import { Phrases } from "../../tokenizer/phrases.js";
import type { Tokenizer } from "../../tokenizer/tokenizer.js";
import type { ControlTokens } from "./control-tokens.js";
import { unmark } from "./marks.js";

/**
 * Marked text to token ids. What the template wrote becomes control tokens where it spells them; what messages say
 * never does, and a prompt marker in a message, such as `[INST]`, is written character by character, which are not the
 * tokens that the marker has.
 */
export class PromptEncoder {
  readonly #controls: ControlTokens;
  readonly #tokenizer: Tokenizer;
  readonly #markers: Phrases;

  /** @param markers the texts that divide the prompt into turns; what spells a control token needs no care */
  constructor(tokenizer: Tokenizer, controls: ControlTokens, markers: readonly string[]) {
    this.#controls = controls;
    this.#tokenizer = tokenizer;
    this.#markers = new Phrases(markers.filter((marker) => !controls.has(marker)));
  }

  /** A prompt from its beginning, with exactly one BOS where the model wants one. */
  encode(marked: string): number[] {
    const ids = this.#encode(marked, true);
    const { bosId, addBos } = this.#tokenizer;
    if (bosId === undefined) return ids;
    const first = ids.findIndex((id) => id !== bosId);
    const text = ids.slice(first < 0 ? ids.length : first);
    return addBos || text.length < ids.length ? [bosId, ...text] : text;
  }

  /** Whether a text has more than so many tokens, found in no more time than it takes to make those. */
  exceeds(text: string, limit: number): boolean {
    if (text.length <= limit) return false;
    try {
      this.#tokenizer.encode(text, { addBos: false, tokenLimit: limit });
      return false;
    } catch (error) {
      if (error instanceof LlamaError && error.code === "context") return true;
      throw error;
    }
  }

  /** What stands behind the token `previous`. */
  encodeBehind(previous: number, marked: string): number[] {
    return this.#encode(marked, this.#isSpecial(previous));
  }

  /** Everything in the text that divides it into turns, in order: what the template wrote. */
  dividers(marked: string): string[] {
    const found: string[] = [];
    for (const part of this.#split(marked)) {
      if (typeof part !== "string") found.push(this.#tokenizer.piece(part.id));
      else for (const { text, isContent } of this.#markersIn(part)) if (!isContent) found.push(text);
    }
    return found;
  }

  /** Whether a text would divide the prompt if the template wrote it. */
  divides(text: string): boolean {
    return this.dividers(text).length > 0;
  }

  #encode(marked: string, isAfterSpecial: boolean): number[] {
    const ids: number[] = [];
    let isPrefixed = isAfterSpecial;
    for (const part of this.#split(marked)) {
      if (typeof part !== "string") ids.push(part.id);
      else this.#encodeText(part, isPrefixed, ids);
      isPrefixed = typeof part !== "string";
    }
    return ids;
  }

  /** The control tokens, and the marked text between them. */
  *#split(marked: string): Generator<string | { readonly id: number }> {
    let start = 0;
    for (const { id, at, length } of this.#controls.in(marked)) {
      if (at > start) yield marked.slice(start, at);
      yield { id };
      start = at + length;
    }
    if (start < marked.length) yield marked.slice(start);
  }

  #encodeText(marked: string, isPrefixed: boolean, ids: number[]): void {
    let addSpacePrefix = isPrefixed && this.#tokenizer.addSpacePrefix;
    for (const text of this.#stretches(marked)) {
      for (const id of this.#tokenizer.encode(text, { addBos: false, addSpacePrefix })) ids.push(id);
      addSpacePrefix = false;
    }
  }

  /** A marked text without its marks, in the stretches that are encoded apart: each character of a message's marker. */
  *#stretches(marked: string): Generator<string> {
    const plain = unmark(marked);
    let start = 0;
    for (const { text, at, isContent } of this.#markersIn(marked)) {
      if (!isContent) continue;
      if (at > start) yield plain.slice(start, at);
      yield* text;
      start = at + text.length;
    }
    if (start < plain.length) yield plain.slice(start);
  }

  /** Markers in a text without control tokens, and whether a message wrote them, or any part of them. */
  *#markersIn(marked: string): Generator<{ readonly text: string; readonly at: number; readonly isContent: boolean }> {
    for (const { text, at } of this.#markers.in(unmark(marked))) {
      yield { text, at, isContent: !marked.startsWith(text, at) };
    }
  }

  #isSpecial(id: number): boolean {
    return this.#controls.idOf(this.#tokenizer.piece(id)) === id;
  }
}
