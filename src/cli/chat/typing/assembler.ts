/** What somebody typed, once it is whole: something to say to the model, or a command with what stands behind it. */
export type Input =
  | { readonly kind: "message"; readonly text: string }
  | { readonly kind: "command"; readonly name: string; readonly argument: string };

const QUOTES = '"""';
/** Three quotes at the beginning, or behind a command. */
const OPENING = /^(\s*|\s*\/[a-z]+\s+)"""/i;
const COMMAND = /^\s*\/(\S*)\s*([\s\S]*)$/;
/** A backslash at the end, which no other one escapes. */
const GOES_ON = /(?<!\\)(?:\\\\)*\\$/;

/**
 * Lines to inputs. A message goes on behind a backslash at the end of a line, and from three quotes to the next three.
 * Lines that were pasted together come as one, and are a message whatever they begin with, unless with a known command.
 */
export class MessageAssembler {
  readonly #isCommand: (name: string) => boolean;
  #lines: string[] = [];
  /** What stands before the quotes that are open. */
  #quoted: string | undefined;

  /** @param isCommand whether there is a command of this name */
  constructor(isCommand: (name: string) => boolean) {
    this.#isCommand = isCommand;
  }

  /** Whether more is wanted. */
  get isOpen(): boolean {
    return this.#quoted !== undefined || this.#lines.length > 0;
  }

  /** Takes a line, and returns the input that it completes. */
  push(line: string): Input | undefined {
    if (this.#quoted !== undefined) return this.#pushQuoted(line);
    const [opening, before] = (this.isOpen ? undefined : OPENING.exec(line)) ?? [];
    if (opening !== undefined) {
      this.#quoted = before?.trim() ?? "";
      return this.#pushQuoted(line.slice(opening.length));
    }
    if (GOES_ON.test(line)) {
      this.#lines.push(line.slice(0, -1));
      return undefined;
    }
    this.#lines.push(line);
    return this.#finish(!line.includes("\n"));
  }

  /** What there is once no line follows. */
  end(): Input | undefined {
    if (!this.isOpen) return undefined;
    return this.#quoted === undefined ? this.#finish(true) : this.#finishQuoted();
  }

  /** Forgets what is not whole. */
  reset(): void {
    this.#lines = [];
    this.#quoted = undefined;
  }

  #pushQuoted(line: string): Input | undefined {
    const end = line.indexOf(QUOTES);
    this.#lines.push(end < 0 ? line : line.slice(0, end));
    if (end < 0) return undefined;
    const rest = line.slice(end + QUOTES.length);
    if (rest.trim() !== "") this.#lines.push(rest);
    return this.#finishQuoted();
  }

  /** Quotes on lines of their own add no empty lines. */
  #finishQuoted(): Input {
    const text = this.#lines.join("\n").replace(/^[^\S\n]*\n|\n[^\S\n]*$/g, "");
    const command = this.#quoted === undefined ? undefined : COMMAND.exec(this.#quoted);
    this.reset();
    if (command === null || command === undefined) return { kind: "message", text };
    return { kind: "command", name: command[1] ?? "", argument: text };
  }

  #finish(wasTyped: boolean): Input {
    const text = this.#lines.join("\n");
    this.reset();
    const [, name = "", argument = ""] = COMMAND.exec(text) ?? [];
    if (!text.trimStart().startsWith("/")) return { kind: "message", text };
    if (!wasTyped) return this.#isCommand(name) ? { kind: "command", name, argument } : { kind: "message", text };
    if (name.startsWith("/")) return { kind: "message", text: text.trimStart().slice(1) };
    return { kind: "command", name, argument: argument.trimEnd() };
  }
}
