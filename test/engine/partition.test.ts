import assert from "node:assert/strict";
import { test } from "node:test";
import { type Partition, partitionFor, type Range, shareRows } from "#dist/engine/partition.js";
import type { ModelConfig } from "#dist/model/config.js";

function partitions(heads: number, kvHeads: number, workers: number): Partition[] {
  const config = { heads, kvHeads, dim: 64, hiddenDim: 96, vocabularySize: 290 } as ModelConfig;
  return Array.from({ length: workers }, (_, worker) => partitionFor(config, worker, workers));
}

function assertCovers(ranges: readonly Range[], total: number): void {
  let next = 0;
  for (const { from, to } of ranges) {
    assert.equal(from, next);
    next = to;
  }
  assert.equal(next, total);
}

const sizes = (ranges: readonly Range[]) => ranges.map(({ from, to }) => to - from);

test("every head goes to one worker, and none has a quarter more than its share of many heads", () => {
  for (const [heads, kvHeads] of [
    [32, 4],
    [32, 8],
    [64, 8],
    [32, 32],
    [40, 40],
    [32, 1],
    [71, 1],
  ] as const) {
    for (let workers = 1; workers <= 8; workers++) {
      const parts = partitions(heads, kvHeads, workers);
      assertCovers(
        parts.map((part) => part.heads),
        heads,
      );
      assertCovers(
        parts.map((part) => part.kvHeads),
        kvHeads,
      );
      const largest = Math.max(...sizes(parts.map((part) => part.heads)));
      assert.ok(largest <= 1.25 * (heads / workers), `${largest} of ${heads} heads, ${workers} workers`);
    }
  }
});

test("workers that attend to their own KV heads alone need not wait for others", () => {
  for (const [heads, kvHeads, workers, owns] of [
    [32, 4, 2, true],
    [32, 4, 3, false],
    [32, 4, 4, true],
    [32, 8, 3, true],
    [32, 32, 3, true],
    [32, 1, 2, false],
    [4, 4, 6, true],
  ] as const) {
    const group = heads / kvHeads;
    for (const part of partitions(heads, kvHeads, workers)) {
      assert.equal(part.ownsItsKvHeads, owns, `${heads} heads, ${kvHeads} KV heads, ${workers} workers`);
      if (!owns) continue;
      assert.deepEqual(part.heads, { from: part.kvHeads.from * group, to: part.kvHeads.to * group });
    }
  }
});

test("every row is in one worker's own part or in one of the pieces for all", () => {
  for (const total of [1, 7, 8, 64, 100, 290, 2048, 5632, 32000]) {
    for (let workers = 1; workers <= 8; workers++) {
      const shares = Array.from({ length: workers }, (_, worker) => shareRows(total, worker, workers));
      const [first] = shares;
      assert.ok(first);
      for (const { shared, piece } of shares)
        assert.deepEqual({ shared, piece }, { shared: first.shared, piece: first.piece });
      const pieces: Range[] = [];
      for (let { from, to } = first.shared; from < to; from += first.piece) {
        pieces.push({ from, to: Math.min(from + first.piece, to) });
      }
      assertCovers([...shares.map(({ own }) => own), ...pieces], total);
      if (workers === 1) assert.equal(pieces.length, 0);
      else if (total >= 2048) assert.ok(pieces.length >= 2 * workers, `${pieces.length} pieces of ${total} rows`);
    }
  }
});
