import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Random } from "#dist/random.js";
import { Batch } from "../../../training/data/batch.js";
import type { NetworkOutput } from "../../../training/network/output.js";
import { type ObjectiveName, objectiveNamed } from "../../../training/objectives/table.js";
import { Arrays, kernels, memory } from "../network/arrays.js";
import { logProbability, type Pair, policyLoss, rankingLoss, slopes, type Token, valueLoss } from "./twins.js";

/** Kernels compute in f32. */
const TOLERANCE = 2e-6;
const WIDTH = 8;
const CLIP = 0.2;

/** What an objective says of an output, and the gradient that it leaves there. */
function measure(name: ObjectiveName, values: readonly number[], batch: Batch, width: number) {
  const arrays = new Arrays();
  const output = arrays.make(batch.tokens * width);
  output.values.set(values);
  const column = (source: Float32Array | Uint32Array) => {
    const { at } = arrays.make(batch.tokens);
    if (source instanceof Uint32Array)
      new Uint32Array(memory.buffer, at, batch.tokens).set(source.subarray(0, batch.tokens));
    else new Float32Array(memory.buffer, at, batch.tokens).set(source.subarray(0, batch.tokens));
    return at;
  };
  const there: NetworkOutput = {
    kernels,
    memory,
    values: output.at,
    targets: column(batch.targets),
    weights: column(batch.weights),
    signals: batch.signals.map(column),
    figures: arrays.make(8).at,
    width,
  };
  const figures = objectiveNamed(name).measure(there, batch, 1);
  return { figures, gradient: Array.from(output.values) };
}

function assertClose(found: readonly number[], wanted: readonly number[], tolerance = TOLERANCE): void {
  assert.equal(found.length, wanted.length);
  for (const [i, value] of found.entries()) {
    assert.ok(Math.abs(value - (wanted[i] as number)) < tolerance, `${i}: ${value}, wanted ${wanted[i]}`);
  }
}

const f32 = Math.fround;

describe("the clipped policy", () => {
  const random = new Random(1);
  const logits = Array.from({ length: 6 }, () => Array.from({ length: WIDTH }, () => f32(3 * random.nextFloat())));
  // log ratios within the clip and beyond it, with advantages of both signs, and a token without weight.
  const changes = [0.05, 0.5, -0.5, 0.5, -0.5, 0.1];
  const aims = [1, 2, 2, -1.5, -1.5, 3];
  const tokens: Token[] = logits.map((row, t) => {
    const target = (t * 3) % WIDTH;
    const old = f32(logProbability(row, target) - (changes[t] as number));
    return { target, old, aim: aims[t] as number, weight: t === 5 ? 0 : f32(0.5 + t / 10) };
  });
  const batch = new Batch(6);
  batch.add({
    ids: [0, ...tokens.map(({ target }) => target)],
    weights: [0, ...tokens.map(({ weight }) => weight)],
    signals: [
      [0, ...tokens.map(({ old }) => old)],
      [0, ...tokens.map(({ aim }) => aim)],
    ],
  });
  const rows = (flat: readonly number[]) => logits.map((_, t) => flat.slice(t * WIDTH, (t + 1) * WIDTH));
  const found = measure({ name: "policy", clip: CLIP }, logits.flat(), batch, WIDTH);

  it("has the loss and the gradient of its plain twin", () => {
    assertClose([found.figures.loss], [policyLoss(logits, tokens, CLIP)], 1e-5);
    assertClose(
      found.gradient,
      slopes(logits.flat(), (flat) => policyLoss(rows(flat), tokens, CLIP)),
      1e-5,
    );
  });

  it("has no gradient where it is clipped, and only there", () => {
    const isZero = rows(found.gradient).map((row) => row.every((value) => value === 0));
    assert.deepEqual(isZero, [false, true, false, false, true, true]);
    assertClose([found.figures["clipped"] as number], [(tokens[1]?.weight ?? 0) + (tokens[4]?.weight ?? 0)]);
  });

  it("says how far it went: old - new log p, and the ratios", () => {
    const sum = (f: (change: number) => number) =>
      tokens.reduce((total, { weight }, t) => total + weight * f(changes[t] as number), 0);
    assertClose([found.figures["divergence"] as number], [sum((change) => -change)], 1e-5);
    assertClose([found.figures["distance"] as number], [sum((change) => Math.abs(Math.exp(change) - 1))], 1e-5);
  });
});

