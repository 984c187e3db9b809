import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RATINGS } from "../../../training/corpus/preferences/annotator.js";
import { exactly } from "../../../training/evaluation/criteria.js";
import type { Judged } from "../../../training/rlhf/report/answers.js";
import { findAll } from "../../../training/rlhf/report/findings.js";
import type { VersionReport } from "../../../training/rlhf/report/versions.js";
import { wilson } from "../../../training/statistics/interval.js";
import { bestOfKCurve } from "../../../training/statistics/over-optimisation.js";

const version = (wins: number) => ({ wins: wilson(wins, 100), divergence: { token: 0.1, answer: 3 } }) as VersionReport;
const judged = (qualities: readonly number[]) => qualities.map((quality) => ({ quality }) as Judged);
const groups = Array.from({ length: 20 }, () => Array.from({ length: 16 }, (_, i) => ({ proxy: i, gold: i / 15 })));
const ratings = RATINGS.map((_, i) => ({
  rating: i,
  pairs: 100,
  right: wilson(95 - 10 * i, 100),
  labels: wilson(97 - 9 * i, 100),
}));
const GIVEN = {
  versions: [50, 60, 70, 65, 80, 85].map(version),
  ratings,
  judged: [judged([0, 0]), judged([1, 0.5]), judged([1, 0.2])],
  groups,
  bestOfK: bestOfKCurve(groups, [1, 4, 16]),
};

describe("findings", () => {
  const found = findAll(GIVEN);

  it("are the smallest steps, the win rates and the leads that the criteria ask for", () => {
    const near = (value: number | undefined, wanted: number) => assert.ok(Math.abs((value as number) - wanted) < 1e-9);
    near(found.monotone?.value, 0.1);
    near(found.bayes?.value, -0.05);
    near(found.rising?.value, -0.05);
    near(found.rejection4?.value, 0.8);
    near(found.policy?.value, 0.25);
    near(found.bestOf16?.value, 0.5);
    assert.deepEqual(found.divergence, exactly(3));
    assert.deepEqual(found.turning, exactly(16));
  });

  it("are not there where a part is missing", () => {
    const fewer = findAll({
      ...GIVEN,
      versions: GIVEN.versions.slice(0, 3),
      ratings: ratings.slice(0, 2),
      bestOfK: bestOfKCurve(groups, [1, 4]),
    });
    for (const name of ["monotone", "rising", "slight", "rejection2", "bestOf16"] as const)
      assert.ok(!(name in fewer), name);
    assert.ok("bayes" in fewer && "rejection1" in fewer);
  });
});
