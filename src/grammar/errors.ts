import { LlamaError } from "../errors.js";

/**
 * How large a grammar may be; generous for any that a person or a program writes in earnest. What it may cost is in
 * work.ts.
 */
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
} as const;

export function grammarError(message: string): LlamaError {
  return new LlamaError("grammar", message);
}

/** For a grammar that is well formed and costs too much. */
export function tooComplex(what: string): LlamaError {
  return grammarError(`The grammar is too complex: ${what}; simplify it or lower the bounds of its repetitions.`);
}
