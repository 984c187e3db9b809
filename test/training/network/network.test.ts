import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Random } from "#dist/random.js";
import { Batch } from "../../../training/data/batch.js";
import type { Objective } from "../../../training/network/output.js";
import { crossEntropy } from "../../../training/objectives/cross-entropy.js";
import { type ObjectiveName, objectiveNamed } from "../../../training/objectives/table.js";
import { randomBatch, SMALL_SHAPE, SmallNetwork } from "./fixture.js";

describe("gradients of the whole network", () => {
  const network = new SmallNetwork(SMALL_SHAPE, 128);
  const batch = randomBatch(SMALL_SHAPE, [37, 1, 50, 9]);
  network.lossAndGradients(batch);
  const gradients = network.gradients.slice();

  for (const parameter of network.layout.all) {
    const { name, layer, offset, rows, columns } = parameter;
    it(`${name}${layer < 0 ? "" : ` of layer ${layer}`} agrees with finite differences`, () => {
      const part = network.parameters.subarray(offset, offset + rows * columns);
      const before = part.slice();
      const gradient = gradients.subarray(offset, offset + part.length);
      const norm = Math.hypot(...gradient);
      assert.ok(norm > 1e-3, `a gradient of ${norm} tests nothing`);
      // Along the gradient itself the slope is its norm; along a random direction, the projection.
      for (const direction of [gradient.map((value) => value / norm), alternating(part.length)]) {
        const slope = finiteDifference(network, batch, part, before, direction);
        const wanted = gradient.reduce((sum, value, i) => sum + value * (direction[i] as number), 0);
        assert.ok(Math.abs(slope - wanted) < 2e-3 * norm, `slope ${slope}, gradient ${wanted}, norm ${norm}`);
      }
    });
  }
});

/** Unit vector of pseudo-random signs. */
function alternating(length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => (Math.sin(i * 12.9898) > 0 ? 1 : -1) / Math.sqrt(length));
}

/** Of fourth order: f32 leaves no room for small steps. */
function finiteDifference(
  network: SmallNetwork,
  batch: Batch,
  part: Float32Array,
  before: Float32Array,
  direction: Float32Array,
  objective: Objective = crossEntropy,
  h = 0.04,
): number {
  const at = (steps: number) => {
    for (let i = 0; i < part.length; i++) part[i] = (before[i] as number) + steps * h * (direction[i] as number);
    const loss = network.loss(batch, objective);
    part.set(before);
    return loss;
  };
  return (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * h);
}

describe("gradients of the whole network, by objective", () => {
  const SHAPE = { ...SMALL_SHAPE, scalarHead: true };
  const objectives: readonly ObjectiveName[] = [
    { name: "ranking", auxiliary: 0.5 },
    { name: "value", clip: 10 },
    { name: "policy", clip: 10 },
  ];
  for (const name of objectives) {
    it(`${name.name} agrees with finite differences along its gradient`, () => {
      const network = new SmallNetwork(SHAPE, 128);
      const batch = judgedBatch(name.name === "ranking");
      const objective = objectiveNamed(name);
      network.lossAndGradients(batch, objective);
      const gradient = network.gradients.slice();
      const norm = Math.hypot(...gradient);
      assert.ok(norm > 1e-2, `a gradient of ${norm} tests nothing`);
      const direction = gradient.map((value) => value / norm);
      const before = network.parameters.slice();
      const slope = finiteDifference(network, batch, network.parameters, before, direction, objective, 0.01);
      assert.ok(Math.abs(slope - norm) < 5e-3 * norm, `slope ${slope}, norm ${norm}`);
      const { offset, columns } = network.layout.get("head");
      const isUsed = gradient.subarray(offset, offset + columns).some((value) => value !== 0);
      assert.equal(isUsed, objective.head === "scalar");
    });
  }
});

/** Four documents: two pairs to rank, or with signals like those of PPO. */
function judgedBatch(isRanked: boolean): Batch {
  const random = new Random(4);
  const batch = new Batch(128);
  for (const [i, length] of [20, 9, 33, 2].entries()) {
    const ids = Array.from({ length }, () => Math.floor(random.nextFloat() * SMALL_SHAPE.vocabularySize));
    const last = (value: number) => ids.map((_, at) => (at === ids.length - 1 ? value : 0));
    const some = (base: number) => ids.map(() => base + random.nextFloat());
    if (isRanked) batch.addToJudge({ ids, weights: last((i + 1) % 2), signals: [last(0.3), last(i % 2)] });
    else batch.add({ ids, weights: some(0), signals: [some(-4), some(-0.5)] });
  }
  return batch;
}
