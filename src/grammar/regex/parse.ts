import { LIMITS } from "../errors.js";
import { CodePointSet } from "../regular/code-points.js";
import { COST, spend } from "../work.js";
import { DOT, readClass, readEscape } from "./classes.js";
import { RegexScanner } from "./scanner.js";
import type { RegexNode } from "./syntax.js";

/**
 * Reads a regular expression of ECMAScript. Its characters are code points, as with the flags u and v. What only the
 * older syntax allows is taken where it has one meaning: escaped punctuation (`\-`), a hyphen beside `\w`, a brace
 * that stands for itself.
 * @throws LlamaError `grammar` where it is wrong, or has lookaround, backreferences or word boundaries
 */
export function parseRegex(source: string): RegexNode {
  const scanner = new RegexScanner(source);
  if (source.length > LIMITS.sourceLength) {
    return scanner.fail(`is longer than ${LIMITS.sourceLength} characters`, LIMITS.sourceLength);
  }
  const hasSets = !isValid(source, "u") && isValid(source, "v");
  const parser = new RegexParser(scanner, hasSets);
  const node = parser.alternatives();
  if (!scanner.isAtEnd) return scanner.fail('has a ")" without a "("');
  // The parser finds what it does not support; the host's own syntax check finds what it is lax about.
  if (!hasSets && !isValid(source, "u") && !isValid(source, "")) return scanner.fail("is not valid", 0);
  return node;
}

function isValid(source: string, flags: string): boolean {
  try {
    new RegExp(source, flags);
    return true;
  } catch {
    return false;
  }
}

class RegexParser {
  readonly #scanner: RegexScanner;
  readonly #hasSets: boolean;
  #depth = 0;

  constructor(scanner: RegexScanner, hasSets: boolean) {
    this.#scanner = scanner;
    this.#hasSets = hasSets;
  }

  alternatives(): RegexNode {
    const options = [this.#sequence()];
    while (this.#scanner.take("|")) options.push(this.#sequence());
    return options.length === 1 ? (options[0] as RegexNode) : { kind: "alternatives", options };
  }

  #sequence(): RegexNode {
    const items: RegexNode[] = [];
    while (!this.#scanner.isAtEnd && !this.#scanner.peek("|") && !this.#scanner.peek(")")) {
      items.push(this.#quantified());
    }
    return items.length === 1 ? (items[0] as RegexNode) : { kind: "sequence", items };
  }

  #quantified(): RegexNode {
    const scanner = this.#scanner;
    spend(COST.made);
    const isAnchor = scanner.peek("^") || scanner.peek("$");
    const item = this.#atom();
    const at = scanner.at;
    const found = scanner.match(/(?:([*+?])|\{(\d+)(?:(,)(\d*))?\})\??/y);
    if (found === undefined) return item;
    if (isAnchor) return scanner.fail("repeats an anchor", at);
    const [, sign, low, comma, high] = found;
    const min = sign === undefined ? Number(low) : sign === "+" ? 1 : 0;
    const isUnbounded = sign === undefined ? comma !== undefined && high === "" : sign !== "?";
    const max = isUnbounded ? Number.POSITIVE_INFINITY : sign === undefined ? Number(high ?? low) : 1;
    if (max < min) return scanner.fail("has a quantifier whose bounds are the wrong way round", at);
    if (Math.max(min, isUnbounded ? 0 : max) > LIMITS.repetitions) {
      return scanner.fail(`repeats more than ${LIMITS.repetitions} times`, at);
    }
    if (scanner.match(/[*+?]/y) !== undefined)
      return scanner.fail("has a quantifier that follows another", scanner.at - 1);
    return { kind: "repetition", item, min, max };
  }

  #atom(): RegexNode {
    const scanner = this.#scanner;
    const at = scanner.at;
    if (scanner.take("(")) return this.#group(at);
    if (scanner.take("^")) return { kind: "start" };
    if (scanner.take("$")) return { kind: "end" };
    if (scanner.take(".")) return { kind: "characters", set: DOT };
    if (scanner.take("[")) return { kind: "characters", set: readClass(scanner, this.#hasSets) };
    if (scanner.match(/[*+?]|\{\d+(?:,\d*)?\}/y) !== undefined) {
      return scanner.fail("has a quantifier with nothing before it", at);
    }
    const found = scanner.take("\\") ? readEscape(scanner, false) : scanner.next();
    return { kind: "characters", set: typeof found === "number" ? CodePointSet.of([found, found]) : found };
  }

  #group(at: number): RegexNode {
    const scanner = this.#scanner;
    if (scanner.match(/\?<?[=!]/y) !== undefined) return scanner.fail("has a lookaround, which is not supported", at);
    if (scanner.match(/\?(?=[a-z-])[a-z]*(?:-[a-z]*)?:/y) !== undefined) {
      return scanner.fail("has flags within a group, which are not supported", at);
    }
    const isPlain = scanner.match(/\?:|\?<[^>]*>|(?!\?)/y) !== undefined;
    if (!isPlain) return scanner.fail("has an unknown kind of group", at);
    if (++this.#depth > LIMITS.depth) return scanner.fail(`nests more than ${LIMITS.depth} levels deep`, at);
    const inner = this.alternatives();
    this.#depth--;
    if (!scanner.take(")")) return scanner.fail('has a "(" that is not closed', at);
    return inner;
  }
}
