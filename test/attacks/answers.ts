import { Grammar } from "#dist/grammar/grammar.js";
import { named, names, numbered } from "./numbered.js";

const STRING = { type: "string" };
const INTEGER = { type: "integer" };

/** Grammars that are small, and answers that cost. */
export const ANSWERS: Readonly<Record<string, { readonly grammar: () => Grammar; readonly text: string }>> = {
  "sums without brackets": {
    grammar: () => Grammar.fromGbnf('root ::= root "+" root | root "*" root | [a-z]+'),
    text: "a+b*c+d*".repeat(25),
  },
  "S ::= S S S | S S | a": {
    grammar: () => Grammar.fromGbnf('root ::= root root root | root root | "a"'),
    text: "a".repeat(200),
  },
  "S ::= a S a | a": { grammar: () => Grammar.fromGbnf('root ::= "a" root "a" | "a"'), text: "a".repeat(400) },
  "right and left recursion": {
    grammar: () => Grammar.fromGbnf('root ::= l r\nl ::= l "a" | "a" l "b" | ""\nr ::= "a" r "a" | r "a" "a" | ""'),
    text: "a".repeat(300),
  },
  "palindromes of words": {
    grammar: () => Grammar.fromGbnf("root ::= w root w | w\nw ::= [a-z ]+"),
    text: "the quick brown fox jumps over ".repeat(6),
  },
  "words within words": {
    grammar: () => Grammar.fromGbnf('root ::= ([a-z] root [a-z] | [a-z]* | root " " root)+'),
    text: "the quick brown fox jumps over ".repeat(6),
  },
  "100 ways to be a letter": {
    grammar: () =>
      Grammar.fromGbnf(
        `root ::= (${names(100, "r").join(" | ")})+\n${numbered(100, (i) => `r${i} ::= [a-z] (r${(i + 1) % 100} | r${(i * 7) % 100}) | [a-z]`).join("\n")}`,
      ),
    text: "abcdefgh".repeat(12),
  },
  "1,000 ways to begin": {
    grammar: () =>
      Grammar.fromGbnf(
        `root ::= ${names(1000, "r").join(" | ")}\n${numbered(1000, (i) => `r${i} ::= [a-z]{0,${i}} "${i}" root?`).join("\n")}`,
      ),
    text: "abcdefgh".repeat(12),
  },
  "(a|b)*a(a|b){12} as text": { grammar: () => Grammar.fromRegex("[ab]*a[ab]{14}c"), text: "abbabaab".repeat(30) },
  ".*a.{30}b.*, negated": {
    grammar: () => Grammar.fromJsonSchema({ type: "string", not: { pattern: "a.{12}b" } }),
    text: `"${"the quick brown fox jumps over a lazy dog ".repeat(6)}`,
  },
  "five patterns at once": {
    grammar: () =>
      Grammar.fromJsonSchema({
        type: "string",
        allOf: [{ pattern: "e.{9}o" }, { pattern: "o.{8}e" }, { pattern: "t.{7}h" }, { pattern: "r.{6}e" }],
      }),
    text: `"${"the quick brown fox jumps over a lazy dog ".repeat(6)}`,
  },
  "5,000 optional properties": {
    grammar: () => Grammar.fromJsonSchema({ properties: named(5000, () => STRING) }),
    text: '{"p4999":"x","other":"y"',
  },
  "3,000 optional properties, closed": {
    grammar: () =>
      Grammar.fromJsonSchema({
        properties: named(3000, (i) => ({
          anyOf: [STRING, { type: "array", items: { $ref: "#" } }, INTEGER],
          description: `${i}`,
        })),
        additionalProperties: false,
      }),
    text: '{"p7":[{"p9":[{"p11":"x"}]}],"p2000":"y"',
  },
  "counted letters": {
    grammar: () => Grammar.fromRegex("([a-z]{1,100} ?){1,100}([a-z ]{1,30}x?){1,300}"),
    text: "the quick brown fox jumps over a lazy dog ".repeat(6),
  },
  "an enum of 20,000": {
    grammar: () => Grammar.fromJsonSchema({ enum: numbered(20_000, (i) => `${i} ${(i * 7919) % 20_011}`) }),
    text: '"19999 ',
  },
  "nested optional lists": {
    grammar: () =>
      Grammar.fromGbnf(
        'root ::= (a? b? c?)*\na ::= "(" root ")" | [a-m]+ a?\nb ::= "(" root ")" | [g-z]+ b?\nc ::= "(" root ")" | [a-z]+ c?',
      ),
    text: "((abc)(def(ghi)))".repeat(8),
  },
  "200 repetitions of ambiguous items": {
    grammar: () => Grammar.fromGbnf('root ::= (x x | x){0,200} "!"\nx ::= "(" x ")" | [a-z]{1,5}'),
    text: "(abc)(def)((g))hij".repeat(15),
  },
  "counted twice": {
    grammar: () =>
      Grammar.fromGbnf('root ::= (x{1,50} y{1,50}){1,500}\nx ::= "(" x ")" | [a-z]\ny ::= "(" y ")" | [a-z]'),
    text: "abcdefghij".repeat(30),
  },
  "tool calls with everything": {
    grammar: () => Grammar.fromGbnf('root ::= [a-z ]* "x"').lazy({ words: numbered(2000, (i) => `<call ${i}`) }),
    text: "the quick <cal <call",
  },
  "tokens that are not others": {
    grammar: () => Grammar.fromGbnf(`root ::= (${numbered(300, (i) => `!<[${i + 3}]> root?`).join(" | ")})`),
    text: "",
  },
};
