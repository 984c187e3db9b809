import assert from "node:assert/strict";
import { test } from "node:test";
import stringWidth from "string-width";
import { AnswerText } from "#dist/cli/chat/reading/answer-text.js";
import { WordWrap, wrapped } from "#dist/cli/chat/reading/word-wrap.js";
import { seededRandom } from "../../../helpers/random.js";

const CASES: readonly (readonly [what: string, width: number, text: string, wanted: string])[] = [
  ["breaks between words", 10, "one two three four", "one two\nthree four"],
  ["keeps a word that just fits", 7, "one two three", "one two\nthree"],
  ["keeps line breaks and empty lines", 10, "one\n\ntwo\n", "one\n\ntwo\n"],
  ["keeps spaces within a line", 20, "a  b   c", "a  b   c"],
  ["drops the space at which it breaks", 5, "abcd   efg", "abcd\nefg"],
  ["keeps indentation", 12, "  - one two three", "  - one two\nthree"],
  ["divides a word that no line holds", 5, "abcdefghijkl mn", "abcde\nfghij\nkl mn"],
  ["begins a line with such a word", 5, "ab cdefghijk", "ab\ncdefg\nhijk"],
  ["counts wide characters twice, and breaks before each", 7, "日本語日本語", "日本語\n日本語"],
  ["breaks behind wide characters too", 7, "日本語abc", "日本語\nabc"],
  ["lets no closing mark begin a line", 6, "日本語。日", "日本\n語。日"],
  ["counts an emoji of several code points once", 5, "👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦", "👩‍👩‍👧‍👦👩‍👩‍👧‍👦\n👩‍👩‍👧‍👦"],
  [
    "counts combining marks as nothing",
    4,
    "e\u0301e\u0301 e\u0301e\u0301e\u0301",
    "e\u0301e\u0301\ne\u0301e\u0301e\u0301",
  ],
  ["counts a tab to its stop", 10, "a\tb c", "a\tb\nc"],
  [
    "leaves code alone",
    8,
    "see:\n```js\n    return a + b + c;\n```\nthat was it",
    "see:\n```js\n    return a + b + c;\n```\nthat was\nit",
  ],
  ["leaves an indented block alone in its indentation", 8, "    code", "    code"],
  ["works in one column", 1, "ab 日", "a\nb\n日"],
];

/** Pieces of a few code points, as a decoder has them, which knows nothing of what belongs together. */
function pieces(text: string, random: () => number): string[] {
  const points = [...text];
  const cut: string[] = [];
  while (points.length > 0) cut.push(points.splice(0, 1 + Math.floor(random() * 4)).join(""));
  return cut;
}

for (const [what, width, text, wanted] of CASES) {
  test(`word wrap ${what}`, () => {
    assert.equal(wrapped(text, width), wanted);
    const random = seededRandom(1);
    for (let run = 0; run < 20; run++) {
      const wrap = new WordWrap(() => width);
      const written = pieces(text, random).map((piece) => wrap.push(piece));
      assert.equal(written.join("") + wrap.flush(), wanted, "however it arrives");
    }
  });
}

test("word wrap never writes too long a line, nor loses anything but spaces", () => {
  const random = seededRandom(2);
  const letters = ["a", "b", "ccccc", " ", " ", "\n", "語", "😀", "e\u0301", "\t", ",", "。", "(", ")", "-"];
  for (let run = 0; run < 300; run++) {
    const text = Array.from({ length: 80 }, () => letters[Math.floor(random() * letters.length)]).join("");
    const width = 2 + Math.floor(random() * 20);
    const lines = wrapped(text, width).split("\n");
    assert.equal(lines.join("").replace(/\s/g, ""), text.replace(/\s/g, ""));
    for (const line of lines.filter((each) => !each.includes("\t"))) {
      // White space at the end of a line shows nothing; a closing mark clings to what it closes.
      assert.ok(stringWidth(line.trimEnd()) <= Math.max(width, 4), JSON.stringify([width, line]));
    }
  }
});

test("word wrap goes on at a new width, and shows words as soon as they are whole", () => {
  let width = 20;
  const wrap = new WordWrap(() => width);
  assert.equal(wrap.push("one two thr"), "one two");
  width = 10;
  assert.equal(wrap.push("ee four"), "\nthree");
  assert.equal(wrap.push(" five six "), " four\nfive six");
  width = 3;
  // The line is already longer than that.
  assert.equal(wrap.push("a b "), "\na b");
  assert.equal(wrap.flush(), "");
});

test("an answer ends with one line break, however many the model wrote", () => {
  for (const width of [undefined, () => 80]) {
    let written = "";
    const answer = new AnswerText((text) => {
      written += text;
    }, width);
    for (const piece of ["one", " \n", "\n", "two\u001b[31m \u0007\u009b\r", "\n", " \n\n"]) answer.push(piece);
    answer.end();
    assert.equal(written, width === undefined ? "one \n\ntwo[31m\n" : "one\n\ntwo[31m\n");
  }
});
