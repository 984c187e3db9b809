import type { Tokenizer } from "../../tokenizer/tokenizer.js";

/** Longer pieces are no markers; real ones have 30 characters at most. */
const MAX_LENGTH = 128;

/** The tokens that a template may write out, and nobody else: control tokens, and those the file names as BOS and so on. */
export class ControlTokens {
  readonly #ids = new Map<string, number>();
  /** By first character: the lengths of the pieces that begin with it, the longest first. */
  readonly #lengths = new Map<string, number[]>();

  constructor(tokenizer: Tokenizer) {
    const named = new Set([tokenizer.bosId, tokenizer.eosId, tokenizer.eotId, tokenizer.unknownId]);
    for (let id = 0; id < tokenizer.size; id++) {
      if (tokenizer.isControl(id) || named.has(id)) this.#add(tokenizer.piece(id), id);
    }
    for (const lengths of this.#lengths.values()) lengths.sort((a, b) => b - a);
  }

  /** The longest one that begins at `at`. */
  find(text: string, at: number): { readonly id: number; readonly length: number } | undefined {
    for (const length of this.#lengths.get(text[at] ?? "") ?? []) {
      const id = this.#ids.get(text.slice(at, at + length));
      if (id !== undefined && at + length <= text.length) return { id, length };
    }
    return undefined;
  }

  /** Whether the text is one of them. */
  has(text: string): boolean {
    return this.#ids.has(text);
  }

  /** The token that is spelled so. */
  idOf(text: string): number | undefined {
    return this.#ids.get(text);
  }

  #add(piece: string, id: number): void {
    // Without a character that can be marked, a message's text could not be told from the template's.
    if (piece.length > MAX_LENGTH || !/[!-~]/.test(piece) || this.#ids.has(piece)) return;
    this.#ids.set(piece, id);
    const first = piece[0] as string;
    const lengths = this.#lengths.get(first) ?? [];
    if (!lengths.includes(piece.length)) lengths.push(piece.length);
    this.#lengths.set(first, lengths);
  }
}

/** `<|user|>`, `<<SYS>>`, `</s>`, `[/INST]` and their like. */
const BRACKETED = /<{1,2}[/|｜]?[^\s<>]{1,40}>{1,2}|\[\/?[A-Z][A-Z_]{1,40}\]/g;
/** `User:`, `### Instruction:` at the beginning of a line or behind a bracket, `USER:` anywhere. */
const LABEL = /(?:^|(?<=[\n>])|(?<=> ))(?:#{1,6} ?)?[A-Z][A-Za-z]{0,20}(?: [A-Za-z]{1,20}){0,2}:|\b[A-Z]{2,20}:/g;

/** The texts in a template's own writing that divide a prompt into turns. */
export function findMarkers(text: string): string[] {
  return [...new Set([...findBracketed(text), ...(text.match(LABEL) ?? [])])];
}

/** Those of the vocabulary's user-defined tokens that look like markers: the tokenizer would find them in any text. */
export function definedMarkers(tokenizer: Tokenizer): string[] {
  const markers: string[] = [];
  for (let id = 0; id < tokenizer.size; id++) {
    if (tokenizer.isUserDefined(id)) markers.push(...findBracketed(tokenizer.piece(id).slice(0, MAX_LENGTH)));
  }
  return markers;
}

/** Those of {@link findMarkers} that nobody writes by chance, so that a template's source can be searched for them. */
export function findBracketed(text: string): string[] {
  return [...new Set(text.match(BRACKETED) ?? [])];
}
