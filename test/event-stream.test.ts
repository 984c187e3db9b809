import assert from "node:assert/strict";
import { test } from "node:test";
import { serverEvents } from "#dist/event-stream.js";

async function eventsOf(text: string | Uint8Array, size: number): Promise<string[]> {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  const events: string[] = [];
  for await (const event of serverEvents(chunks())) events.push(event);
  return events;
}

test("events are read however lines end and wherever they are cut", async () => {
  const lines = [
    ": a comment",
    "event: x",
    "data: one",
    "id: 1",
    "",
    "data:two",
    "data:  three",
    "data",
    "",
    "data: ü日😀",
    "",
  ];
  for (const end of ["\n", "\r\n", "\r"]) {
    // A CR at the very end may be half of a line's end, so one more line follows.
    const text = lines.map((line) => line + end).join("") + end;
    for (const size of [1, 2, 3, 7, 1000]) {
      const wanted = ["one", "two\n three\n", "ü日😀"];
      assert.deepEqual(await eventsOf(text, size), wanted, `${JSON.stringify(end)} by ${size}`);
    }
  }
});

test("an event that is not whole at the end is none, and a byte order mark is no part of one", async () => {
  assert.deepEqual(await eventsOf("data: one\n\ndata: two\n", 5), ["one"]);
  assert.deepEqual(await eventsOf("\ufeffdata: one\n\n", 100), ["one"]);
  assert.deepEqual(await eventsOf("data: one\r\r", 4), ["one"]);
  assert.deepEqual(await eventsOf("", 1), []);
});

test("an event without an end is refused", async () => {
  await assert.rejects(eventsOf(`data: ${"x".repeat(17 << 20)}`, 1 << 20), RangeError);
  const lines = new TextEncoder().encode(`data: ${"x".repeat(1 << 20)}\n`.repeat(17));
  await assert.rejects(eventsOf(lines, 1 << 20), RangeError);
});
