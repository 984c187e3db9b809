import assert from "node:assert/strict";
import { test } from "node:test";
import { type ForwardJob, LogitsWanted } from "#dist/engine/run/job.js";
import { CONTROL_BYTES, jobBytes, MAX_SLICES, readJob, Word, writeJob } from "#dist/engine/team/protocol.js";

const SHAPE = { banks: 3, adapters: 2 };
const BATCH = 128;

/** What a worker makes of a job. */
function roundTrip(job: ForwardJob, words = new Int32Array(jobBytes(BATCH, SHAPE) / 4)): ForwardJob {
  writeJob(words, job, SHAPE);
  const { slices } = readJob(words, SHAPE);
  return {
    slices: slices.map((slice) => ({ ...slice, tokens: Array.from(slice.tokens), scales: Array.from(slice.scales) })),
  };
}

function jobOf(count: number, tokens: number): ForwardJob {
  return {
    slices: Array.from({ length: count }, (_, i) => ({
      tokens: Array.from({ length: tokens }, (_, t) => i * 1000 + t),
      position: i * 7,
      logits: i % 3 === 0 ? LogitsWanted.NONE : i % 3 === 1 ? LogitsWanted.LAST : LogitsWanted.ALL,
      // Above 2 GiB an address is negative as an i32.
      cache: { rows: 10 + i, addresses: [i * 64, 2 ** 31 + i * 64, 2 ** 32 - 64 - i * 64] },
      scales: [i / 4, -i],
    })),
  };
}

test("a job arrives as it was written, with addresses of up to 4 GiB", () => {
  const words = new Int32Array(jobBytes(BATCH, SHAPE) / 4);
  for (const job of [jobOf(1, 1), jobOf(5, 20), jobOf(MAX_SLICES, 2), jobOf(1, BATCH)]) {
    assert.deepEqual(roundTrip(job, words), job);
  }
});

test("more slices than there is room for are refused", () => {
  assert.throws(() => roundTrip(jobOf(MAX_SLICES + 1, 1)), RangeError);
});

test("every control word has a place of its own", () => {
  const lengths: Partial<Record<keyof typeof Word, number>> = { BARRIER: 3, PIECES: 2 };
  const taken = Object.entries(Word).flatMap(([name, word]) =>
    Array.from({ length: lengths[name as keyof typeof Word] ?? 1 }, (_, i) => word + i),
  );
  assert.equal(new Set(taken).size, taken.length);
  assert.ok(Math.max(...taken) < CONTROL_BYTES / 4);
});
