import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Random } from "#dist/random.js";
import { drawNormal, normalCdf, normalQuantile } from "../../../training/statistics/normal.js";

const near = (found: number, wanted: number, tolerance = 1e-12) =>
  assert.ok(Math.abs(found - wanted) <= tolerance, `${found} instead of ${wanted}`);

describe("the normal distribution", () => {
  it("has the shares that tables give", () => {
    near(normalCdf(0), 0.5);
    near(normalCdf(1), 0.841344746068543);
    near(normalCdf(-1.96), 0.024997895148220435);
    near(normalCdf(3), 0.9986501019683699);
    assert.equal(normalCdf(-40), 0);
    assert.equal(normalCdf(40), 1);
  });

  it("has quantiles that are the inverse of its shares", () => {
    near(normalQuantile(0.975), 1.959963984540054);
    for (const p of [1e-9, 0.001, 0.1, 0.5, 0.7, 0.999]) near(normalCdf(normalQuantile(p)), p);
    assert.throws(() => normalQuantile(0), RangeError);
    assert.throws(() => normalQuantile(1), RangeError);
  });

  it("is drawn with mean 0 and variance 1, one in 741 beyond three deviations", () => {
    const random = new Random(1);
    const draws = Array.from({ length: 50_000 }, () => drawNormal(random));
    const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length;
    near(mean, 0, 0.02);
    near(draws.reduce((sum, x) => sum + x * x, 0) / draws.length, 1, 0.03);
    near(draws.filter((x) => Math.abs(x) > 3).length / draws.length, 0.0027, 0.001);
  });
});
