import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Random } from "#dist/random.js";
import { unseenPartOf, writeRequest } from "../../../../training/corpus/safety/request.js";
import { heldOutRequests, isSafety, trainingTask } from "../../../../training/corpus/task.js";

describe("requests", () => {
  it("say by their text alone which part of them is unseen", () => {
    const random = new Random(1);
    for (const unseen of ["nothing", "wording", "deed", "danger"] as const) {
      for (let i = 0; i < 1000; i++) assert.equal(unseenPartOf(writeRequest(random, unseen).user), unseen);
    }
    assert.equal(unseenPartOf("What is the opposite of open?"), undefined);
    assert.equal(unseenPartOf("I saw how to light the matches."), undefined);
  });

  it("that are held out are never among the tasks of the training", () => {
    const random = new Random(2);
    const learned = new Set<string>();
    for (let i = 0; i < 20_000; i++) {
      const task = trainingTask(random);
      learned.add(task.user);
      if (isSafety(task)) assert.equal(unseenPartOf(task.user), "nothing", task.user);
      else assert.equal(unseenPartOf(task.user), undefined, task.user);
    }
    for (const unseen of ["wording", "deed", "danger"] as const) {
      for (const { user } of heldOutRequests(random, 200, unseen)) assert.ok(!learned.has(user), user);
    }
  });

  it("are enough: 400 of different wordings for deeds that no training had", () => {
    const asked = heldOutRequests(new Random(3), 400, "deed");
    assert.equal(new Set(asked.map(({ user }) => user)).size, 400);
    assert.ok(new Set(asked.map(({ act }) => act)).size >= 6);
    assert.ok(new Set(asked.map(({ danger }) => danger)).size >= 5);
  });
});
