import assert from "node:assert/strict";
import { test } from "node:test";
import { readEvents } from "../../src/page/event-stream.js";

test("events are read as the standard says, however the bytes are cut", async () => {
  const text =
    'data: {"a": "ü"}\n\n: comment\n\ndata: two\r\ndata: lines\r\n\r\nevent: x\rdata:none\r\rdata: [DONE]\n\n';
  const bytes = new TextEncoder().encode(text);
  for (let size = 1; size < 12; size++) {
    const parts: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += size) parts.push(bytes.slice(at, at + size));
    const events: string[] = [];
    for await (const event of readEvents(ReadableStream.from(parts) as ReadableStream<Uint8Array>)) events.push(event);
    assert.deepEqual(events, ['{"a": "ü"}', "two\nlines", "none", "[DONE]"], `pieces of ${size}`);
  }
});

test("who stops reading cancels the stream", async () => {
  let isCancelled = false;
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new TextEncoder().encode("data: x\n\n")),
    cancel: () => {
      isCancelled = true;
    },
  });
  for await (const event of readEvents(stream)) {
    assert.equal(event, "x");
    break;
  }
  assert.ok(isCancelled);
});
