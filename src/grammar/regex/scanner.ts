import { printable } from "../../errors.js";
import { grammarError } from "../errors.js";
import { Scanner } from "../scanner.js";

/** A cursor over the characters of a regular expression's source. */
export class RegexScanner extends Scanner {
  override endsTooEarly(): never {
    return this.fail("ends too early");
  }

  /** @param what a verb and its object, for a sentence that begins with the expression */
  fail(what: string, at = this.at): never {
    throw grammarError(`The regular expression ${printable(this.source)} ${what}, at character ${at + 1}.`);
  }
}
