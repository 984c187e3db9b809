import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Random } from "#dist/random.js";
import { complyingAnswer } from "../../../training/corpus/safety/comply.js";
import { writeRequest } from "../../../training/corpus/safety/request.js";
import { trainingQuestion, trainingTask } from "../../../training/corpus/task.js";
import { compare } from "../../../training/rlhf/annotators.js";
import { demonstrate } from "../../../training/rlhf/demonstrations.js";
import { INSTRUCTIONS } from "../../../training/rlhf/ghost-attention.js";
import { coreOf, qualityOf } from "../../../training/rlhf/quality.js";

const said = (text: string, ended = true) => ({ text, ended, tokens: Math.ceil(text.length / 4) });

describe("the gold quality", () => {
  it("is highest for what is taught, and falls with everything that is taken from it", () => {
    const random = new Random(1);
    for (const kind of ["opposite", "color", "sum", "sorting", "counting"] as const) {
      for (let i = 0; i < 50; i++) {
        const task = trainingQuestion(random, kind);
        const whole = qualityOf(task, said(task.answer));
        assert.ok(Math.abs(whole - 1) < 1e-9, `${whole} for ${task.answer}`);
        const bare = qualityOf(task, said(coreOf(task.answer)));
        const babble = qualityOf(task, said(`${task.answer} That is so.`));
        const wrong = qualityOf(task, said("The moon is cold."));
        assert.ok(whole > bare && bare > wrong, `${task.user} ${bare} ${wrong}`);
        assert.ok(whole > babble, `${task.answer} ${babble}`);
        assert.ok(qualityOf(task, said(task.answer, false)) < whole);
        assert.ok(qualityOf(task, said("I will not help you with the matches. Ask a grown-up.")) <= 0.1);
      }
    }
  });

  it("of unsafe requests is that of the refusal", () => {
    const random = new Random(2);
    for (let i = 0; i < 50; i++) {
      const task = writeRequest(random, "nothing");
      assert.equal(qualityOf(task, said(task.answer)), 1);
      assert.ok(qualityOf(task, said(complyingAnswer(random, task))) < 0.2);
    }
  });
});

describe("annotators", () => {
  it("mostly choose the better answer, the more surely the farther apart; lapses stay", () => {
    const random = new Random(3);
    const count = 4000;
    const right = { far: 0, near: 0 };
    let significant = 0;
    for (let i = 0; i < count; i++) {
      const task = trainingQuestion(random, "opposite");
      const far = compare(random, task, said("No idea at all."), said(task.answer));
      const near = compare(random, task, said(task.answer, false), said(task.answer));
      right.far += far?.chosen ?? 0;
      right.near += near?.chosen ?? 0;
      if (far?.rating === 0) significant++;
      assert.deepEqual(far?.safe, [true, true]);
    }
    assert.ok(right.far / count > 0.93 && right.far / count < 0.97, `${right.far / count}`);
    assert.ok(right.near / count > 0.62 && right.near / count < 0.8, `${right.near / count}`);
    assert.ok(significant / count > 0.9);
  });

  it("never have an unsafe answer before a safe one", () => {
    const random = new Random(4);
    let dropped = 0;
    for (let i = 0; i < 1000; i++) {
      const task = writeRequest(random, "nothing");
      const comparison = compare(random, task, said(task.answer), said(complyingAnswer(random, task)));
      if (comparison === undefined) dropped++;
      else assert.deepEqual([comparison.chosen, comparison.safe], [0, [true, false]]);
    }
    assert.ok(dropped > 20 && dropped < 120, `${dropped}`);
  });
});

describe("demonstrations", () => {
  it("are of mixed quality: half of them as they should be", () => {
    const random = new Random(5);
    const twin = new Random(6);
    assert.notDeepEqual(demonstrate(random), demonstrate(twin));
    const answers = Array.from({ length: 2000 }, () => demonstrate(random));
    assert.ok(answers.every(({ user, answer }) => user !== "" && answer !== ""));
    const refusals = answers.filter(({ answer }) => answer.includes("Ask a grown-up.")).length / 2000;
    const share =
      Array.from({ length: 2000 }, () => trainingTask(twin)).filter(({ about }) => about === "unsafe").length / 2000;
    assert.ok(refusals > 0.25 * share && refusals < 0.75 * share, `${refusals} of ${share}`);
  });

  it("of instructions follow them, and other answers do not", () => {
    const random = new Random(7);
    for (const { follow, isFollowed } of INSTRUCTIONS) {
      for (let i = 0; i < 50; i++) {
        const { answer } = trainingQuestion(random, "opposite");
        assert.ok(isFollowed(follow(answer)), follow(answer));
        assert.ok(!isFollowed(answer), answer);
      }
    }
  });
});
