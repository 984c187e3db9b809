import assert from "node:assert/strict";
import { test } from "node:test";
import { streamAnswer } from "../../src/page/client.js";
import { NO_SETTINGS } from "../../src/page/settings.js";

test("an answer is told piece by piece, and who stops reading cancels it", async (t) => {
  let isCancelled = false;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) =>
      controller.enqueue(new TextEncoder().encode('data: {"choices":[{"delta":{"content":"x"}}]}\n\n')),
    cancel: () => {
      isCancelled = true;
    },
  });
  t.mock.method(globalThis, "fetch", async () => new Response(body));
  for await (const piece of streamAnswer([], NO_SETTINGS, new AbortController().signal)) {
    assert.equal(piece.text, "x");
    break;
  }
  assert.ok(isCancelled);
});
