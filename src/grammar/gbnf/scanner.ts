import { printable } from "../../errors.js";
import { grammarError } from "../errors.js";
import { Scanner } from "../scanner.js";

/** A cursor over the source of a grammar. */
export class GbnfScanner extends Scanner {
  /** Goes past spaces, tabs and comments, and where `newlines` is true past the ends of lines. */
  skipSpace(newlines: boolean): void {
    this.match(newlines ? /(?:[ \t\r\n]|#[^\r\n]*)*/y : /(?:[ \t]|#[^\r\n]*)*/y);
  }

  override endsTooEarly(): never {
    return this.fail("the grammar ends too early");
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
