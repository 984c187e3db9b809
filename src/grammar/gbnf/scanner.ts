import { printable } from "../../errors.js";
import { grammarError } from "../errors.js";

/** A cursor over the source of a grammar. */
export class GbnfScanner {
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

  /** Goes past spaces, tabs and comments, and where `newlines` is true past the ends of lines. */
  skipSpace(newlines: boolean): void {
    this.match(newlines ? /(?:[ \t\r\n]|#[^\r\n]*)*/y : /(?:[ \t]|#[^\r\n]*)*/y);
  }

  next(): number {
    const codePoint = this.source.codePointAt(this.at);
    if (codePoint === undefined) return this.fail("the grammar ends too early");
    this.at += codePoint > 0xffff ? 2 : 1;
    return codePoint;
  }

  /** @param wanted what would be right here, with its article */
  expected(wanted: string): never {
    const at = this.at;
    const found = this.isAtEnd ? "the end" : `"${printable(String.fromCodePoint(this.next()))}"`;
    return this.fail(`expected ${wanted}, found ${found}`, at);
  }

  /** @param what a clause without a full stop */
  fail(what: string, at = this.at): never {
    const lines = this.source.slice(0, at).split(/\r\n|\r|\n/);
    const column = [...(lines.at(-1) as string)].length + 1;
    throw grammarError(`The grammar is wrong at line ${lines.length}, column ${column}: ${what}.`);
  }
}
