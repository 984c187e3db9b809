import type { Parser } from "./earley/parser.js";
import type { ParserState } from "./earley/state.js";
import type { MaskMaker } from "./mask/mask-maker.js";
import type { IndexedVocabulary } from "./mask/vocabulary.js";
import { liveBytes } from "./regular/automaton.js";
import { LIMITS_OF_WORK, type Work, workOfAnswer } from "./work.js";

/** The most bytes that `forcedBytes` returns. */
const MOST_FORCED = 4096;

/** How many tokens a tokenizer might write as one once it sees what follows. */
const MOST_JOINED = 4;

/** Follows a text token by token, and says which may come next. Made by `Grammar.createMatcher`. */
export class Matcher {
  readonly #parser: Parser;
  readonly #vocabulary: IndexedVocabulary;
  readonly #masks: MaskMaker;
  readonly #work: Work;
  /** The state before each token, and the present one; undefined once the text has ended. */
  #states: (ParserState | undefined)[];

  /** @param work of an answer of which this is another way to go on */
  constructor(parser: Parser, vocabulary: IndexedVocabulary, masks: MaskMaker, work = workOfAnswer()) {
    this.#work = work;
    this.#parser = parser;
    this.#vocabulary = vocabulary;
    this.#masks = masks;
    this.#states = [parser.start];
  }

  /** Units of work that were spent and have not come back with tokens, see work.ts. @internal */
  get cost(): number {
    return this.#work.spent;
  }

  /** Tokens accepted so far, those that ended the text too. */
  get length(): number {
    return this.#states.length - 1;
  }

  /** Whether the text may end here, or has ended. */
  get isComplete(): boolean {
    return this.#state?.isComplete ?? true;
  }

  /** Whether a token that ends the generation was accepted: nothing may follow. */
  get hasEnded(): boolean {
    return this.#state === undefined;
  }

  /** Whether the text is whole and no byte may follow it. */
  get isOver(): boolean {
    const state = this.#state;
    return state === undefined || (state.groups.length === 0 && state.tokenItems.length === 0);
  }

  /**
   * The tokens that may come next: (vocabulary / 32, rounded up) bit `id & 31` of word `id >>> 5`. Tokens that end the
   * generation are among them exactly where the text may end. None at all, where the text has ended or the
   * vocabulary cannot spell what must follow. Not to be changed; valid for ever.
   * @throws LlamaError `grammar` where finding out costs too much
   */
  mask(): Uint32Array {
    const state = this.#state;
    if (state === undefined) return new Uint32Array(this.#vocabulary.words);
    return this.#do(() => this.#masks.maskOf(state));
  }

  /**
   * Takes a token into the text.
   * @returns whether the grammar allows it; if not, the matcher stays as it was
   * @throws LlamaError `grammar` where finding out costs too much, `option` where the vocabulary has no such token
   */
  accept(id: number): boolean {
    const state = this.#state;
    if (state === undefined) return false;
    if (this.#vocabulary.endIds.includes(id)) {
      if (state.isComplete) this.#states.push(undefined);
      return state.isComplete;
    }
    const bytes = this.#vocabulary.bytesOf(id);
    const next = this.#do(() => {
      const byText = bytes.length === 0 ? undefined : this.#follow(state, bytes);
      return this.#parser.afterTokens(byText, this.#masks.itemsOf(state, id));
    });
    if (next === undefined) return false;
    this.#states.push(next);
    this.#work.refill(LIMITS_OF_WORK.perToken);
    return true;
  }

  /** Takes the last `count` tokens back, or all, where there are fewer. */
  rollback(count: number): void {
    this.#states.length = Math.max(1, this.#states.length - Math.max(0, count));
  }

  /** Whether bytes of text may come next. */
  allows(bytes: Uint8Array): boolean {
    const state = this.#state;
    return state !== undefined && this.#do(() => this.#follow(state, bytes)) !== undefined;
  }

  /**
   * The longest text that must come next: no other may, and the text may not end within it. It may end inside a
   * character.
   */
  forcedBytes(): Uint8Array {
    return this.#do(() => this.#findForced());
  }

  #findForced(): Uint8Array {
    const forced: number[] = [];
    let state = this.#state;
    while (state !== undefined && forced.length < MOST_FORCED) {
      const byte = onlyByte(state);
      if (byte === undefined) break;
      forced.push(byte);
      state = this.#parser.step(state, byte);
    }
    return Uint8Array.from(forced);
  }

  /**
   * The tokens that must come next: {@link forcedBytes} as the tokenizer writes them, without those at their end that
   * might be written as one with what follows. Which token that is, is for the model to say.
   * @param encode gives the tokens of a text that continues another
   * @throws LlamaError `grammar` where finding out costs too much
   */
  forcedTokens(encode: (text: string) => readonly number[]): readonly number[] {
    const text = wholeCharacters(this.forcedBytes());
    if (text === "") return [];
    const ids = encode(text);
    const before = this.length;
    try {
      if (!ids.every((id) => this.accept(id))) return [];
      let [kept, tail] = [ids.length, new Uint8Array(0)];
      for (let last = ids.length - 1; last >= Math.max(0, ids.length - MOST_JOINED); last--) {
        this.rollback(1);
        tail = joined(this.#vocabulary.bytesOf(ids[last] as number), tail);
        const mask = this.mask();
        if (this.#do(() => this.#vocabulary.hasLonger(tail, mask))) kept = last;
      }
      return ids.slice(0, kept);
    } finally {
      this.rollback(this.length - before);
    }
  }

  /** Whether the grammar names a token by itself: one that has no text is then a part of the answer all the same. */
  names(id: number): boolean {
    return this.#masks.names(id);
  }

  /** A matcher of the same text that goes its own way from here. */
  clone(): Matcher {
    const copy = new Matcher(this.#parser, this.#vocabulary, this.#masks, this.#work);
    copy.#states = [...this.#states];
    return copy;
  }

  get #state(): ParserState | undefined {
    return this.#states.at(-1);
  }

  /** Spends of what the answer may cost. */
  #do<T>(piece: () => T): T {
    this.#parser.forgetOld();
    return this.#work.do(piece);
  }

  #follow(start: ParserState, bytes: Uint8Array): ParserState | undefined {
    let state: ParserState | undefined = start;
    for (const byte of bytes) {
      if (state === undefined) return undefined;
      state = this.#parser.step(state, byte);
    }
    return state;
  }
}

function onlyByte({ isComplete, tokenItems, groups }: ParserState): number | undefined {
  if (isComplete || tokenItems.length > 0) return undefined;
  let only: number | undefined;
  for (const { language } of groups) {
    for (const byte of liveBytes(language)) {
      if (only !== undefined && byte !== only) return undefined;
      only = byte;
    }
  }
  return only;
}

/** Bytes as text, without what there is of a last character that is not whole. */
function wholeCharacters(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes, { stream: true });
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
