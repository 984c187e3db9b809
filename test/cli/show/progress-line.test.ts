import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import stringWidth from "string-width";
import { ProgressLine } from "#dist/cli/show/progress-line.js";

/** A terminal that keeps what is drawn. */
function terminal(columns: number): { stream: NodeJS.WriteStream; drawn: string[] } {
  const drawn: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      drawn.push(String(chunk));
      done();
    },
  });
  const move = () => true;
  Object.assign(stream, { columns, isTTY: true, clearLine: move, cursorTo: move, moveCursor: move });
  return { stream: stream as unknown as NodeJS.WriteStream, drawn };
}

/** Columns of what was drawn last, without what steers the terminal. */
const shown = (text: string | undefined) => stripVTControlCharacters(text ?? "");

test("the line fits into every terminal, and nothing is drawn after its end", (context) => {
  context.mock.timers.enable({ apis: ["setInterval"] });
  for (const columns of [0, 1, 3, 20, 80, 65535]) {
    const { stream, drawn } = terminal(columns);
    const line = new ProgressLine(stream, "Reading 読む a long text", false);
    line.progress(0.5);
    context.mock.timers.tick(200);
    const texts = drawn.map(shown);
    assert.ok(texts.length > 1);
    for (const text of texts) assert.ok(stringWidth(text) <= Math.max(2, (columns || 80) - 1), `${columns}: ${text}`);
    if (columns === 80 || columns === 0) assert.match(texts.join(""), /Reading 読む a long text 50%/);
    line.stop();
    const before = drawn.length;
    context.mock.timers.tick(1000);
    assert.equal(drawn.length, before);
  }
});

test("a small part is shown with a digit more, and another text begins anew", (context) => {
  context.mock.timers.enable({ apis: ["setInterval"] });
  const { stream, drawn } = terminal(80);
  const line = new ProgressLine(stream, "Writing", false);
  const last = () => {
    drawn.length = 0;
    context.mock.timers.tick(80);
    return shown(drawn.join(""));
  };
  line.progress(0.0123);
  assert.match(last(), /Writing 1\.2%/);
  line.progress(0.2, "Writing more");
  assert.match(last(), /Writing more 20%/);
  line.say("Reading");
  assert.match(last(), /Reading$/);
  line.stop();
});
