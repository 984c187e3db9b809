import assert from "node:assert/strict";
import { test } from "node:test";
import { StopStrings } from "#dist/generation/stop-strings.js";
import { seededRandom } from "../helpers/random.js";

function feed(stops: readonly string[], pieces: readonly string[]): { text: string; found: boolean } {
  const matcher = new StopStrings(stops);
  let text = "";
  for (const piece of pieces) {
    const step = matcher.push(piece);
    text += step.text;
    if (step.found) return { text, found: true };
  }
  return { text: text + matcher.flush(), found: false };
}

test("a stop string spread over pieces ends the text before it", () => {
  assert.deepEqual(feed(["</end>"], ["one <", "/e", "nd> two"]), { text: "one ", found: true });
});

test("what only looked like a beginning is given back", () => {
  assert.deepEqual(feed(["</end>"], ["one </", "en", "x"]), { text: "one </enx", found: false });
  assert.deepEqual(feed(["abc"], ["ab"]), { text: "ab", found: false });
});

test("the first of several stop strings counts", () => {
  assert.deepEqual(feed(["b", "ab"], ["xaby"]), { text: "x", found: true });
});

test("a beginning within a beginning is kept", () => {
  assert.deepEqual(feed(["aab"], ["a", "a", "a", "b", "c"]), { text: "a", found: true });
});

test("no stop strings and empty ones hold nothing back", () => {
  const matcher = new StopStrings([""]);
  assert.deepEqual(matcher.push("abc"), { text: "abc", found: false });
  assert.equal(matcher.flush(), "");
});

test("any cutting of any text gives what a search in the whole text gives", () => {
  const random = seededRandom(3);
  const letters = (count: number) => Array.from({ length: count }, () => "ab"[Math.floor(random() * 2)]).join("");
  for (let round = 0; round < 500; round++) {
    const text = letters(20);
    const stops = [letters(1 + Math.floor(random() * 4)), letters(3)];
    const pieces = text.split(/(?<=a)/);
    const ends = stops.map((stop) => text.indexOf(stop)).filter((index) => index >= 0);
    const found = ends.length > 0;
    // A longer stop string may begin earlier but end later than another: the one that is complete first ends the text.
    const result = feed(stops, pieces);
    assert.equal(result.found, found);
    if (!found) assert.equal(result.text, text);
    else assert.ok(ends.includes(result.text.length) && text.startsWith(result.text));
  }
});
