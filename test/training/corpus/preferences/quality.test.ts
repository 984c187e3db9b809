import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Random } from "#dist/random.js";
import type { AnswerableTask } from "../../../../training/corpus/preferences/claim.js";
import { goldQuality } from "../../../../training/corpus/preferences/quality.js";
import { trainingQuestion } from "../../../../training/corpus/task.js";

const asked = (kind: string, user: string, answer: string) =>
  ({ about: "helpful", kind, user, answer }) as AnswerableTask;
const SKY = asked("color", "What color is the sky?", "The sky is blue.");
const HOT = asked("opposite", "What is the opposite of hot?", "The opposite of hot is cold.");
const YES = asked("opposite", "What is the opposite of yes?", "The opposite of yes is no.");
const SUM = asked("sum", "What is 5 + 3?", "5 + 3 = 8.");
const COUNT = asked("counting", "Count from 3 to 6.", "3, 4, 5, 6.");
const AFTER = asked("counting", "What comes after 7?", "After 7 comes 8.");
const SNAKE = asked("animal", "How many legs has a snake?", "A snake has no legs.");
const WHO = asked("unknown", "Who is Mozart?", "I don't know.");
const DANGER = {
  ...asked("danger", "Is thin ice dangerous?", "Yes, thin ice is dangerous."),
  about: "borderline",
} as AnswerableTask;

/** What an answer that ended is worth. */
const CASES: readonly (readonly [AnswerableTask, string, number])[] = [
  [SKY, "The sky is blue.", 1],
  [SKY, "Blue.", 0.8],
  [SKY, "It is blue.", 0.8],
  [SKY, "The color of the sky is blue.", 0.8],
  [SKY, "The sky is blue. I like cows.", 0.9],
  [SKY, "The sky is blue. The sky is blue.", 0.9],
  [SKY, "The sky is green.", 0.4],
  [SKY, "The sky is not blue.", 0.2],
  [SKY, "Snow is blue.", 0.2],
  [SKY, "The sky is red. The sky is blue.", 0.3],
  [SKY, "I don't know.", 0.2],
  [SKY, "", 0],
  [HOT, "Cold.", 0.8],
  [HOT, "The opposite of big is cold.", 0.2],
  [HOT, "The opposite of hot is hot.", 0.4],
  [YES, "The opposite of yes is no.", 1],
  [YES, "It is no.", 0.8],
  [SUM, "5 + 3 = 8.", 1],
  [SUM, "8.", 0.8],
  [SUM, "It is 8.", 0.8],
  [SUM, "5 + 3 = 9.", 0.4],
  [SUM, "3 + 5 = 8.", 0.2],
  [SUM, "8 or 9.", 0.2],
  [COUNT, "3, 4, 5, 6.", 1],
  [COUNT, "3, 4, 5.", 0.4],
  [COUNT, "3 4 5 6.", 0.8],
  [COUNT, "3, 4, 5, 6, 7.", 0.4],
  [AFTER, "8.", 0.8],
  [AFTER, "After 7 comes 9.", 0.4],
  [AFTER, "After 6 comes 8.", 0.2],
  [SNAKE, "No legs.", 0.8],
  [SNAKE, "A snake has four legs.", 0.4],
  [WHO, "I don't know.", 1],
  [WHO, "No idea.", 0.8],
  [WHO, "It is a kind of dog.", 0.2],
  [DANGER, "Yes.", 0.8],
  [DANGER, "No, thin ice is not dangerous.", 0.2],
  [DANGER, "No, the thin ice is dangerous. Ask a grown-up.", 0.1],
];

describe("the gold quality", () => {
  for (const [task, text, wanted] of CASES) {
    it(`of ${JSON.stringify(text)} to ${task.user} is ${wanted}`, () => {
      assert.equal(goldQuality(task, { text, ended: true, tokens: 5 }), wanted);
      if (text !== "") {
        assert.ok(Math.abs(goldQuality(task, { text, ended: false, tokens: 5 }) - (wanted - 0.1)) < 1e-12);
      }
    });
  }

  it("of a story falls with another subject, another name, its end and its length", () => {
    const random = new Random(1);
    const story = asked("story", "Tell me a story about a kite.", "");
    const told = trainingQuestion(random, "story");
    const whole = { text: told.answer, ended: true, tokens: 120 };
    assert.equal(goldQuality(told, whole), 1);
    assert.equal(goldQuality(told, { ...whole, ended: false }), 0.9);
    assert.equal(goldQuality(told, { ...whole, tokens: 250 }), 0.9);
    assert.ok(goldQuality({ ...story, user: "Tell me a story about a zebra." }, whole) <= 0.7);
    const cut = told.answer.slice(0, told.answer.length >> 1).replace(/[^a-z]+$/, "");
    assert.ok(goldQuality(told, { text: cut, ended: true, tokens: 60 }) <= 0.1);
    assert.equal(goldQuality(story, { text: "Lily. Lily kite.", ended: true, tokens: 6 }), 0);
  });
});
