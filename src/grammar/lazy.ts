import { grammarError } from "./errors.js";
import {
  ANY_BYTE,
  ANY_TEXT,
  complement,
  concatenation,
  intersection,
  repetition as repeated,
} from "./regular/build.js";
import { texts } from "./regular/utf8.js";
import { choiceOf, type GrammarNode, repetition, sequence, terminal, token } from "./rules.js";

/** What begins the part of an answer that is held to a grammar. */
export interface Triggers {
  /** Texts, none of them empty; the first that occurs counts, wherever tokens are divided. */
  readonly words?: readonly string[] | undefined;
  /** Tokens, by id or as the vocabulary writes them. */
  readonly tokens?: readonly (number | string)[] | undefined;
  /** Whether free text, and with it more triggers, may come again after the grammar's text. */
  readonly repeats?: boolean | undefined;
}

/**
 * Free text, and from a trigger on what a grammar allows to follow it. The trigger itself is no part of the grammar's
 * text. It is a language as any other: a token that holds the end of a trigger and more is allowed only if the
 * grammar may begin with the rest.
 * @throws LlamaError `grammar` where there is no trigger, or an empty one
 */
export function lazyGrammar(inner: GrammarNode, { words = [], tokens = [], repeats = false }: Triggers): GrammarNode {
  if (words.length + tokens.length === 0) throw grammarError("A lazy grammar needs a trigger, and none was given.");
  if (words.includes("")) throw grammarError("A lazy grammar was given an empty text for a trigger.");
  const word = texts(words);
  const hasWord = concatenation(ANY_TEXT, word, ANY_TEXT);
  const goesOn = concatenation(ANY_TEXT, word, repeated(ANY_BYTE, 1, Number.POSITIVE_INFINITY));
  const free = terminal(complement(hasWord));
  const triggered: GrammarNode[] = [];
  if (words.length > 0) {
    triggered.push(terminal(intersection(concatenation(ANY_TEXT, word), complement(goesOn))));
  }
  if (tokens.length > 0) triggered.push(sequence(free, token(tokens)));
  const part = sequence(choiceOf(triggered), inner);
  if (repeats) return sequence(repetition(part, 0, Number.POSITIVE_INFINITY), free);
  return choiceOf([free, part]);
}
