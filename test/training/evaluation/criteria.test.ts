import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CRITERIA, CRITERION_NAMES, exactly, judgeCriteria } from "../../../training/evaluation/criteria.js";
import { wilson } from "../../../training/statistics/interval.js";

const outcomeOf = (
  name: (typeof CRITERION_NAMES)[number],
  found: Parameters<typeof exactly>[0] | ReturnType<typeof wilson>,
) =>
  judgeCriteria({ [name]: typeof found === "number" ? exactly(found) : found }).find((row) => row.name === name)
    ?.outcome;

describe("criteria", () => {
  it("are all in the table, whatever was measured", () => {
    const rows = judgeCriteria({});
    assert.deepEqual(
      rows.map(({ name }) => name),
      CRITERION_NAMES,
    );
    assert.ok(rows.every(({ outcome }) => outcome === "not measured"));
  });

  it("are met at their bar and not below it, by the interval where they ask for it", () => {
    assert.equal(outcomeOf("significant", wilson(90, 100)), "met");
    assert.equal(outcomeOf("significant", wilson(89, 100)), "not met");
    // 0 of 73 has an upper end of 5.00 %, and 0 of 72 of 5.07 %.
    assert.equal(outcomeOf("violations", wilson(0, 73)), "met");
    assert.equal(outcomeOf("violations", wilson(0, 72)), "not met");
    assert.equal(outcomeOf("rejection1", wilson(550, 1000)), "met");
    assert.equal(outcomeOf("rejection1", wilson(520, 1000)), "not met");
    assert.equal(outcomeOf("bestOf16", { value: 0.1, low: -0.01, high: 0.2 }), "not met");
    assert.equal(outcomeOf("divergence", 10), "met");
    assert.equal(outcomeOf("turning", 16), "reported");
  });

  it("tell a sure fall of right answers from a sure rise", () => {
    const outcome = (p: number, right: number) =>
      judgeCriteria({ mcnemar: exactly(p), right: exactly(right) }).find(({ name }) => name === "mcnemar")?.outcome;
    assert.deepEqual([outcome(0.009, 0.1), outcome(0.011, 0.1), outcome(0.0001, -0.1)], ["met", "not met", "not met"]);
  });

  it("are not met by what is no number", () => {
    for (const name of CRITERION_NAMES) {
      assert.ok(["not met", "reported"].includes(outcomeOf(name, Number.NaN) as string), name);
      assert.notEqual(CRITERIA[name].wanted, "");
    }
  });
});
