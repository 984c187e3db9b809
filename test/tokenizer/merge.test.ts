import assert from "node:assert/strict";
import { test } from "node:test";
import { type MergeRules, Merger } from "#dist/tokenizer/merge.js";
import { seededRandom } from "../helpers/random.js";

/** Random rules: a merge's result is a symbol above its parts, so that merging ends; ranks repeat. */
function randomRules(random: () => number, symbols: number, merges: number): MergeRules {
  const pairs = new Map<string, number>();
  const ranks: number[] = [];
  const results: number[] = [];
  for (let i = 0; i < merges; i++) {
    const left = Math.floor(random() * (symbols - 1));
    const right = Math.floor(random() * (symbols - 1));
    const lowest = Math.max(left, right) + 1;
    const key = `${left} ${right}`;
    if (pairs.has(key)) continue;
    pairs.set(key, ranks.length);
    ranks.push(Math.floor(random() * 8));
    results.push(lowest + Math.floor(random() * (symbols - lowest)));
  }
  return {
    ranks: Int32Array.from(ranks),
    results: Int32Array.from(results),
    find: (left, right) => pairs.get(`${left} ${right}`) ?? -1,
  };
}

/** As the definition says: look through all pairs for the lowest rank, the leftmost of equals; merge; again. */
function mergeSlowly(rules: MergeRules, symbols: readonly number[]): number[] {
  const row = [...symbols];
  for (;;) {
    let best = -1;
    let bestRank = Number.POSITIVE_INFINITY;
    for (let i = 0; i + 1 < row.length; i++) {
      const merge = rules.find(row[i] as number, row[i + 1] as number);
      const rank = merge < 0 ? Number.POSITIVE_INFINITY : (rules.ranks[merge] as number);
      if (rank < bestRank) [best, bestRank] = [i, rank];
    }
    if (best < 0) return row;
    const merge = rules.find(row[best] as number, row[best + 1] as number);
    row.splice(best, 2, rules.results[merge] as number);
  }
}

test("the queue merges in the order of the definition", () => {
  const random = seededRandom(1);
  let merged = 0;
  for (let round = 0; round < 300; round++) {
    const rules = randomRules(random, 24, 120);
    const merger = new Merger(rules);
    for (const longest of [3, 20, 120]) {
      const row = Array.from({ length: Math.floor(random() * longest) }, () => Math.floor(random() * 4));
      const symbols = Int32Array.from(row);
      const count = merger.merge(symbols, symbols.length);
      assert.deepEqual([...symbols.subarray(0, count)], mergeSlowly(rules, row));
      merged += row.length - count;
    }
  }
  assert.ok(merged > 1000, `${merged} merges were made`);
});

test("rows beyond the kept capacity, and short ones after them", () => {
  const rules: MergeRules = {
    ranks: Int32Array.of(1, 0),
    results: Int32Array.of(1, 2),
    find: (left, right) => (left === 0 && right === 0 ? 0 : left === 1 && right === 1 ? 1 : -1),
  };
  const merger = new Merger(rules);
  for (const length of [100_000, 6, 5000, 3, 0, 1]) {
    const symbols = new Int32Array(length);
    const count = merger.merge(symbols, length);
    const pairs = Math.floor(length / 2);
    const wanted = [...Array(Math.floor(pairs / 2)).fill(2), ...Array(pairs % 2).fill(1), ...Array(length % 2).fill(0)];
    assert.deepEqual([...symbols.subarray(0, count)], wanted);
  }
});
