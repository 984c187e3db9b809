import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Random } from "#dist/random.js";
import { drawExample, drawTask, textOf, writeProgram } from "../../../training/code/corpus/program.js";
import { questionFor, writeProse } from "../../../training/code/corpus/prose.js";
import { writeRetrieval, writeRetrievalExercise } from "../../../training/code/corpus/retrieval.js";
import { splitOf } from "../../../training/code/corpus/task.js";
import { Interpreter } from "../../../training/code/language/interpreter.js";
import { parseProgram } from "../../../training/code/language/parser.js";

describe("the corpus of functions", () => {
  it("is the same for the same seed, and hardly ever the same otherwise", () => {
    assert.equal(writeProgram(new Random(3), "training"), writeProgram(new Random(3), "training"));
    const random = new Random(1);
    const programs = Array.from({ length: 1000 }, () => writeProgram(random, "training"));
    assert.ok(new Set(programs).size > 990);
  });

  it("has a comment, indentation of two spaces, and claims that can fail", () => {
    const random = new Random(2);
    for (let i = 0; i < 300; i++) {
      const example = drawExample(random, "training");
      const text = textOf(example);
      assert.match(text, /^\/\/ [A-Z][^\n]*\.$/m);
      assert.doesNotMatch(text, /undefined|NaN|\{name\}|\t| $/m);
      for (const line of text.split("\n")) assert.equal((/^ */.exec(line)?.[0].length ?? 0) % 2, 0, line);
      assert.ok(example.asserts.length >= 2 && example.asserts.length <= 3);
      const results = new Set(example.asserts.map((line) => line.replace(/^assert\(.*\)(?= ===|\.join)/, "")));
      assert.ok(results.size > 1, text);
    }
  });

  it("holds out functions by what they compute, and pairs of templates altogether", () => {
    const random = new Random(4);
    const learned = Array.from({ length: 3000 }, () => drawTask(random, "training"));
    const meanings = new Set(learned.map(({ meaning }) => meaning));
    const pairs = new Set(learned.map(({ pair }) => pair));
    for (let i = 0; i < 300; i++) {
      const function_ = drawTask(random, "held-out functions");
      assert.ok(!meanings.has(function_.meaning), function_.meaning);
      const unseen = drawTask(random, "unseen pairs");
      assert.ok(!pairs.has(unseen.pair), unseen.pair);
      assert.equal(splitOf(unseen), "unseen pairs");
    }
    assert.ok(pairs.size > 150 && meanings.size > 1000, `${pairs.size} pairs, ${meanings.size} meanings`);
  });

  it("asks for keys that were returned, as often as for others, at any place", () => {
    const random = new Random(5);
    for (let i = 0; i < 60; i++) new Interpreter(parseProgram(writeRetrievalExercise(random, i % 5))).run();
    for (const place of [0, 0.4, 1]) {
      const { prompt, key } = writeRetrieval(random, place, (text) => text.length > 2000);
      new Interpreter(parseProgram(`${prompt}${key});\n`)).run();
      assert.ok(prompt.length > 1500 && prompt.length < 2100, `${prompt.length}`);
      const [, name = ""] = /assert\((\w+)\(\) === $/.exec(prompt) ?? [];
      const found = prompt.indexOf(`function ${name}()`) / prompt.length;
      assert.ok(Math.abs(found - place) < 0.25, `at ${found} instead of ${place}`);
    }
  });

  it("has prose and questions that name what they are about", () => {
    const random = new Random(6);
    for (let i = 0; i < 50; i++) {
      assert.match(writeProse(random), /^[A-Z].*\.\n$/);
      const task = drawTask(random, "training");
      assert.ok(questionFor(random, task).includes(task.name));
    }
  });
});
