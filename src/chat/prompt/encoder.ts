import type { Tokenizer } from "../../tokenizer/tokenizer.js";
import type { ControlTokens } from "./markers.js";
import { unmark } from "./marks.js";

/** A character that no token joins to its neighbours. */
const ANCHOR = "\u263a";

/**
 * Marked text to token ids. What the template wrote becomes control tokens where it spells them; what messages say
 * never does, and a prompt marker in a message, such as `[INST]`, is written character by character, which are not the
 * tokens that the marker has.
 */
export class PromptEncoder {
  readonly #controls: ControlTokens;
  readonly #tokenizer: Tokenizer;
  readonly #markers: RegExp | undefined;
  readonly #anchorIds: readonly number[];

  /** @param markers the texts that divide the prompt into turns; what spells a control token needs no care */
  constructor(tokenizer: Tokenizer, controls: ControlTokens, markers: readonly string[]) {
    this.#controls = controls;
    this.#tokenizer = tokenizer;
    const texts = markers.filter((marker) => !controls.has(marker)).sort((a, b) => b.length - a.length);
    this.#markers = texts.length === 0 ? undefined : new RegExp(texts.map(escaped).join("|"), "g");
    this.#anchorIds = tokenizer.encode(ANCHOR, { addBos: false });
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

  /** What stands behind the token `previous`. */
  encodeBehind(previous: number, marked: string): number[] {
    return this.#encode(marked, this.#isSpecial(previous));
  }

  /** Everything in the text that divides it into turns, in order: what the template wrote. */
  dividers(marked: string): string[] {
    const found: string[] = [];
    for (const part of this.#split(marked)) {
      if (typeof part !== "string") found.push(this.#tokenizer.piece(part.id));
      else found.push(...this.#inMarkers(part).flatMap(({ text, isContent }) => (isContent ? [] : [text])));
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
      if (typeof part === "string") this.#encodeText(part, isPrefixed, ids);
      else ids.push(part.id);
      isPrefixed = typeof part !== "string";
    }
    return ids;
  }

  /** The control tokens, and the marked text between them. */
  *#split(marked: string): Generator<string | { readonly id: number }> {
    let start = 0;
    for (let at = 0; at < marked.length; ) {
      const found = this.#controls.find(marked, at);
      if (found === undefined) {
        at++;
        continue;
      }
      if (at > start) yield marked.slice(start, at);
      yield found;
      at += found.length;
      start = at;
    }
    if (start < marked.length) yield marked.slice(start);
  }

  #encodeText(marked: string, isPrefixed: boolean, ids: number[]): void {
    const plain = unmark(marked);
    let start = 0;
    const write = (text: string) => {
      if (text === "") return;
      const encoded = start === 0 && isPrefixed ? this.#tokenizer.encode(text, { addBos: false }) : this.#behind(text);
      for (const id of encoded) ids.push(id);
      start += text.length;
    };
    for (const { text, at, isContent } of this.#inMarkers(marked)) {
      if (!isContent) continue;
      write(plain.slice(start, at));
      for (const character of text) write(character);
    }
    write(plain.slice(start));
  }

  /** Markers in a text without control tokens, and whether a message wrote them, or any part of them. */
  #inMarkers(marked: string): { readonly text: string; readonly at: number; readonly isContent: boolean }[] {
    if (this.#markers === undefined) return [];
    return [...unmark(marked).matchAll(this.#markers)].map(({ 0: text, index: at }) => ({
      text,
      at,
      isContent: marked.slice(at, at + text.length) !== text,
    }));
  }

  /** The ids of text that follows other text: without the space that SentencePiece puts in front. */
  #behind(text: string): number[] {
    if (!this.#tokenizer.addSpacePrefix) return this.#tokenizer.encode(text, { addBos: false });
    return this.#tokenizer.encode(ANCHOR + text, { addBos: false }).slice(this.#anchorIds.length);
  }

  #isSpecial(id: number): boolean {
    return this.#controls.idOf(this.#tokenizer.piece(id)) === id;
  }
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
