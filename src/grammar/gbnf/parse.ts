import { printable } from "../../errors.js";
import { grammarError, LIMITS, tooComplex } from "../errors.js";
import { ALL_SCALARS, CodePointSet, LAST_CODE_POINT } from "../regular/code-points.js";
import { codePoints, text } from "../regular/utf8.js";
import { choiceOf, type GrammarNode, Rule, repetition, sequenceOf, terminal, token } from "../rules.js";
import { COST, spend } from "../work.js";
import { GbnfScanner } from "./scanner.js";

const INFINITY = Number.POSITIVE_INFINITY;

/**
 * Reads a grammar in GBNF as llama.cpp documents it (grammars/README.md), whose root is the rule `root`. Unlike there,
 * left recursion is allowed, bounds of repetitions may be large, and a rule may not be defined twice.
 * @throws LlamaError `grammar` with line and column
 */
export function parseGbnf(source: string): Rule {
  if (source.length > LIMITS.sourceLength) {
    throw tooComplex(`its source has ${source.length} characters, and at most ${LIMITS.sourceLength} are read`);
  }
  return new GbnfParser(source).parse();
}

class GbnfParser {
  readonly #scanner: GbnfScanner;
  readonly #rules = new Map<string, Rule>();
  /** Where each rule is first referred to. */
  readonly #references = new Map<string, number>();
  #depth = 0;

  constructor(source: string) {
    this.#scanner = new GbnfScanner(source);
  }

  parse(): Rule {
    const scanner = this.#scanner;
    scanner.skipSpace(true);
    while (!scanner.isAtEnd) this.#rule();
    for (const [name, at] of this.#references) {
      if (this.#rules.get(name)?.body === undefined) scanner.fail(`the rule ${name} is not defined`, at);
    }
    const root = this.#rules.get("root");
    if (root?.body === undefined) throw grammarError("The grammar has no rule root, with which every text begins.");
    return root;
  }

  #rule(): void {
    const scanner = this.#scanner;
    const at = scanner.at;
    const name = scanner.match(NAME)?.[0] ?? scanner.expected("the name of a rule");
    const rule = this.#find(name, at);
    if (rule.body !== undefined) scanner.fail(`the rule ${name} is defined a second time`, at);
    scanner.skipSpace(false);
    if (!scanner.take("::=")) scanner.expected(`"::=" after the name of a rule`);
    scanner.skipSpace(true);
    rule.body = this.#alternatives(false);
    if (!scanner.isAtEnd && scanner.match(/\r\n|\r|\n/y) === undefined) scanner.expected("the end of the line");
    scanner.skipSpace(true);
  }

  #find(name: string, at: number): Rule {
    let rule = this.#rules.get(name);
    if (rule === undefined) {
      if (this.#rules.size >= LIMITS.rules) this.#scanner.fail(`there are more than ${LIMITS.rules} rules`, at);
      rule = new Rule(name);
      this.#rules.set(name, rule);
    }
    return rule;
  }

  /** @param isNested whether it stands in parentheses, where lines may end anywhere */
  #alternatives(isNested: boolean): GrammarNode {
    const scanner = this.#scanner;
    const options = [this.#sequence(isNested)];
    while (scanner.take("|")) {
      scanner.skipSpace(true);
      options.push(this.#sequence(isNested));
    }
    return choiceOf(options);
  }

  #sequence(isNested: boolean): GrammarNode {
    const scanner = this.#scanner;
    const items: GrammarNode[] = [];
    for (;;) {
      const item = this.#symbol();
      if (item === undefined) break;
      scanner.skipSpace(isNested);
      spend(COST.made);
      items.push(this.#repeated(item, isNested));
    }
    if (scanner.match(/[*+?{]/y) !== undefined) {
      scanner.fail("a repetition has nothing before it to repeat", scanner.at - 1);
    }
    return sequenceOf(items);
  }

  #repeated(item: GrammarNode, isNested: boolean): GrammarNode {
    const scanner = this.#scanner;
    let repeated = item;
    for (let times = 0; ; times++) {
      const at = scanner.at;
      let bounds: readonly [number, number] | undefined;
      if (scanner.take("*")) bounds = [0, INFINITY];
      else if (scanner.take("+")) bounds = [1, INFINITY];
      else if (scanner.take("?")) bounds = [0, 1];
      else if (scanner.take("{")) bounds = this.#bounds(isNested, at);
      if (bounds === undefined) return repeated;
      if (times >= LIMITS.depth) scanner.fail(`more than ${LIMITS.depth} repetitions follow one another`, at);
      repeated = repetition(repeated, ...bounds);
      scanner.skipSpace(isNested);
    }
  }

  #bounds(isNested: boolean, at: number): readonly [number, number] {
    const scanner = this.#scanner;
    const number = () => {
      scanner.skipSpace(isNested);
      const digits = scanner.match(/\d+/y)?.[0];
      scanner.skipSpace(isNested);
      return digits === undefined ? undefined : Number(digits);
    };
    const min = number() ?? scanner.expected("the number of times to repeat");
    let max = min;
    if (scanner.take(",")) max = number() ?? INFINITY;
    if (!scanner.take("}")) scanner.expected('"}" after the bounds of a repetition');
    if (max < min) scanner.fail(`a repetition is bounded by ${min} below and by ${max} above`, at);
    if (Math.max(min, max === INFINITY ? 0 : max) > LIMITS.repetitions) {
      scanner.fail(`a repetition has a bound above ${LIMITS.repetitions}`, at);
    }
    return [min, max];
  }

