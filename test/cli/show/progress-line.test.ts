import assert from "node:assert/strict";
import { test } from "node:test";
import { ProgressLine, secondsLeft } from "#dist/cli/show/progress-line.js";

/** A terminal that keeps what is drawn. */
function terminal(columns: number): { stream: NodeJS.WriteStream; drawn: string[] } {
  const drawn: string[] = [];
  const stream = { columns, write: (text: string) => drawn.push(text) } as unknown as NodeJS.WriteStream;
  return { stream, drawn };
}

test("the line fits into every terminal, and is taken away", (context) => {
  context.mock.timers.enable({ apis: ["setInterval"] });
  for (const columns of [0, 1, 3, 20, 80, 65535]) {
    const { stream, drawn } = terminal(columns);
    const line = new ProgressLine(stream, "Reading 読む a long text", (sign) => sign);
    line.progress(0.5);
    context.mock.timers.tick(200);
    line.stop();
    const room = Math.max(1, (columns || 80) - 1);
    for (const text of drawn) {
      const shown = text.replace("\r", "").replace("\u001b[K", "").trimEnd();
      assert.ok([...shown].length <= room, `${columns}: ${shown}`);
    }
    assert.equal(drawn.at(-1), "\r\u001b[K");
    const before = drawn.length;
    context.mock.timers.tick(1000);
    assert.equal(drawn.length, before, "nothing is drawn after the end");
    if (columns === 80) assert.match(drawn.at(-2) ?? "", /Reading 読む a long text 50%/);
  }
});

test("a small part is shown with a digit more, and another text begins anew", (context) => {
  context.mock.timers.enable({ apis: ["setInterval"] });
  const { stream, drawn } = terminal(80);
  const line = new ProgressLine(stream, "Writing", (sign) => sign);
  line.progress(0.0123);
  context.mock.timers.tick(80);
  assert.match(drawn.at(-1) ?? "", /Writing 1\.2%/);
  line.progress(0.2, "Writing more");
  context.mock.timers.tick(80);
  assert.match(drawn.at(-1) ?? "", /Writing more 20%/);
  line.say("Reading");
  context.mock.timers.tick(80);
  assert.ok(drawn.at(-1)?.includes("Reading\u001b"));
  line.stop();
});

test("the time that is left follows from what was done, once that says something", () => {
  assert.equal(secondsLeft(0.5, 500), undefined);
  assert.equal(secondsLeft(0.001, 5000), undefined);
  assert.equal(secondsLeft(0.25, 10_000), 30);
  assert.equal(secondsLeft(1, 10_000), 0);
});
