import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Random } from "#dist/random.js";
import { plainDocument } from "../../../training/code/data/infilling.js";
import { learnCodeVocabulary } from "../../../training/code/data/vocabulary.js";
import { drawGap, GAP_KINDS } from "../../../training/code/evaluate/gaps.js";
import { partsOf } from "../../../training/code/evaluate/infilling-cost.js";
import { passes } from "../../../training/code/evaluate/judge.js";
import { passAtK } from "../../../training/code/evaluate/pass-at-k.js";
import { drawProblems } from "../../../training/code/evaluate/solve.js";
import { tokenizerOf } from "../../../training/data/vocabulary.js";

describe("gaps", () => {
  for (const kind of GAP_KINDS) {
    it(`of a ${kind} are in the body, and pass with what stood there but not without`, () => {
      const random = new Random(1);
      let failed = 0;
      for (let i = 0; i < 60; i++) {
        const { prefix, middle, suffix, hidden } = drawGap(random, kind, "held-out functions");
        assert.ok(passes(prefix + middle + suffix + hidden));
        assert.match(hidden, /^(assert\(.*\);\n){6}$/);
        assert.match(prefix, /function \w+\(.*\) \{\n/);
        assert.match(suffix, /^\}$/m);
        if (kind !== "random span") {
          assert.ok(prefix.endsWith("\n") && suffix.startsWith("\n") && !middle.endsWith("\n"));
          assert.equal(middle.includes("\n"), kind === "multiple lines");
        }
        if (!passes(prefix + suffix + hidden)) failed++;
      }
      assert.ok(failed > 50, `${failed} of 60 fail when nothing is filled in`);
    });
  }
});

describe("the parts of a program", () => {
  it("are told by the line that a token stands on, and a line break ends its line", () => {
    const tokenizer = tokenizerOf(learnCodeVocabulary(1, 300, 512));
    const text = "// Adds 1.\nfunction f(x) {\n  return x + 1;\n}\nassert(f(1) === 2);\n";
    const { ids } = plainDocument(tokenizer, text);
    const parts = partsOf(tokenizer, ids);
    assert.equal(parts.length, ids.length - 1);
    const written = new Map<string, string>();
    for (const [i, part] of parts.entries()) {
      const piece = tokenizer.decode([ids[i + 1] as number], { stripLeadingSpace: false });
      written.set(part, (written.get(part) ?? "") + piece);
    }
    assert.deepEqual(Object.fromEntries(written), {
      "first token": "//",
      comments: " Adds 1.\n",
      "heads of functions": "function f(x) {\n  ",
      "bodies of functions": "return x + 1;\n}\n",
      "calls in claims": "assert(f(1) ===",
      "results in claims": " 2);\n",
      end: "</s>",
    });
  });
});

describe("the judge", () => {
  it("passes what runs and is so, and nothing else", () => {
    const code = "function f(x) {\n  return x + 1;\n}\n";
    assert.ok(passes(`${code}assert(f(1) === 2);\n`));
    for (const wrong of ["assert(f(1) === 3);", "assert(f(1) === 2", "assert(g(1) === 2);", "while (true) {\n}"]) {
      assert.ok(!passes(`${code}${wrong}\n`), wrong);
    }
  });
});

describe("pass@k", () => {
  it("is what counting all choices of k says", () => {
    for (const [n, c, k] of [
      [5, 2, 1],
      [5, 2, 3],
      [6, 1, 4],
      [6, 0, 2],
      [6, 5, 2],
      [7, 7, 1],
    ] as const) {
      let [hits, all] = [0, 0];
      for (let chosen = 0; chosen < 2 ** n; chosen++) {
        const members = [...Array(n).keys()].filter((i) => (chosen >> i) & 1);
        if (members.length !== k) continue;
        all++;
        if (members.some((i) => i < c)) hits++;
      }
      assert.ok(Math.abs(passAtK(n, c, k) - hits / all) < 1e-12, `${n} ${c} ${k}`);
    }
  });
});

describe("problems", () => {
  it("are of different functions, with a question, a head and tests", () => {
    const problems = drawProblems(3, "unseen pairs", 20);
    assert.equal(new Set(problems.map(({ head }) => head)).size, 20);
    for (const { question, head, tests } of problems) {
      const [, name = ""] = /^\/\/ .*\.\nfunction (\w+)\(.*\) \{$/.exec(head) ?? [];
      assert.ok(name !== "" && question.includes(name) && tests.includes(`assert(${name}(`), head);
    }
  });
});
