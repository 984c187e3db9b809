import type { Document, Place } from "./document.js";
import type { Term, Terms } from "./terms.js";
import type { ValueSet, ValueSets } from "./value-set.js";

/** What the readers of keywords need of the whole: terms for the schemas inside, and what terms mean. */
export interface Reader {
  readonly document: Document;
  readonly terms: Terms;
  readonly sets: ValueSets;
  /** The term of a schema inside another. */
  term(schema: unknown, pointer: string, parent: Place): Term;
  /** The term of the schema that is the value of a keyword, where it is there. */
  child(place: Place, keyword: string): Term | undefined;
  /** What a term means. */
  normal(term: Term): ValueSet;
  /** True only where the set plainly holds nothing. */
  isPlainlyEmpty(set: ValueSet): boolean;
}
