import assert from "node:assert/strict";
import { test } from "node:test";
import { type Partition, partitionFor, type Range, type Share, shareInPieces } from "#dist/engine/run/partition.js";
import type { ModelConfig } from "#dist/model/config.js";

/** As many rows as the kernels pack together. */
const GROUP_ROWS = 8;

function partitions(heads: number, kvHeads: number, workers: number): Partition[] {
  const config = { heads, kvHeads, dim: 64, hiddenDim: 96, vocabularySize: 290 } as ModelConfig;
  return Array.from({ length: workers }, (_, worker) => partitionFor(config, GROUP_ROWS, worker, workers));
}

function assertCovers(ranges: readonly Range[], total: number): void {
  let next = 0;
  for (const { from, to } of ranges) {
    assert.equal(from, next);
    next = to;
  }
  assert.equal(next, total);
}

/** The pieces that are for all, which all shares agree on. */
function piecesOf(shares: readonly Share[]): Range[] {
  const [first] = shares;
  assert.ok(first);
  const { shared, piece } = first;
  for (const share of shares) assert.deepEqual({ shared: share.shared, piece: share.piece }, { shared, piece });
  const pieces: Range[] = [];
  for (let from = shared.from; from < shared.to; from += piece) {
    pieces.push({ from, to: Math.min(from + piece, shared.to) });
  }
  return pieces;
}

function assertShares(shares: readonly Share[], total: number): void {
  assertCovers([...shares.map(({ own }) => own), ...piecesOf(shares)], total);
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
    const group = heads / kvHeads;
    for (let workers = 1; workers <= 8; workers++) {
      const parts = partitions(heads, kvHeads, workers);
      const shares = parts.map((part) => part.kvHeads);
      assertShares(shares, kvHeads);
      const alone = parts.flatMap((part) => part.heads ?? []);
      if (alone.length > 0) assertCovers(alone, heads);
      const own = alone.length > 0 ? sizes(alone) : sizes(shares.map((share) => share.own)).map((n) => n * group);
      const largest = Math.max(...own);
      assert.ok(largest <= 1.25 * (heads / workers), `${largest} of ${heads} heads, ${workers} workers`);
    }
  }
});

test("query heads are dealt out with their KV heads where those go evenly", () => {
  for (const [heads, kvHeads, workers, together] of [
    [32, 4, 2, true],
    [32, 4, 3, false],
    [32, 4, 4, true],
    [32, 8, 3, true],
    [32, 32, 3, true],
    [32, 1, 2, false],
    [4, 4, 6, true],
  ] as const) {
    for (const part of partitions(heads, kvHeads, workers)) {
      assert.equal(part.heads === undefined, together, `${heads} heads, ${kvHeads} KV heads, ${workers} workers`);
      // They wait for one another once, which none could do a piece at a time.
      if (!together) assert.equal(part.kvHeads.shared.to - part.kvHeads.shared.from, 0);
    }
  }
});

test("every row is in one worker's own part or in one of the pieces for all", () => {
  for (const total of [1, 7, 8, 64, 100, 290, 2048, 5632, 32000]) {
    for (let workers = 1; workers <= 8; workers++) {
      const shares = Array.from({ length: workers }, (_, worker) => shareInPieces(total, worker, workers, 8));
      assertShares(shares, total);
      const pieces = piecesOf(shares).length;
      if (workers === 1) assert.equal(pieces, 0);
      else if (total >= 2048) assert.ok(pieces >= 2 * workers, `${pieces} pieces of ${total} rows`);
    }
  }
});
