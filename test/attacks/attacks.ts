import { Grammar } from "#dist/grammar/grammar.js";
import { ANSWERS } from "./answers.js";
import { SCHEMAS } from "./schemas.js";
import { EXPRESSIONS, GRAMMARS } from "./sources.js";
import { VALUES } from "./values.js";

/** An input that is made to cost much more than its size. */
export interface Attack {
  readonly name: string;
  readonly compile: () => Grammar;
  /** What an answer says, where it is the answer that costs. */
  readonly text?: string;
}

export const ATTACKS: readonly Attack[] = [
  ...Object.entries({ ...SCHEMAS, ...VALUES }).map(([name, make]) => {
    return { name: `schema: ${name}`, compile: () => Grammar.fromJsonSchema(make()) };
  }),
  ...Object.entries(GRAMMARS).map(([name, make]) => {
    return { name: `gbnf: ${name}`, compile: () => Grammar.fromGbnf(make()) };
  }),
  ...Object.entries(EXPRESSIONS).map(([name, make]) => {
    return { name: `regex: ${name}`, compile: () => Grammar.fromRegex(make()) };
  }),
  ...Object.entries(ANSWERS).map(([name, { grammar, text }]) => ({ name: `answer: ${name}`, compile: grammar, text })),
];
