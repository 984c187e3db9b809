import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { axisFor } from "../../../../training/evaluation/card/axis.js";
import { linePlot } from "../../../../training/evaluation/card/line-plot.js";
import { figure, table } from "../../../../training/evaluation/card/markdown.js";
import { type RlhfFigures, rlhfCard } from "../../../../training/evaluation/card/rlhf-card.js";
import { CRITERION_NAMES, exactly } from "../../../../training/evaluation/criteria.js";
import { bestOfKl } from "../../../../training/statistics/best-of-k.js";
import { wilson } from "../../../../training/statistics/interval.js";

describe("axes", () => {
  it("have round marks around all values, the ends where they belong", () => {
    const { ticks, at } = axisFor([0.13, 0.87], 100, 500);
    assert.deepEqual(
      ticks.map(({ label }) => label),
      ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"],
    );
    assert.equal(at(0), 100);
    assert.equal(at(1), 500);
    assert.equal(at(0.5), 300);
  });

  it("hold one value, negative ones, and large ones", () => {
    for (const values of [[3], [0], [-5, -4.2], [-1, 1], [0, 12345], [1e-6, 2e-6]]) {
      const { ticks, at } = axisFor(values, 0, 100);
      assert.ok(ticks.length >= 2 && ticks.length <= 9, `${values}: ${ticks.length}`);
      for (const value of values) assert.ok(at(value) >= 0 && at(value) <= 100, `${value} at ${at(value)}`);
      assert.equal(new Set(ticks.map(({ label }) => label)).size, ticks.length);
    }
    assert.throws(() => axisFor([Number.NaN], 0, 1), RangeError);
  });
});

describe("a plot", () => {
  const plot = linePlot({
    title: 'A < B & "C"',
    description: "It rises.",
    x: "x",
    y: "y",
    lines: [
      {
        name: "one",
        points: [
          { x: 0, y: 0, low: -1, high: 1 },
          { x: 1, y: 2 },
        ],
      },
      { name: "two", points: [{ x: 0.5, y: 1 }] },
    ],
  });

  it("is well formed, says what it shows, and fits dark ground", () => {
    const open = [...plot.matchAll(/<([a-z]+)[^>]*?(\/?)>/g)].filter(([, , closed]) => closed === "").length;
    const closed = plot.match(/<\/[a-z]+>/g)?.length;
    assert.equal(open, closed);
    assert.match(plot, /<title id="title">A &lt; B &amp; &quot;C&quot;<\/title>/);
    assert.match(plot, /<desc id="description">It rises\.<\/desc>/);
    assert.match(plot, /prefers-color-scheme:dark/);
    assert.doesNotMatch(plot, /NaN|undefined|Infinity/);
  });

  it("draws a line, its marks and its intervals", () => {
    assert.equal(plot.match(/<circle/g)?.length, 3);
    assert.equal(plot.match(/class="bar c0"/g)?.length, 1);
    assert.equal(plot.match(/class="bar c1"/g), null);
  });
});

describe("tables", () => {
  it("are Markdown with columns of one width", () => {
    assert.equal(table(["a", "bb"], [["1|2", "3"]]), "| a    | bb  |\n| ---- | --- |\n| 1\\|2 | 3   |");
  });

  it("write figures by their unit", () => {
    assert.equal(figure(0.931, "share"), "93.1 %");
    assert.equal(figure(0.02, "points"), "+2.0");
    assert.equal(figure(-0.02, "points"), "-2.0");
    assert.equal(figure(0.00001, "probability"), "below .0001");
    assert.equal(figure(16, "ratio"), "16");
    assert.equal(figure(Number.NaN, "share"), "none");
  });
});

describe("the card of the path", () => {
  const style = { strangeness: 0.01, distinct: 0.9, length: 12, secondOpinion: 0.8 };
  const version = (name: string, value: number, divergence: number) => ({
    name,
    quality: exactly(value),
    score: exactly(3 * value - 1),
    wins: wilson(60, 100),
    violations: wilson(1, 100),
    style,
    divergence: { answer: divergence },
  });
  const figures: RlhfFigures = {
    recipe: ["seed 5"],
    findings: { violations: wilson(0, 400), policy: wilson(500, 1000) },
    versions: [{ ...version("demonstrations", 0.6, 0), wins: exactly(0.5) }, version("PPO", 0.8, 4)],
    rewards: [{ rating: 1, pairs: 100, right: wilson(92, 100), labels: wilson(95, 100) }],
    bestOfK: [1, 2, 4].map((k) => ({ label: `${k}`, kl: bestOfKl(k), proxy: exactly(k), gold: exactly(k / 4) })),
    controls: [version("control: any answer", 0.61, 1)],
    margins: [{ margins: "small", rows: [{ rating: 1, mean: 0.9, lowest: 0.88, highest: 0.91 }] }],
    ghosts: [{ name: "before", turns: [{ turn: 2, followed: 1, right: 0.5 }] }],
  };
  const { markdown, plots } = rlhfCard(figures);

  it("has every criterion, those too that nobody measured", () => {
    const rows = markdown.split("\n").filter((line) => /(met|reported|not measured) +\|$/.test(line));
    assert.equal(rows.length, CRITERION_NAMES.length);
    assert.match(markdown, /violations, deeds that are held out .* 0\.0 % .* \| met/);
    assert.match(markdown, /PPO against the last rejection sampling .* 50\.0 % .* \| not met/);
  });

  it("refers to the plots that are there, and leaves nothing blank", () => {
    const named = Array.from(markdown.matchAll(/\]\(([\w-]+\.svg)\)/g), ([, name]) => name);
    assert.deepEqual(named.sort(), Object.keys(plots).sort());
    assert.doesNotMatch(markdown + Object.values(plots).join(""), /NaN|undefined|Infinity|\[object|\(\)/);
    assert.match(markdown, /Quality is highest at K = 4/);
    assert.match(markdown, /\| control: any answer \| 0\.610 /);
    assert.match(markdown, /\| small +\| +\| 90\.0 % \(88\.0 % to 91\.0 %\) \| /);
  });
});
