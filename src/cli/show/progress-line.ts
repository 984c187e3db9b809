import ora, { type Ora } from "ora";
import stringWidth from "string-width";
import { duration, percent } from "./amounts.js";
import { secondsLeft } from "./time-left.js";

/** A terminal that does not tell its width, or tells 0, is taken to have this many columns. */
const USUAL_COLUMNS = 80;

/**
 * One line of a terminal that says what goes on: what is waited for, how much of it is done and how long the rest will
 * take. ora draws it; it is cut to the terminal's width, so that it never becomes two lines.
 */
export class ProgressLine {
  readonly #stream: NodeJS.WriteStream;
  readonly #ora: Ora;
  #text: string;
  #done: number | undefined;
  #begun = performance.now();

  constructor(stream: NodeJS.WriteStream, text: string, hasColour: boolean) {
    this.#stream = withColumns(stream);
    this.#text = text;
    const color = hasColour ? "cyan" : false;
    this.#ora = ora({ text: this.#line(), stream: this.#stream, color, discardStdin: false, isEnabled: true }).start();
  }

  /**
   * @param done 0 to 1
   * @param text what to say from now on, of the same work
   */
  progress(done: number, text = this.#text): void {
    if (this.#done === undefined || done < this.#done) this.#begun = performance.now();
    this.#done = done;
    this.#text = text;
    this.#ora.text = this.#line();
  }

  /** Says what goes on now: other work. */
  say(text: string): void {
    this.#text = text;
    this.#done = undefined;
    this.#ora.text = this.#line();
  }

  clear(): void {
    this.#ora.clear();
  }

  stop(): void {
    this.#ora.stop();
  }

  #line(): string {
    // The sign and the space behind it take two columns, and the last one stays free.
    return cut(`${this.#text}${this.#told()}`, Math.max(0, this.#stream.columns - 3));
  }

  #told(): string {
    if (this.#done === undefined) return "";
    const left = secondsLeft(this.#done, performance.now() - this.#begun);
    return ` ${finePercent(this.#done)}${left === undefined ? "" : `, ${duration(left)} left`}`;
  }
}

/**
 * The stream, with a width for ora to divide by where the terminal tells none. What ora sets on it while it draws stays
 * here.
 */
function withColumns(stream: NodeJS.WriteStream): NodeJS.WriteStream {
  const replaced = new Map<PropertyKey, unknown>();
  return new Proxy(stream, {
    get(target, key) {
      if (key === "columns") return target.columns || USUAL_COLUMNS;
      if (replaced.has(key)) return replaced.get(key);
      const value: unknown = Reflect.get(target, key);
      return typeof value === "function" ? value.bind(target) : value;
    },
    set: (_target, key, value) => replaced.set(key, value) !== undefined,
  });
}

/** A part that is still small has a digit more, so that one sees it grow. */
function finePercent(part: number): string {
  return part < 0.0995 ? `${(100 * part).toFixed(1)}%` : percent(part);
}

function cut(text: string, columns: number): string {
  if (stringWidth(text) <= columns) return text;
  let shown = "";
  let width = 0;
  for (const character of text) {
    width += stringWidth(character);
    if (width > columns) break;
    shown += character;
  }
  return shown;
}
