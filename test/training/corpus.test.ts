import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Random } from "#dist/random.js";
import { checkAnswer } from "../../training/corpus/answer-checker.js";
import { DIALOGUE_KINDS, isHeldOut, isHeldOutTurn, writeDialogue, writeTurn } from "../../training/corpus/dialogue.js";
import { BOYS, GIRLS, genderOf } from "../../training/corpus/people.js";
import { writeStory } from "../../training/corpus/story.js";
import { checkStory } from "../../training/corpus/story-checker.js";
import { heldOutDialogue, trainingDialogue } from "../../training/data/documents.js";
import { heldOutTurns } from "../../training/publish/evaluate.js";

describe("stories", () => {
  const random = new Random(1);
  const stories = Array.from({ length: 3000 }, () => writeStory(random));

  it("are the same for the same seed, and hardly ever the same otherwise", () => {
    assert.deepEqual(writeStory(new Random(9)), writeStory(new Random(9)));
    assert.ok(new Set(stories.map(({ text }) => text)).size > 2997);
  });

  it("leave no slot unfilled, and keep to their length", () => {
    for (const { text } of stories) {
      assert.doesNotMatch(text, /[{}]|undefined|\b[Aa] [aeiou](?!ne|ni)\w+/);
      assert.ok(text.length > 250 && text.length < 800, text);
    }
  });

  it("pass their checker, and fail it with another name, or other pronouns", () => {
    for (const { text, name, gender } of stories.slice(0, 500)) {
      assert.deepEqual(checkStory(text), { consistent: true });
      const [other] = (gender === "female" ? GIRLS : BOYS).filter((candidate) => !text.includes(candidate));
      const half = text.length >> 1;
      const renamed = text.slice(0, half) + text.slice(half).replaceAll(name, other as string);
      assert.equal(checkStory(renamed).consistent, false, renamed);
    }
    const alone = stories.find(({ text, gender }) => gender === "female" && /\b[Ss]he\b/.test(text) && onlyWomen(text));
    assert.ok(alone);
    assert.equal(checkStory(alone.text.replace(/\b[Ss]he\b/g, "he")).consistent, false);
  });

  it("are about what they shall be about", () => {
    for (const wish of [{ object: "kite" }, { animal: "owl" }, { name: "Zoe" }]) {
      assert.ok(writeStory(random, wish).text.includes(Object.values(wish)[0] as string));
    }
  });
});

describe("dialogues", () => {
  it("of every kind have answers that pass their checker, and fail when they belong to another question", () => {
    const random = new Random(2);
    for (const kind of DIALOGUE_KINDS) {
      for (let i = 0; i < 100; i++) {
        const turn = writeTurn(random, kind);
        assert.ok(checkAnswer(turn, ` ${turn.answer} `), turn.answer);
        assert.equal(checkAnswer(turn, "The moon is 3."), false);
      }
    }
  });

  it("split into what is learned and what is held out, by question", () => {
    const random = new Random(3);
    const learned = new Set<string>();
    for (let i = 0; i < 3000; i++) for (const { user } of trainingDialogue(random).turns) learned.add(user);
    for (let i = 0; i < 100; i++) assert.ok(isHeldOut(heldOutDialogue(random)));
    const asked = heldOutTurns(300, 4);
    assert.equal(new Set(asked.map(({ user }) => user)).size, 300);
    for (const turn of asked) {
      assert.ok(isHeldOutTurn(turn));
      assert.ok(!learned.has(turn.user), turn.user);
    }
  });

  it("have one to four turns, and a story stands alone", () => {
    const random = new Random(5);
    const counts = new Set<number>();
    for (let i = 0; i < 500; i++) {
      const { turns } = writeDialogue(random);
      counts.add(turns.length);
      assert.ok(turns.length === 1 || turns.every(({ kind }) => kind !== "story"));
    }
    assert.deepEqual([...counts].sort(), [1, 2, 3, 4]);
  });
});

function onlyWomen(text: string): boolean {
  const names = [...GIRLS, ...BOYS].filter((name) => new RegExp(`\\b${name}\\b`).test(text));
  return names.every((name) => genderOf(name) === "female") && !/\b(dad|grandpa|man|boy)\b/.test(text);
}