describe("the clipped value", () => {
  const values = [0.1, 0.5, -0.5, 0.5, -0.5, 0.1].map(f32);
  const aims = [1, 1, 1, -1, -1, 5].map(f32);
  const tokens: Token[] = values.map((_, t) => ({
    target: 0,
    old: 0,
    aim: aims[t] as number,
    weight: t === 5 ? 0 : f32(0.5 + t / 10),
  }));
  const batch = new Batch(6);
  batch.add({
    ids: [0, ...tokens.map(() => 0)],
    weights: [0, ...tokens.map(({ weight }) => weight)],
    signals: [
      [0, ...tokens.map(({ old }) => old)],
      [0, ...tokens.map(({ aim }) => aim)],
    ],
  });
  const found = measure({ name: "value", clip: CLIP }, values, batch, 1);

  it("has the loss and the gradient of its plain twin", () => {
    assertClose([found.figures.loss], [valueLoss(values, tokens, CLIP)]);
    assertClose(
      found.gradient,
      slopes(values, (x) => valueLoss(x, tokens, CLIP)),
    );
  });

  it("has no gradient where it is clipped, and only there", () => {
    assert.deepEqual(
      found.gradient.map((slope) => slope === 0),
      [false, true, false, false, true, true],
    );
  });
});

describe("ranking", () => {
  const pairs: Pair[] = [
    { weight: 1, margin: 1, safe: [1, 0] },
    { weight: 0.5, margin: f32(1 / 3), safe: [1, 1] },
    { weight: 1, margin: 0, safe: [0, 0] },
  ];
  const batch = new Batch(40);
  const ends: number[] = [];
  for (const [i, { weight, margin, safe }] of pairs.entries()) {
    for (const [j, isSafe] of safe.entries()) {
      const ids = Array.from({ length: 2 + i + j }, () => 3);
      const last = (value: number) => ids.map((_, at) => (at === ids.length - 1 ? value : 0));
      batch.addToJudge({
        ids,
        weights: last(j === 0 ? weight : 0),
        signals: [last(j === 0 ? margin : 0), last(isSafe)],
      });
      ends.push(batch.tokens - 1);
    }
  }
  const random = new Random(2);
  const output = Array.from({ length: batch.tokens }, () => f32(4 * random.nextFloat() - 2));
  const scoresOf = (values: readonly number[]) => ends.map((at) => values[at] as number);

  for (const auxiliary of [0, 0.5]) {
    it(`with auxiliary ${auxiliary} has the loss and the gradient of its plain twin, at the last tokens alone`, () => {
      const found = measure({ name: "ranking", auxiliary }, output, batch, 1);
      const loss = (values: readonly number[]) => rankingLoss(scoresOf(values), pairs, auxiliary);
      assertClose([found.figures.loss], [loss(output)]);
      assertClose(found.gradient, slopes(output, loss));
      const touched = found.gradient.flatMap((slope, at) => (slope === 0 ? [] : [at]));
      assert.deepEqual(touched, ends);
    });
  }

  it("counts the pairs that it ranks as they were, ties for half", () => {
    const values = output.map(() => 0);
    for (const [i, score] of [2, 1, 0, 3, 1, 1].entries()) values[ends[i] as number] = score;
    assert.equal(measure({ name: "ranking", auxiliary: 0 }, values, batch, 1).figures["right"], 1 + 0.5);
  });
});
