import stringWidth from "string-width";
import { duration, percent } from "./amounts.js";

const FRAMES: readonly string[] = [..."⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"];
const FRAME_MS = 80;

/** A guess from less than this is worth nothing. */
const MIN_ELAPSED_MS = 1000;
const MIN_DONE = 0.005;

/** A terminal that does not tell its width, or tells 0, is taken to have this many columns. */
const USUAL_COLUMNS = 80;

/**
 * One line of a terminal that says what goes on, drawn again and again in place: what is waited for, how much of it
 * is done and how long the rest will take. It is cut to the terminal's width, so that it never becomes two lines.
 */
export class ProgressLine {
  readonly #stream: NodeJS.WriteStream;
  readonly #styled: (text: string) => string;
  #text: string;
  #done: number | undefined;
  #begun = performance.now();
  #frame = 0;
  #timer: NodeJS.Timeout | undefined;
  #isShown = false;

  /** @param styled colours the moving sign */
  constructor(stream: NodeJS.WriteStream, text: string, styled: (text: string) => string) {
    this.#stream = stream;
    this.#text = text;
    this.#styled = styled;
    this.#timer = setInterval(() => this.#draw(), FRAME_MS);
    this.#timer.unref();
    this.#draw();
  }

  /**
   * @param done 0 to 1
   * @param text what to say from now on, of the same work
   */
  progress(done: number, text = this.#text): void {
    if (this.#done === undefined || done < this.#done) this.#begun = performance.now();
    this.#done = done;
    this.#text = text;
  }

  /** Says what goes on now: other work. */
  say(text: string): void {
    this.#text = text;
    this.#done = undefined;
  }

  clear(): void {
    if (this.#isShown) this.#stream.write("\r\u001b[K");
    this.#isShown = false;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.clear();
  }

  #draw(): void {
    const room = Math.max(0, (this.#stream.columns || USUAL_COLUMNS) - 3);
    const sign = FRAMES[this.#frame++ % FRAMES.length] as string;
    this.#stream.write(`\r${this.#styled(sign)} ${cut(`${this.#text}${this.#told()}`, room)}\u001b[K`);
    this.#isShown = true;
  }

  #told(): string {
    if (this.#done === undefined) return "";
    const left = secondsLeft(this.#done, performance.now() - this.#begun);
    return ` ${finePercent(this.#done)}${left === undefined ? "" : `, ${duration(left)} left`}`;
  }
}

/** How long the rest takes if it goes on as it went; undefined where it is too early to say. */
export function secondsLeft(done: number, elapsedMs: number): number | undefined {
  if (elapsedMs < MIN_ELAPSED_MS || done < MIN_DONE) return undefined;
  return (elapsedMs * (1 - done)) / done / 1000;
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