  #symbol(): GrammarNode | undefined {
    const scanner = this.#scanner;
    const at = scanner.at;
    if (scanner.take('"')) return terminal(text(this.#literal(at)));
    if (scanner.take("[")) return terminal(codePoints(this.#class(at)));
    if (scanner.take(".")) return terminal(codePoints(ALL_SCALARS));
    if (scanner.take("(")) return this.#group(at);
    if (scanner.peek("<") || scanner.peek("!")) return this.#token();
    const name = scanner.match(NAME)?.[0];
    if (name === undefined) return undefined;
    if (!this.#references.has(name)) this.#references.set(name, at);
    return this.#find(name, at);
  }

  #group(at: number): GrammarNode {
    const scanner = this.#scanner;
    if (++this.#depth > LIMITS.depth) scanner.fail(`parentheses nest more than ${LIMITS.depth} levels deep`, at);
    scanner.skipSpace(true);
    const inner = this.#alternatives(true);
    if (!scanner.take(")")) {
      if (scanner.isAtEnd) scanner.fail('a "(" is not closed', at);
      scanner.expected('")"');
    }
    this.#depth--;
    return inner;
  }

  #literal(at: number): string {
    const scanner = this.#scanner;
    const parts: string[] = [];
    while (!scanner.take('"')) {
      if (scanner.isAtEnd) scanner.fail("a text is not closed by a quotation mark", at);
      parts.push(String.fromCodePoint(this.#character()));
    }
    return parts.join("");
  }

  #class(at: number): CodePointSet {
    const scanner = this.#scanner;
    const isNegated = scanner.take("^");
    const ranges: (readonly [number, number])[] = [];
    while (!scanner.take("]")) {
      if (scanner.isAtEnd) scanner.fail('a "[" is not closed', at);
      const first = this.#character();
      if (!scanner.peek("-") || scanner.peek("-]")) {
        ranges.push([first, first]);
        continue;
      }
      const dash = scanner.at++;
      if (scanner.isAtEnd) scanner.fail('a "[" is not closed', at);
      const last = this.#character();
      if (last < first) scanner.fail("the end of a range comes before its start", dash);
      ranges.push([first, last]);
    }
    const set = CodePointSet.ofRanges(ranges);
    return isNegated ? ALL_SCALARS.difference(set) : set;
  }

  /** A character of a text or class, as itself or escaped. */
  #character(): number {
    const scanner = this.#scanner;
    const at = scanner.at;
    spend(5);
    const plain = scanner.next();
    if (plain !== BACKSLASH) return isScalar(plain) ? plain : scanner.fail("half of a surrogate pair stands alone", at);
    const code = scanner.match(/x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})/y);
    if (code !== undefined) {
      const value = Number.parseInt((code[1] ?? code[2] ?? code[3]) as string, 16);
      return isScalar(value) ? value : scanner.fail(`\\${code[0]} is not a character`, at);
    }
    const escaped = ESCAPES[scanner.source[scanner.at] ?? ""];
    if (escaped === undefined) {
      return scanner.fail(
        'unknown escape sequence; known are \\n \\t \\r \\" \\\\ \\[ \\] \\xXX \\uXXXX \\UXXXXXXXX',
        at,
      );
    }
    scanner.at++;
    return escaped;
  }

  #token(): GrammarNode {
    const scanner = this.#scanner;
    const at = scanner.at;
    const isNegated = scanner.take("!");
    const id = scanner.match(/<\[(\d+)\]>/y);
    if (id !== undefined) return token([Number(id[1])], isNegated);
    const piece = scanner.match(/<[^<>\r\n]+>/y)?.[0];
    if (piece?.startsWith("<[")) scanner.fail(`${printable(piece)} does not name a token by its number`, at);
    return piece === undefined ? scanner.expected("a token such as <[1234]> or <text>") : token([piece], isNegated);
  }
}

const NAME = /[a-zA-Z0-9_-]+/y;
const BACKSLASH = 0x5c;

const ESCAPES: Readonly<Record<string, number>> = {
  n: 10,
  t: 9,
  r: 13,
  '"': 0x22,
  "\\": BACKSLASH,
  "[": 0x5b,
  "]": 0x5d,
};

function isScalar(value: number): boolean {
  return value <= LAST_CODE_POINT && !(value >= 0xd800 && value <= 0xdfff);
}
