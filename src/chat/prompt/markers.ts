import type { Tokenizer } from "../../tokenizer/tokenizer.js";
import { MAX_PIECE_LENGTH } from "./control-tokens.js";

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
    if (!tokenizer.isUserDefined(id)) continue;
    const piece = tokenizer.piece(id);
    if (piece.length <= MAX_PIECE_LENGTH) markers.push(...findBracketed(piece));
  }
  return markers;
}

/** Those of {@link findMarkers} that nobody writes by chance, so that a template's source can be searched for them. */
export function findBracketed(text: string): string[] {
  return [...new Set(text.match(BRACKETED) ?? [])];
}
