import assert from "node:assert/strict";
import { test } from "node:test";
import { findTensorTypeByName, type TensorType } from "#dist/gguf/format.js";
import { runnableBuilds } from "#dist/kernels/load.js";
import { encodeValues } from "../../helpers/encode-values.js";
import { seededNormals } from "../../helpers/random.js";
import { Workspace } from "../workspace.js";

const ROWS = 23;

for (const build of runnableBuilds()) {
  test(`${build}: the second product of an adapter is added to rows, the same bits whichever rows go together`, () => {
    const workspace = new Workspace(build, 4 << 20);
    const normal = seededNormals(3);
    const draw = (count: number) => Float32Array.from({ length: count }, normal);
    for (const [typeName, add] of [
      ["F32", workspace.kernels.add_low_rank_f32],
      ["F16", workspace.kernels.add_low_rank_f16],
      ["BF16", workspace.kernels.add_low_rank_bf16],
    ] as const) {
      const type = findTensorTypeByName(typeName) as TensorType;
      for (const rank of [1, 3, 4, 5, 8, 16, 31]) {
        workspace.reset();
        const { bytes, values } = encodeValues(type, Float64Array.from(draw(ROWS * rank)));
        const [b, x] = [workspace.put(bytes), draw(rank)];
        const before = draw(ROWS);
        const scale = 0.375;
        const exact = Array.from(before, (value, row) => {
          let sum = 0;
          for (let r = 0; r < rank; r++) sum += (values[row * rank + r] ?? 0) * (x[r] ?? 0);
          return value + scale * sum;
        });
        const run = (cuts: readonly number[]) => {
          const out = workspace.putFloats(before);
          const from = workspace.putFloats(x);
          for (const [i, cut] of cuts.entries()) add(b, from, out, cuts[i - 1] ?? 0, cut, rank, scale);
          workspace.verify();
          return workspace.floats(out, ROWS);
        };
        const whole = run([ROWS]);
        for (const [row, value] of whole.entries()) {
          assert.ok(Math.abs(value - (exact[row] ?? 0)) < 1e-5, `${typeName}, rank ${rank}, row ${row}`);
        }
        for (const cuts of [[1, ROWS], [4, 11, ROWS], Array.from({ length: ROWS }, (_, i) => i + 1)]) {
          assert.deepEqual(run(cuts), whole, `${typeName}, rank ${rank}, cut at ${cuts}`);
        }
      }
    }
  });
}
