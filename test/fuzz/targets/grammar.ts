import { bundledModelPath } from "#dist/bundled-model.js";
import { Grammar } from "#dist/grammar/grammar.js";
import { shortSchema } from "#dist/grammar/short-schema.js";
import { Tokenizer } from "#dist/tokenizer/tokenizer.js";
import { isRefusal, type Target, textOf, texts } from "../target.js";

/** A vocabulary with a token for every byte: it can spell whatever a grammar asks for. */
const tokenizer = await Tokenizer.load(bundledModelPath);
const STEPS = 6;

/**
 * Follows a text that the grammar allows: there is always a way on, what the mask has is accepted, and what it has not
 * is refused.
 */
function follow(grammar: Grammar, input: Uint8Array): void {
  const matcher = grammar.createMatcher(tokenizer);
  for (let step = 0; step < STEPS && !matcher.isOver; step++) {
    const mask = matcher.mask();
    const isAllowed = (id: number) => ((mask[id >>> 5] as number) & (1 << (id & 31))) !== 0;
    const start = ((input[step] ?? 7) * 31 + step * 7) % tokenizer.size;
    const wayOn = Array.from({ length: tokenizer.size }, (_, i) => (start + i) % tokenizer.size).find(isAllowed);
    if (wayOn === undefined) throw new Error("a text that is allowed so far has no way on");
    if (!isAllowed(start) && matcher.accept(start)) throw new Error(`token ${start} is accepted, and not in the mask`);
    if (!matcher.accept(wayOn)) throw new Error(`token ${wayOn} is in the mask, and not accepted`);
  }
}

/** A door for the source of a grammar. */
function door(
  name: string,
  modules: readonly string[],
  words: string,
  seeds: readonly string[],
  read: (text: string) => Grammar,
): Target {
  return {
    name,
    modules: ["/grammar/regular/", "/grammar/earley/", "/grammar/mask/", "/grammar/matcher", ...modules],
    seeds: () => texts(...seeds),
    words: texts(...words.split(" ")),
    run(input) {
      try {
        const grammar = read(textOf(input));
        grammar.test('{"a": [1, true, "x"]}');
        follow(grammar, input);
      } catch (error) {
        if (!isRefusal(error)) throw error;
      }
    },
  };
}

/** JSON, or nothing that a schema could be. */
function jsonGrammar(text: string): Grammar {
  let schema: unknown;
  try {
    schema = JSON.parse(text);
  } catch {
    return Grammar.fromJsonSchema(true);
  }
  return Grammar.fromJsonSchema(schema);
}

/** The sources of grammars, as a person or a client of a server gives them. */
export const gbnf = door(
  "gbnf",
  ["/grammar/gbnf/"],
  'root ::= | ( ) [ ] [^ "a" * + ? {2} {1,3} {0,} . # \\n \\x41 \\u00e9 \\U0001F600 <[5]> !<[5]> <[</s>]> a-z other',
  [
    'root ::= "yes" | "no"',
    'root ::= item (", " item)*\nitem ::= [a-z]+ # words\n',
    'root ::= expr\nexpr ::= expr "+" term | term\nterm ::= [0-9]{1,3} | "(" expr ")"\n',
    'root ::= [^"\\n]{2,5} "\\x41" .? "\\u00e9"',
  ],
  (text) => Grammar.fromGbnf(text),
);

export const regex = door(
  "regex",
  ["/grammar/regex/"],
  "( ) (?: | [ ] [^ - * + ? *? {2} {1,3} {0,} . ^ $ \\d \\w \\s \\S \\b \\p{L} \\u{1F600} \\x41 (?= (?<n> \\1",
  ["[a-z]+(-[a-z]+)*", "\\d{4}-\\d\\d-\\d\\d", "(yes|no|[^\\s]{3,8})?", "\\p{Lu}\\p{Ll}+ [\\w.]+@x\\.(com|org)"],
  (text) => Grammar.fromRegex(text),
);

export const schema = door(
  "schema",
  ["/grammar/json-schema/"],
  '"type" "object" "array" "string" "integer" "number" "properties" "required" "items" "prefixItems" "$ref" "#/$defs/a" ' +
    '"$defs" "anyOf" "oneOf" "allOf" "not" "if" "then" "else" "enum" "const" "pattern" "format" "date" "minLength" ' +
    '"maxItems" "minimum" "multipleOf" "additionalProperties" "patternProperties" "propertyNames" "contains" true null {} [] 1e9 0.1 :',
  [
    '{"type":"object","properties":{"a":{"type":"string","maxLength":9},"b":{"type":"integer","minimum":3}},"required":["a"]}',
    '{"$defs":{"a":{"type":"array","items":{"$ref":"#/$defs/a"},"maxItems":3}},"$ref":"#/$defs/a"}',
    '{"anyOf":[{"const":1},{"enum":["x",null]},{"type":"string","pattern":"^a+$"},{"type":"string","format":"date"}]}',
    '{"type":"array","prefixItems":[{"type":"boolean"}],"items":{"type":"number","multipleOf":0.5},"minItems":1,"maxItems":4}',
    '{"if":{"properties":{"a":{"const":1}}},"then":{"required":["b"]},"not":{"type":"null"},"type":"object"}',
  ],
  jsonGrammar,
);

export const short = door(
  "short-schema",
  ["/grammar/short-schema"],
  "name age int float bool string [ ] { } , : \n [string] [{ }]",
  ["name, age int, tags [string], address {street, city}", "name: of the person\nsize float\n", "[{a int}]"],
  (text) => Grammar.fromJsonSchema(shortSchema(text)),
);
