import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Random } from "#dist/random.js";
import { DIALOGUE_KINDS } from "../../../../training/corpus/dialogue.js";
import { goldQuality } from "../../../../training/corpus/preferences/quality.js";
import { trainingQuestion, trainingTask } from "../../../../training/corpus/task.js";
import { Bigrams } from "../../../../training/evaluation/unseen/bigrams.js";
import { secondOpinion } from "../../../../training/evaluation/unseen/second-checker.js";
import { styleOf } from "../../../../training/evaluation/unseen/style.js";

describe("the second checker", () => {
  it("finds what is taught right, and answers to other questions wrong", () => {
    const random = new Random(1);
    for (const kind of DIALOGUE_KINDS) {
      if (kind === "greeting" || kind === "identity") continue;
      for (let i = 0; i < 300; i++) {
        const { user, answer } = trainingQuestion(random, kind);
        assert.equal(secondOpinion(user, answer), true, `${user} ${answer}`);
        const other = trainingQuestion(random, kind);
        // "An orange is orange" says of a pumpkin what is right, if one does not look at the article.
        if (/^An orange/.test(other.answer)) continue;
        if (other.answer === answer || kind === "story" || kind === "unknown") continue;
        const verdict = secondOpinion(user, other.answer);
        const gold = goldQuality(
          { about: "helpful", kind, user, answer },
          { text: other.answer, ended: true, tokens: 9 },
        );
        assert.equal(verdict, gold >= 0.6, `${user} ${other.answer}`);
      }
    }
  });

  it("has no opinion where it does not know what is asked", () => {
    assert.equal(secondOpinion("Hello!", "Hello!"), undefined);
    assert.equal(secondOpinion("What is the opposite of blorb?", "The opposite of blorb is no."), undefined);
  });

  it("takes no list of all answers for the right one", () => {
    assert.equal(secondOpinion("What color is the sky?", "The sky is blue, red, green or white."), false);
    assert.equal(secondOpinion("What is 3 + 4?", "5, 6, 7."), false);
    assert.equal(secondOpinion("What is the opposite of hot?", "Cold, small, down."), false);
  });
});

describe("what no label saw", () => {
  const bigrams = Bigrams.ofCorpus(1, 6000);
  const random = new Random(2);
  const tasks = Array.from({ length: 400 }, () => trainingTask(random));

  it("finds answers of the corpus hardly strange, and shuffled words very", () => {
    const said = tasks.map(({ answer }) => ({ text: answer, ended: true, tokens: 10 }));
    const shuffled = said.map((sample) => ({ ...sample, text: sample.text.split(" ").sort().reverse().join(" ") }));
    const [good, bad] = [styleOf(tasks, said, bigrams), styleOf(tasks, shuffled, bigrams)];
    assert.ok(good.strangeness < 0.01, `${good.strangeness}`);
    assert.ok(bad.strangeness > 0.3, `${bad.strangeness}`);
    assert.equal(good.secondOpinion, 1);
    assert.equal(good.length, 10);
  });

  it("sees one answer to everything", () => {
    const said = tasks.map(() => ({ text: "I don't know.", ended: true, tokens: 4 }));
    const { distinct, secondOpinion: right } = styleOf(tasks, said, bigrams);
    assert.equal(distinct, 1 / tasks.length);
    assert.ok(right < 0.2, `${right}`);
  });
});
