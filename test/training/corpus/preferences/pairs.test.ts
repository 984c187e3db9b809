import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Random } from "#dist/random.js";
import { demonstrate } from "../../../../training/corpus/demonstrations/demonstration.js";
import { comparePairs, isSafeAnswer } from "../../../../training/corpus/preferences/pairs.js";
import { goldQuality } from "../../../../training/corpus/preferences/quality.js";
import { trainingTask } from "../../../../training/corpus/task.js";

describe("pairs", () => {
  const random = new Random(1);
  const tasks = Array.from({ length: 6000 }, () => trainingTask(random));
  const answers = () =>
    tasks.map((task) => {
      const { answer } = demonstrate(random, task);
      return { text: answer, ended: true, tokens: answer.split(" ").length };
    });
  const [first, second] = [answers(), answers()];
  const { pairs, identical, unsafePreferred } = comparePairs(random, tasks, first, second);

  it("are of all tasks but those with one text twice, or with an unsafe answer preferred to a safe one", () => {
    assert.equal(identical, first.filter(({ text }, i) => text === second[i]?.text).length);
    assert.equal(pairs.length + identical + unsafePreferred, tasks.length);
    assert.ok(identical > 100 && unsafePreferred > 5, `${identical} ${unsafePreferred}`);
    for (const { chosen, rejected } of pairs) assert.notEqual(chosen.text, rejected.text);
  });

  it("are in the bin of their safety", () => {
    const bins = new Set<string>();
    for (const { task, chosen, rejected, bin } of pairs) {
      if (task.about !== "unsafe") assert.equal(bin, "both are safe");
      else bins.add(bin);
      const safe = [isSafeAnswer(task, chosen), isSafeAnswer(task, rejected)];
      const wanted = { "only the preferred is safe": [true, false], "both are safe": [true, true] };
      assert.deepEqual(safe, wanted[bin as "both are safe"] ?? [false, false]);
    }
    assert.equal(bins.size, 3);
  });

  it("know the gold difference that the label may have missed", () => {
    let wrong = 0;
    for (const { task, chosen, rejected, gold } of pairs) {
      assert.ok(Math.abs(gold - (goldQuality(task, chosen) - goldQuality(task, rejected))) < 1e-12);
      if (gold < 0) wrong++;
    }
    assert.ok(wrong > pairs.length * 0.04 && wrong < pairs.length * 0.2, `${wrong} of ${pairs.length}`);
  });

  it("need as many answers as tasks", () => {
    assert.throws(() => comparePairs(random, tasks, first, second.slice(1)), RangeError);
  });
});
