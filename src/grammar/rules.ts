import type { Regular } from "./regular/regular.js";

/**
 * A context-free grammar, the form that GBNF, JSON schemas and regular expressions are all compiled to. Its terminals
 * are regular languages, not characters, and where one ends is never guessed: a text is in the language if there is
 * any way at all to divide it.
 */
export type GrammarNode = Terminal | TokenTerminal | Sequence | Choice | Repetition | Rule;

/** A text of a regular language. */
export interface Terminal {
  readonly kind: "terminal";
  readonly language: Regular;
}

/** One token of the model, whatever its text. */
export interface TokenTerminal {
  readonly kind: "token";
  /** Ids, or pieces as the vocabulary writes them, which a matcher looks up. */
  readonly tokens: readonly (number | string)[];
  /** Whether every other token is meant, those that end a generation excepted. */
  readonly isNegated: boolean;
}

export interface Sequence {
  readonly kind: "sequence";
  readonly items: readonly GrammarNode[];
}

export interface Choice {
  readonly kind: "choice";
  readonly options: readonly GrammarNode[];
}

/** `item` from `min` to `max` times; `max` may be Infinity. Counted, never unrolled. */
export interface Repetition {
  readonly kind: "repetition";
  readonly item: GrammarNode;
  readonly min: number;
  readonly max: number;
}

/** A rule, and as a node a reference to it. The body may be set later, and refer to the rule itself. */
export class Rule {
  readonly kind = "rule";
  readonly name: string;
  body: GrammarNode | undefined;

  constructor(name: string, body?: GrammarNode) {
    this.name = name;
    this.body = body;
  }
}

export function terminal(language: Regular): Terminal {
  return { kind: "terminal", language };
}

export function token(tokens: readonly (number | string)[], isNegated = false): TokenTerminal {
  return { kind: "token", tokens, isNegated };
}

export function sequence(...items: readonly GrammarNode[]): GrammarNode {
  return sequenceOf(items);
}

/** `sequence` for lists of any length. */
export function sequenceOf(items: readonly GrammarNode[]): GrammarNode {
  return items.length === 1 ? (items[0] as GrammarNode) : { kind: "sequence", items };
}

/** Any one of the options; of no options nothing matches. */
export function choice(...options: readonly GrammarNode[]): GrammarNode {
  return choiceOf(options);
}

/** `choice` for lists of any length. */
export function choiceOf(options: readonly GrammarNode[]): GrammarNode {
  return options.length === 1 ? (options[0] as GrammarNode) : { kind: "choice", options };
}

export function repetition(item: GrammarNode, min: number, max: number): Repetition {
  return { kind: "repetition", item, min, max };
}

export function optional(item: GrammarNode): Repetition {
  return repetition(item, 0, 1);
}
