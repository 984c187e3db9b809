import assert from "node:assert/strict";
import { describe, it } from "node:test";
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
  batch: ReturnType<typeof randomBatch>,
  part: Float32Array,
  before: Float32Array,
  direction: Float32Array,
): number {
  const h = 0.04;
  const at = (steps: number) => {
    for (let i = 0; i < part.length; i++) part[i] = (before[i] as number) + steps * h * (direction[i] as number);
    const loss = network.loss(batch);
    part.set(before);
    return loss;
  };
  return (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * h);
}
