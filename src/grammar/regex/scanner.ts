import { printable } from "../../errors.js";
import { grammarError } from "../errors.js";

/** A cursor over the characters of a regular expression's source. */
export class RegexScanner {
  readonly source: string;
  at = 0;

  constructor(source: string) {
    this.source = source;
  }

  get isAtEnd(): boolean {
    return this.at >= this.source.length;
  }

  peek(text: string): boolean {
    return this.source.startsWith(text, this.at);
  }

  /** Goes past `text` where it comes next. */
  take(text: string): boolean {
    if (!this.peek(text)) return false;
    this.at += text.length;
    return true;
  }

  /** Goes past what a sticky pattern matches here. */
  match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.source);
    if (found === null) return undefined;
    this.at = pattern.lastIndex;
    return found;
  }

  /** The next character, whole. */
  next(): number {
    const codePoint = this.source.codePointAt(this.at);
    if (codePoint === undefined) this.fail("ends too early");
    this.at += codePoint > 0xffff ? 2 : 1;
    return codePoint;
  }

  /** @param what a verb and its object, for a sentence that begins with the expression */
  fail(what: string, at = this.at): never {
    throw grammarError(`The regular expression ${printable(this.source)} ${what}, at character ${at + 1}.`);
  }
}
