import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { HttpFailure } from "#dist/hub/http-failure.js";
import { Watchdog } from "#dist/hub/watchdog.js";

const TIMEOUT = 200;

/** A body of pieces that a server sends without being asked, and then no end. */
function endless(pieces: number): Response {
  let sent = 0;
  const body = new ReadableStream({
    pull: async (controller) => {
      if (sent++ >= pieces) await new Promise(() => {}); // it has stopped
      controller.enqueue(new Uint8Array([sent]));
    },
  });
  return new Response(body);
}

function isStalled(error: unknown): boolean {
  return error instanceof HttpFailure && error.isTransient && error.detail === "it has stopped sending";
}

test("a slow taker is not taken for a server that has stopped sending, and such a server is not waited for", async () => {
  const watchdog = new Watchdog("host", undefined, TIMEOUT);
  const taken: number[] = [];
  await assert.rejects(async () => {
    for await (const [piece = 0] of watchdog.chunks(endless(3))) {
      taken.push(piece);
      await setTimeout(TIMEOUT * 1.5); // a slow disk
    }
  }, isStalled);
  assert.deepEqual(taken, [1, 2, 3]);
  assert.ok(isStalled(watchdog.signal.reason));
  watchdog.dispose();
});

test("what came while the process was stopped or busy counts as sent in time", async () => {
  const watchdog = new Watchdog("host", undefined, TIMEOUT);
  const late = new Promise<string>((resolve) => {
    setTimeout(1).then(() => setImmediate(() => setImmediate(() => resolve("came"))));
  });
  const waiting = watchdog.wait(new Promise<string>((resolve) => setTimeout(TIMEOUT + 20).then(() => resolve("late"))));
  await assert.rejects(waiting, isStalled);
  const other = new Watchdog("host", undefined, TIMEOUT);
  const busy = other.wait(late);
  await setTimeout(1);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, TIMEOUT * 2); // nothing of this process runs
  assert.equal(await busy, "came");
  other.dispose();
});

test("a time for all of an answer goes on while its pieces are taken, however they come", async () => {
  const watchdog = new Watchdog("host", undefined, TIMEOUT, "all");
  const start = performance.now();
  await assert.rejects(async () => {
    for await (const _ of watchdog.chunks(endless(1000))) await setTimeout(TIMEOUT / 10);
  }, isStalled);
  assert.ok(performance.now() - start < TIMEOUT * 5);
});
