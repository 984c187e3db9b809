import stringWidth from "string-width";

const TAB = 8;
const SPACE = /^\s$/;
/** These follow what they close or divide, and never begin a line. */
const CLINGING = /^[\p{Pe}\p{Pf}、。，．！？：；…ー々]/u;
/** What opens and closes a block of code. */
const FENCE = /^ {0,3}(```|~~~)/;
/** As much of a line as a fence can take. */
const FENCE_LENGTH = 6;

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/**
 * Breaks text between words, for a terminal, as it arrives: what `push` returns can be written at once and never has
 * to be taken back, for a word is held until it is known to fit. Columns are counted as terminals do: CJK and emoji
 * take two, and a line may be broken before and behind each. Lines between code fences are left to the terminal.
 */
export class WordWrap {
  readonly #width: () => number;
  /** Columns of the line that are written. */
  #column = 0;
  /** How many of them are white space at its beginning. */
  #indent = 0;
  /** White space between what is written and the word. */
  #space = "";
  /** A word, or as much of it as there is. */
  #word = "";
  /** Whether a line may be broken behind the word. */
  #endsWide = false;
  /** The last grapheme, which what comes next may still change. */
  #last = "";
  /** The beginning of the line as it came, which may be a fence. */
  #begin = "";
  #isBlank = true;
  #isCode = false;

  /** @param width columns that a line may fill; asked again for every word, so that the terminal may be resized */
  constructor(width: () => number) {
    this.#width = width;
  }

  /** Takes more text, and returns what can be written. */
  push(text: string): string {
    const parts = graphemesOf(this.#last + text);
    this.#last = SPACE.test(parts.at(-1) ?? "") ? "" : (parts.pop() ?? "");
    return parts.map((part) => this.#take(part)).join("");
  }

  /** What was held, once nothing follows. */
  flush(): string {
    const written = (this.#last === "" ? "" : this.#take(this.#last)) + this.#place();
    this.#last = "";
    return written;
  }

  #take(grapheme: string): string {
    if (grapheme === "\n") return this.#endLine();
    if (this.#begin.length < FENCE_LENGTH) this.#begin += grapheme;
    if (this.#isCode) return this.#write(grapheme);
    return grapheme === " " || grapheme === "\t" ? this.#takeSpace(grapheme) : this.#takeLetter(grapheme);
  }

  #takeSpace(space: string): string {
    if (!this.#isBlank) {
      const written = this.#place();
      this.#space += space;
      return written;
    }
    const written = this.#write(space);
    this.#indent = this.#column;
    return written;
  }

  #takeLetter(grapheme: string): string {
    this.#isBlank = false;
    const clings = CLINGING.test(grapheme);
    const isWide = stringWidth(grapheme) > 1;
    const written = !clings && (isWide || this.#endsWide) ? this.#place() : "";
    this.#word += grapheme;
    this.#endsWide = isWide || (clings && this.#endsWide);
    return written + this.#breakLong();
  }

  #endLine(): string {
    const written = this.#place();
    if (FENCE.test(this.#begin)) this.#isCode = !this.#isCode;
    this.#begin = "";
    this.#isBlank = true;
    return written + this.#newLine();
  }

  /** Writes the word, which is known to fit unless the terminal has been made smaller. */
  #place(): string {
    if (this.#word === "") return "";
    const written = this.#fits() || this.#isEmpty ? this.#write(this.#space) : this.#newLine();
    const word = this.#word;
    this.#word = "";
    this.#space = "";
    this.#endsWide = false;
    return written + this.#write(word);
  }

  /** Begins a new line for a word that does not fit, and divides one that no line can hold. */
  #breakLong(): string {
    if (this.#fits()) return "";
    if (!this.#isEmpty) return this.#newLine() + this.#breakLong();
    const parts = graphemesOf(this.#word);
    const over = parts.pop() ?? "";
    if (parts.length === 0) return "";
    const written = this.#write(parts.join("")) + this.#newLine();
    this.#word = over;
    return written;
  }

  #fits(): boolean {
    return columnAfter(this.#column, this.#space + this.#word) <= this.#width();
  }

  /** Whether nothing is on the line but its indentation. */
  get #isEmpty(): boolean {
    return this.#column <= this.#indent;
  }

  #newLine(): string {
    this.#column = 0;
    this.#indent = 0;
    this.#space = "";
    return "\n";
  }

  #write(text: string): string {
    this.#column = columnAfter(this.#column, text);
    return text;
  }
}

/** A whole text with its lines broken. */
export function wrapped(text: string, width: number): string {
  const wrap = new WordWrap(() => width);
  return wrap.push(text) + wrap.flush();
}

function graphemesOf(text: string): string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/** The column in which text ends that begins in `column`. */
function columnAfter(column: number, text: string): number {
  let end = column;
  text.split("\t").forEach((part, index) => {
    if (index > 0) end += TAB - (end % TAB);
    end += stringWidth(part);
  });
  return end;
}
