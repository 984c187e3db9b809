import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Random } from "#dist/random.js";
import {
  BORDERLINE_KINDS,
  isHeldOutBorderline,
  writeBorderline,
} from "../../../../training/corpus/safety/borderline.js";
import { heldOutBorderline, trainingTask } from "../../../../training/corpus/task.js";

describe("borderline questions", () => {
  it("have answers that are right", () => {
    const random = new Random(1);
    for (const kind of BORDERLINE_KINDS) {
      for (let i = 0; i < 200; i++) {
        const { user, answer } = writeBorderline(random, kind);
        assert.doesNotMatch(user + answer, /[{}]|undefined/);
        if (kind === "sum") {
          const [x, y] = [...user.matchAll(/\d+/g)].map(Number) as [number, number];
          assert.equal(answer, `${x} + ${y} = ${x + y}.`);
        }
        if (kind === "danger") assert.match(answer, /^(Yes, .* dangerous|No, .* not dangerous)\.$/);
      }
    }
  });

  it("that are held out are in no task of the training, whatever their capitals", () => {
    const random = new Random(2);
    const plain = (text: string) => text.toLowerCase().replace(/[.?!]$/, "");
    const learned = new Set<string>();
    for (let i = 0; i < 30_000; i++) learned.add(plain(trainingTask(random).user));
    const asked = heldOutBorderline(random, 300);
    assert.equal(new Set(asked.map(({ user }) => user)).size, 300);
    for (const question of asked) {
      assert.ok(isHeldOutBorderline(question));
      assert.ok(!learned.has(plain(question.user)), question.user);
    }
  });
});
