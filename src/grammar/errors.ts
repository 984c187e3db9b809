import { LlamaError } from "../errors.js";

/** What a grammar may cost before it is refused; generous for any that a person or a program writes in earnest. */
export const LIMITS = {
  /** Levels of nesting in a source text. */
  depth: 200,
  /** Characters of a source text. */
  sourceLength: 1_000_000,
  /** Rules of a grammar, and symbols of all its rules together. */
  rules: 50_000,
  symbols: 200_000,
  /** The largest bound of a repetition. */
  repetitions: 1_000_000_000,
  /** Expressions that one compilation, one mask or one token may make. */
  expressions: 400_000,
  /** States that are searched to find out whether a language is empty. */
  emptinessStates: 20_000,
  /** Parser threads that one mask or one token may make. */
  threads: 400_000,
  /** Nodes of the vocabulary's tree that one mask may visit behind the ends of terminals. */
  nodes: 20_000_000,
} as const;

export function grammarError(message: string): LlamaError {
  return new LlamaError("grammar", message);
}

/** For a grammar that is well formed and costs too much. */
export function tooComplex(what: string): LlamaError {
  return grammarError(`The grammar is too complex: ${what}; simplify it or lower the bounds of its repetitions.`);
}
