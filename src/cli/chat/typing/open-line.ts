import { createInterface, type Interface, type Key } from "node:readline";
import { PassThrough } from "node:stream";
import { withoutControls } from "../../show/plain-text.js";
import type { Completions } from "./completer.js";
import { Recall, type Search } from "./recall.js";

/** How reading a line ended. */
export type Line =
  | { readonly kind: "line"; readonly text: string }
  /** Ctrl-C. */
  | { readonly kind: "interrupt"; readonly hadText: boolean }
  /** Ctrl-D on an empty line, or a terminal that is gone. */
  | { readonly kind: "end" };

/** A key as node:readline reports it, or all that was pasted at once. */
export type Press = { readonly text: string | undefined; readonly key: Key } | { readonly pasted: string };

/** What a line is made with. */
export interface LineOptions {
  readonly output: NodeJS.WriteStream;
  readonly prompt: string;
  /** The oldest entry first. */
  readonly history: readonly string[];
  readonly complete: (line: string) => Completions;
  readonly onEnd: (line: Line) => void;
}

/** What node:readline reads from; keys are handed to it one by one. */
class KeyInput extends PassThrough {
  readonly isTTY = true;
}

/** One line while it is edited: node:readline does the editing, and this what node:readline does not know. */
export class OpenLine {
  readonly #options: LineOptions;
  readonly #input = new KeyInput();
  readonly #readline: Interface & { line: string; cursor: number };
  readonly #recall: Recall;
  #search: Search | undefined;
  #isOver = false;

  constructor(options: LineOptions) {
    this.#options = options;
    this.#recall = new Recall(options.history);
    this.#readline = createInterface({
      input: this.#input,
      output: options.output,
      terminal: true,
      prompt: options.prompt,
      historySize: 0,
      completer: (line: string) => options.complete(line),
    });
    this.#readline.on("line", (text) => this.finish({ kind: "line", text }));
    this.#readline.on("close", () => this.finish({ kind: "end" }));
    this.#readline.prompt();
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  press(press: Press): void {
    if ("pasted" in press) {
      this.#endSearch();
      this.insert(cleaned(press.pasted));
      return;
    }
    const { key, text } = press;
    const name = key.ctrl === true ? `ctrl-${key.name}` : key.meta === true ? `alt-${key.name}` : key.name;
    if (this.#search !== undefined && this.#pressInSearch(this.#search, name, text)) return;
    if (name === "ctrl-c") this.#interrupt();
    else if (name === "ctrl-r") this.#show(this.#recall.search(this.#readline.line));
    else if (name === "up" || name === "ctrl-p") this.#up();
    else if (name === "down" || name === "ctrl-n") this.#down();
    else if (name === "alt-return" || name === "alt-enter") this.insert("\n");
    else this.#input.emit("keypress", text, key);
  }

  /** Puts text at the cursor, with line breaks and all. */
  insert(text: string): void {
    const { line, cursor } = this.#readline;
    this.#set(line.slice(0, cursor) + text + line.slice(cursor), cursor + text.length);
  }

  refresh(): void {
    this.#readline.prompt(true);
  }

  finish(line: Line): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#readline.close();
    this.#options.onEnd(line);
  }

  /** What a key means to a search, and whether it means nothing else; any other key edits what was found. */
  #pressInSearch(search: Search, name: string | undefined, text: string | undefined): boolean {
    if (name === "ctrl-r") search.older();
    else if (name === "backspace" || name === "ctrl-h") search.shorten();
    else if (name === "ctrl-g" || name === "alt-escape" || name === "escape") {
      this.#endSearch();
      this.#set(search.draft, search.draft.length);
      return true;
    } else if (text !== undefined && /^[^\p{Cc}]+$/u.test(text)) search.extend(text);
    else {
      search.accept();
      this.#endSearch();
      return false;
    }
    this.#show(search);
    return true;
  }

  #show(search: Search): void {
    this.#search = search;
    const what = search.isFound ? "search" : "not found";
    this.#readline.setPrompt(`(${what}: ${withoutControls(search.query)}) `);
    this.#set(search.line, search.cursor);
  }

  #endSearch(): void {
    if (this.#search === undefined) return;
    this.#search = undefined;
    this.#readline.setPrompt(this.#options.prompt);
    this.refresh();
  }

  #interrupt(): void {
    const { line } = this.#readline;
    this.#set(line, line.length);
    this.#options.output.write("\n");
    this.finish({ kind: "interrupt", hadText: line !== "" });
  }

  #up(): void {
    const { line, cursor } = this.#readline;
    const above = cursorAbove(line, cursor);
    const entry = above === undefined ? this.#recall.older(line) : line;
    if (entry !== undefined) this.#set(entry, above ?? entry.length);
  }

  #down(): void {
    const { line, cursor } = this.#readline;
    const below = cursorBelow(line, cursor);
    const entry = below === undefined ? this.#recall.newer() : line;
    if (entry !== undefined) this.#set(entry, below ?? entry.length);
  }

  #set(line: string, cursor: number): void {
    this.#readline.line = line;
    this.#readline.cursor = cursor;
    this.refresh();
  }
}

/** Pasted text without the line break at its end, which would be the key that sends it. */
function cleaned(pasted: string): string {
  return withoutControls(pasted.replace(/\r\n?/g, "\n")).replace(/\n$/, "");
}

/** Where the cursor stands in the line above, in the same column or at its end; undefined in the first line. */
export function cursorAbove(text: string, cursor: number): number | undefined {
  const before = text.slice(0, cursor).split("\n");
  const [above, current] = before.slice(-2);
  if (above === undefined || current === undefined) return undefined;
  return cursor - current.length - 1 - above.length + Math.min(current.length, above.length);
}

/** The same in the line below; undefined in the last line. */
export function cursorBelow(text: string, cursor: number): number | undefined {
  const column = text.slice(0, cursor).split("\n").at(-1)?.length ?? 0;
  const [rest = "", below] = text.slice(cursor).split("\n");
  return below === undefined ? undefined : cursor + rest.length + 1 + Math.min(column, below.length);
}
