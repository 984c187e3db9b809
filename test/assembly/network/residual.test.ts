import assert from "node:assert/strict";
import { test } from "node:test";
import { runnableBuilds } from "#dist/kernels/load.js";
import { seededNormals } from "../../helpers/random.js";
import { Workspace } from "../workspace.js";

for (const build of runnableBuilds()) {
  test(`${build}: vectors are added, as they are or in part`, () => {
    const workspace = new Workspace(build, 1 << 20);
    const normal = seededNormals(4);
    for (const n of [1, 3, 4, 17]) {
      workspace.reset();
      const [x, y] = [Float32Array.from({ length: n }, normal), Float32Array.from({ length: n }, normal)];
      const [sum, part, other] = [workspace.putFloats(x), workspace.putFloats(x), workspace.putFloats(y)];
      workspace.kernels.add(sum, other, n);
      workspace.kernels.add_scaled(part, other, -0.7, n);
      workspace.verify();
      assert.deepEqual(
        workspace.floats(sum, n),
        x.map((value, i) => value + (y[i] ?? 0)),
      );
      const scale = Math.fround(-0.7);
      assert.deepEqual(
        workspace.floats(part, n),
        x.map((value, i) => value + Math.fround(scale * (y[i] ?? 0))),
      );
    }
  });
}
