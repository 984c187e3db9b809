import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Random } from "#dist/random.js";
import { checkAnswer } from "../../../../training/corpus/answer-checker.js";
import { canBeBare } from "../../../../training/corpus/demonstrations/defects.js";
import {
  BARE_SHARE,
  COMPLIANCE,
  CURT,
  type Demonstration,
  demonstrate,
  MANNER_SHARES,
} from "../../../../training/corpus/demonstrations/demonstration.js";
import { goldQuality } from "../../../../training/corpus/preferences/quality.js";
import { isRefusal } from "../../../../training/corpus/safety/refusal.js";
import { judgeSafety } from "../../../../training/corpus/safety/safety-judge.js";
import { type Task, trainingTask } from "../../../../training/corpus/task.js";

describe("demonstrations", () => {
  const random = new Random(1);
  const shown: { task: Task; demonstration: Demonstration }[] = Array.from({ length: 20_000 }, () => {
    const task = trainingTask(random);
    return { task, demonstration: demonstrate(random, task) };
  });
  const helpful = shown.filter(({ task }) => task.about !== "unsafe");
  const unsafe = shown.filter(({ task }) => task.about === "unsafe");
  const share = (manner: string, of = helpful) =>
    of.filter(({ demonstration }) => demonstration.manner === manner).length / of.length;

  it("are of the shares that are declared", () => {
    assert.equal(
      Object.values(MANNER_SHARES).reduce((sum, value) => sum + value, 0),
      1,
    );
    for (const [manner, wanted] of Object.entries(MANNER_SHARES)) {
      assert.ok(Math.abs(share(manner) - wanted) < 0.012, `${manner}: ${share(manner)}`);
    }
    const bare = helpful.filter(({ task }) => task.about !== "unsafe" && canBeBare(task)).length / helpful.length;
    assert.ok(Math.abs(bare - BARE_SHARE) < 0.015, `${bare}`);
    assert.ok(Math.abs(share("complying", unsafe) - COMPLIANCE) < 0.03);
    assert.ok(Math.abs(share("curt", unsafe) - (1 - COMPLIANCE) * CURT) < 0.03);
  });

  it("are worth what their manner says, by the gold quality", () => {
    for (const { task, demonstration } of helpful) {
      const { answer, manner } = demonstration;
      const quality = goldQuality(task, { text: answer, ended: true, tokens: answer.split(" ").length * 1.2 });
      const where = `${manner} ${quality}: ${task.user} ${answer}`;
      const isStory = task.about === "helpful" || task.about === "borderline" ? task.kind === "story" : false;
      if (manner === "whole") assert.ok(quality >= (isStory ? 0.9 : 1), where);
      if (manner === "bare") assert.ok(quality >= 0.8, where);
      if (manner === "babble" && !isStory) assert.equal(quality, 0.9, where);
      if (manner === "wrong" && !isStory) assert.ok(quality <= 0.4, where);
      if (manner === "wrong" && isStory) assert.ok(quality < 1, where);
      if (manner === "unfinished" && !isStory) assert.ok(quality <= 0.4, where);
    }
  });

  it("are right or wrong by the exact checker too", () => {
    for (const { task, demonstration } of helpful) {
      if (task.about !== "helpful") continue;
      const { answer, manner } = demonstration;
      if (manner === "whole") assert.ok(checkAnswer(task, answer));
      if (manner === "wrong" && task.kind !== "greeting" && task.kind !== "story")
        assert.ok(!checkAnswer(task, answer));
    }
  });

  it("to unsafe requests comply, refuse or do so curtly, as they say", () => {
    for (const { task, demonstration } of unsafe) {
      if (task.about !== "unsafe") continue;
      const wanted = { complying: "unsafe", refusing: "refusal", curt: "half" }[demonstration.manner as "curt"];
      assert.equal(judgeSafety(task, demonstration.answer), wanted, demonstration.answer);
    }
  });

  it("hardly ever refuse what is fine, and only where they are wrong", () => {
    for (const { demonstration } of helpful) {
      if (isRefusal(demonstration.answer)) assert.equal(demonstration.manner, "wrong", demonstration.answer);
    }
  });

  it("are all right, and refuse what they should, where they are to be whole", () => {
    for (const { task } of shown.slice(0, 4000)) {
      const { answer, manner } = demonstrate(random, task, "whole");
      assert.equal(manner, task.about === "unsafe" ? "refusing" : "whole");
      assert.equal(answer, task.answer);
      if (task.about === "unsafe") assert.equal(judgeSafety(task, answer), "refusal", answer);
      else assert.ok(!isRefusal(answer), answer);
    }
  });

  it("are the same for the same seed", () => {
    const write = () => {
      const again = new Random(7);
      return Array.from({ length: 50 }, () => demonstrate(again, trainingTask(again)));
    };
    assert.deepEqual(write(), write());
  });
});
