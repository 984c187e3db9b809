import assert from "node:assert/strict";
import { test } from "node:test";
import { byteCount, counted, duration, largeCount, percent, shortFloat, significant } from "#dist/cli/show/amounts.js";

test("numbers are written as people read them", () => {
  assert.deepEqual(
    [0, 1, 2].map((count) => counted(count, "token")),
    ["0 tokens", "1 token", "2 tokens"],
  );
  assert.equal(counted(2, "entry", "entries"), "2 entries");
  assert.deepEqual([0, 0.344, 0.999, 1].map(percent), ["0%", "34%", "99%", "100%"]);
  assert.deepEqual([1, 999, 260_000, 1_800_000, 6.74e9].map(largeCount), ["1", "999", "260 K", "1.80 M", "6.74 B"]);
  assert.deepEqual([0.1234, 12.34, 1234.5].map(significant), ["0.123", "12.3", "1235"]);
});

test("sizes under a GiB are shown in smaller units", () => {
  const sizes = [1, 532, 2048, 1.9 * 2 ** 20, 1023.4 * 2 ** 20, 3.56 * 2 ** 30, Number.POSITIVE_INFINITY];
  assert.deepEqual(sizes.map(byteCount), [
    "1 byte",
    "532 bytes",
    "2.0 KiB",
    "1.9 MiB",
    "1023.4 MiB",
    "3.56 GiB",
    "unlimited",
  ]);
});

test("spans of time have two units at most", () => {
  assert.deepEqual([0.2, 8, 59.6, 125, 3720].map(duration), ["0 s", "8 s", "1:00 min", "2:05 min", "1:02 h"]);
});

test("a 32-bit float is written as short as it can be told by", () => {
  for (const [value, text] of [
    [1e-5, "1e-05"],
    [1e-6, "1e-06"],
    [0.1, "0.1"],
    [10000, "10000"],
    [1.5, "1.5"],
    [3.4e38, "3.4e+38"],
    [-2.5e-7, "-2.5e-07"],
  ] as const) {
    const stored = Math.fround(value);
    assert.equal(Math.fround(Number(shortFloat(stored))), stored);
    if (value < 1e30) assert.equal(shortFloat(stored), text);
  }
});
