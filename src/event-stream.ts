/** No event of a server that speaks of text is longer. */
const MAX_EVENT = 16 << 20;

/**
 * The data of server-sent events, as the HTML standard has them: lines end with LF, CR or both, several `data` lines
 * are one text, comments and other fields say nothing here.
 * @throws RangeError where an event has no end
 */
export async function* serverEvents(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  const events = new EventLines();
  for await (const chunk of chunks) yield* events.push(decoder.decode(chunk, { stream: true }));
  yield* events.end();
}

class EventLines {
  #rest = "";
  #data: string[] = [];
  #length = 0;

  *push(text: string): Generator<string, void, undefined> {
    this.#rest += text;
    for (;;) {
      const end = /\r\n|\n|\r/.exec(this.#rest);
      // A CR at the end of what came may be half of a line's end.
      if (end === null || (end[0] === "\r" && end.index === this.#rest.length - 1)) break;
      const line = this.#rest.slice(0, end.index);
      this.#rest = this.#rest.slice(end.index + end[0].length);
      if (line !== "") this.#take(line);
      else if (this.#data.length > 0) {
        yield this.#data.join("\n");
        this.#data = [];
        this.#length = 0;
      }
    }
    if (this.#rest.length + this.#length > MAX_EVENT) throw new RangeError("an event has no end");
  }

  /** A CR that nothing follows ends a line, too. */
  *end(): Generator<string, void, undefined> {
    if (this.#rest.endsWith("\r")) yield* this.push("\n");
  }

  #take(line: string): void {
    const data = /^data(?:: ?(.*))?$/s.exec(line);
    if (data === null) return;
    this.#data.push(data[1] ?? "");
    this.#length += line.length;
  }
}
