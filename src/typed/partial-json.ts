/**
 * What the beginning of a JSON text says so far: strings as far as they go, lists and objects with the members that
 * have begun. Numbers, `true`, `false` and `null` count once something stands behind them, as they might go on.
 * @param text the beginning of a well-formed JSON text
 * @returns undefined where there is no value yet
 * @throws SyntaxError where it is found out not to be one
 */
export function parsePartialJson(text: string): unknown {
  return new PartialReader(text).value();
}

const SPACE = /\s*/y;
const SCALAR = /[-+.\w]+/y;

class PartialReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(): unknown {
    this.#match(SPACE);
    switch (this.#text[this.#at]) {
      case "{":
        return this.#object();
      case "[":
        return this.#list();
      case '"':
        return this.#string().value;
      default:
        return this.#scalar();
    }
  }

  #object(): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    this.#members("}", () => {
      const key = this.#string();
      this.#match(SPACE);
      if (!key.isWhole || this.#text[this.#at] !== ":") return;
      this.#at++;
      const value = this.value();
      if (value === undefined) return;
      // A key such as __proto__ is a key like any other.
      Object.defineProperty(object, key.value, { value, enumerable: true, configurable: true, writable: true });
    });
    return object;
  }

  #list(): unknown[] {
    const list: unknown[] = [];
    this.#members("]", () => {
      const value = this.value();
      if (value !== undefined) list.push(value);
    });
    return list;
  }

  /** Reads members until their end, or that of the text. */
  #members(end: string, read: () => void): void {
    this.#at++;
    for (;;) {
      this.#match(SPACE);
      const next = this.#text[this.#at];
      if (next === undefined) return;
      if (next === end) this.#at++;
      if (next === end) return;
      const before = this.#at;
      if (next === ",") this.#at++;
      else read();
      if (this.#at === before) throw new SyntaxError("this is no JSON");
    }
  }

  /** A string, without what there is of an escape or of half a character at its end. */
  #string(): { value: string; isWhole: boolean } {
    const start = this.#at;
    let end = start + 1;
    // Where an escape begins of which the rest is not there yet.
    let cut = this.#text.length;
    while (end < this.#text.length && this.#text[end] !== '"') {
      const length = this.#text[end] !== "\\" ? 1 : this.#text[end + 1] === "u" ? 6 : 2;
      if (end + length > this.#text.length) cut = end;
      end += length;
    }
    const isWhole = end < this.#text.length;
    this.#at = Math.min(this.#text.length, end + 1);
    if (isWhole) return { value: JSON.parse(this.#text.slice(start, end + 1)) as string, isWhole };
    const value = JSON.parse(`${this.#text.slice(start, cut)}"`) as string;
    return { value: value.replace(/[\ud800-\udbff]$/, ""), isWhole };
  }

  #scalar(): unknown {
    const scalar = this.#match(SCALAR);
    if (scalar === "" || this.#at === this.#text.length) return undefined;
    return JSON.parse(scalar) as unknown;
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += found.length;
    return found;
  }
}
