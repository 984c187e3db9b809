/** A cursor over a source of text; each kind of source has its own sentences. */
export abstract class Scanner {
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

  /** The next character, whole. @throws LlamaError `grammar` at the end */
  next(): number {
    const codePoint = this.source.codePointAt(this.at);
    if (codePoint === undefined) return this.endsTooEarly();
    this.at += codePoint > 0xffff ? 2 : 1;
    return codePoint;
  }

  /** @throws LlamaError `grammar` that says so */
  abstract endsTooEarly(): never;
}
