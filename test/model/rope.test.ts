import assert from "node:assert/strict";
import { test } from "node:test";
import { ropeAngles } from "#dist/model/rope.js";

const PLAIN = { dims: 8, base: 10000, scaling: { kind: "none" } } as const;

test("frequencies fall from 1 by powers of the base", () => {
  const { frequencies, magnitude } = ropeAngles(PLAIN);
  assert.deepEqual(
    [...frequencies].map((f) => Math.round(f * 1e9)),
    [1e9, 1e8, 1e7, 1e6],
  );
  assert.equal(magnitude, 1);
});

test("linear scaling divides every frequency", () => {
  const plain = ropeAngles(PLAIN).frequencies;
  const scaled = ropeAngles({ ...PLAIN, scaling: { kind: "linear", factor: 4 } });
  assert.deepEqual(
    scaled.frequencies,
    plain.map((f) => f / 4),
  );
});

test("a file's factors divide the base frequencies one by one", () => {
  const plain = ropeAngles(PLAIN).frequencies;
  const divided = ropeAngles(PLAIN, [1, 2, 4, 8]).frequencies;
  assert.deepEqual(
    divided,
    plain.map((f, i) => f / 2 ** i),
  );
});

test("YaRN keeps fast pairs, interpolates slow ones and ramps between", () => {
  // Worked by hand: with 64 pairs over 4096 positions and base 10000, the pair that turns 32 times is
  // 128 ln(4096 / 64 pi) / (2 ln 10000) = 20.9 -> 20, and the one that turns once is 45.03 -> 46.
  const config = { dims: 128, base: 10000 } as const;
  const scaling = { kind: "yarn", factor: 16, originalContext: 4096, attentionFactor: 1 } as const;
  const plain = ropeAngles({ ...config, scaling: { kind: "none" } }).frequencies;
  const { frequencies, magnitude } = ropeAngles({ ...config, scaling });
  const ratio = (pair: number) => (frequencies[pair] ?? 0) / (plain[pair] ?? 1);
  for (let pair = 0; pair <= 20; pair++) assert.equal(ratio(pair), 1);
  for (let pair = 46; pair < 64; pair++) assert.ok(Math.abs(ratio(pair) - 1 / 16) < 1e-15);
  assert.ok(Math.abs(ratio(33) - (0.5 + 0.5 / 16)) < 1e-15);
  assert.ok(Math.abs(magnitude - (1 + 0.1 * Math.log(16))) < 1e-15);
});
