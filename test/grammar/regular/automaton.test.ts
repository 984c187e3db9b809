import assert from "node:assert/strict";
import { test } from "node:test";
import { isEmpty, liveBytes, matches, step } from "#dist/grammar/regular/automaton.js";
import * as build from "#dist/grammar/regular/build.js";
import { ByteSet } from "#dist/grammar/regular/byte-set.js";
import { ALL_SCALARS, CodePointSet } from "#dist/grammar/regular/code-points.js";
import { horizon } from "#dist/grammar/regular/horizon.js";
import { EMPTY, forgetOld, NOTHING, type Regular } from "#dist/grammar/regular/regular.js";
import { codePoints, text, texts } from "#dist/grammar/regular/utf8.js";
import { LIMITS_OF_WORK, Work } from "#dist/grammar/work.js";
import { isWhole } from "../../helpers/long.js";
import { seededRandom } from "../../helpers/random.js";
import { accepts, everyText, randomExpression, toRegular } from "./expressions.js";

const utf8 = (value: string) => new TextEncoder().encode(value);
const has = (language: Regular, value: string) => matches(language, utf8(value));
const after = (language: Regular, value: string) => utf8(value).reduce(step, language);
const letters = (set: string) => build.bytes(ByteSet.of(...utf8(set)));
const INFINITY = Number.POSITIVE_INFINITY;

test("random expressions accept what their meaning says, and die exactly where no text can follow", () => {
  const random = seededRandom(20);
  const values = everyText("abc", 4);
  for (let round = 0; round < (isWhole ? 400 : 100); round++) {
    forgetOld();
    const expression = randomExpression(random, 3);
    const language = toRegular(expression);
    const wanted = new Set(values.filter((value) => accepts(expression, value)));
    for (const value of values) {
      assert.equal(has(language, value), wanted.has(value), `${JSON.stringify(expression)} on "${value}"`);
    }
    // A dead state has no text behind it; a living one shows one by following live bytes.
    for (const value of values.filter(({ length }) => length <= 2)) {
      const state = after(language, value);
      const hasText = [...wanted].some((found) => found.startsWith(value));
      if (hasText) assert.equal(isEmpty(state), false);
      const isDead = value === "" ? isEmpty(state) : state === NOTHING;
      assert.equal(isDead, shortest(state) === undefined, JSON.stringify(expression));
    }
  }
});

test("a state that one search came to, and another found dead, is nothing to those who step into it", () => {
  forgetOld();
  const as = build.repetition(letters("a"), 0, INFINITY);
  const endsInB = build.concatenation(build.ANY_TEXT, text("b"));
  const dead = build.intersection(build.concatenation(as, text("b")), build.complement(endsInB));
  const choice = build.union(build.concatenation(text("x"), dead), text("long"));
  const first = build.intersection(choice, build.complement(text("other")));
  assert.equal(isEmpty(first), false);
  assert.equal(after(build.concatenation(text("y"), dead), "y"), NOTHING);
  assert.equal(after(first, "x"), NOTHING);
  assert.equal(liveBytes(first).has(0x78), false);
});

/** A text of a language, found by trying every byte; its states are few. */
function shortest(start: Regular): string | undefined {
  const seen = new Map<Regular, string>([[start, ""]]);
  for (const [state, value] of seen) {
    if (state.isNullable) return value;
    for (const letter of "abcd") {
      const next = after(state, letter);
      if (!seen.has(next)) seen.set(next, value + letter);
    }
  }
  return undefined;
}

test("large bounds are counted and not unrolled", () => {
  forgetOld();
  const language = build.repetition(letters("ab"), 2, 1_000_000_000);
  assert.equal(has(language, "a"), false);
  assert.equal(has(language, "ab".repeat(5000)), true);
  const exact = build.repetition(build.union(text("a"), text("aa")), 20_000, 20_001);
  forgetOld();
  assert.equal(has(exact, "a".repeat(19_999)), false);
  assert.equal(has(exact, "a".repeat(30_000)), true);
  assert.equal(has(exact, "a".repeat(40_002)), true);
  assert.equal(has(exact, "a".repeat(40_003)), false);
});

test("bounds of nested repetitions multiply where they leave no gap", () => {
  const a = letters("a");
  const thousand = build.repetition(build.repetition(build.repetition(a, 0, 1000), 0, 1000), 0, 1000);
  assert.equal(thousand, build.repetition(a, 0, 1e9));
  assert.equal(build.repetition(build.repetition(a, 2, 3), 2, 4), build.repetition(a, 4, 12));
  const gapped = build.repetition(build.repetition(a, 3, 4), 0, 2);
  assert.deepEqual(
    everyText("a", 9)
      .filter((value) => has(gapped, value))
      .map(({ length }) => length),
    [0, 3, 4, 6, 7, 8],
  );
});

test("a length and a pattern meet in an intersection", () => {
  forgetOld();
  const any = codePoints(ALL_SCALARS);
  const pattern = build.concatenation(build.ANY_TEXT, text("é"), build.ANY_TEXT);
  const language = build.intersection(build.repetition(any, 3, 100_000), pattern);
  assert.equal(has(language, "né"), false);
  assert.equal(has(language, "née"), true);
  assert.equal(has(language, "日本語"), false);
  assert.equal(has(language, "日本é語"), true);
  assert.equal(isEmpty(build.intersection(build.repetition(any, 0, 100), build.repetition(any, 101, INFINITY))), true);
});

test("names other than some are a difference", () => {
  const name = build.repetition(letters("abcdefghijklmnopqrstuvwxyz"), 1, INFINITY);
  const others = build.difference(name, texts(["name", "names", "age", "a"]));
  for (const taken of ["name", "names", "age", "a"]) assert.equal(has(others, taken), false, taken);
  for (const free of ["nam", "namess", "ages", "ag", "b"]) assert.equal(has(others, free), true, free);
  assert.equal(isEmpty(build.difference(texts(["a", "b"]), texts(["b", "a", "c"]))), true);
  assert.equal(isEmpty(build.difference(texts(["a", "d"]), texts(["b", "a", "c"]))), false);
});

test("a search that goes too far is refused", () => {
  forgetOld();
  const a = letters("a");
  const far = build.intersection(
    build.complement(build.repetition(a, 0, 1_000_000)),
    build.repetition(a, 0, 2_000_000),
  );
  const work = new Work("to search this takes", LIMITS_OF_WORK.atOnce);
  assert.throws(() => work.do(() => isEmpty(far)), { code: "grammar", message: /too complex: to search this takes/ });
});

test("character sets are their UTF-8, whole and in part", () => {
  forgetOld();
  const random = seededRandom(3);
  for (let round = 0; round < 40; round++) {
    const point = () => Math.floor(random() ** 3 * 0x110000);
    const ranges = Array.from({ length: 1 + Math.floor(random() * 5) }, () => {
      const first = point();
      return [first, Math.min(0x10ffff, first + Math.floor(point() / 50))] as const;
    });
    const set = CodePointSet.of(...ranges);
    const language = codePoints(set);
    const samples = ranges.flatMap(([a, b]) => [a - 1, a, b, b + 1]).concat(Array.from({ length: 50 }, point));
    for (const c of samples) {
      if (c < 0 || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) continue;
      assert.equal(has(language, String.fromCodePoint(c)), set.has(c), c.toString(16));
    }
  }
  const all = codePoints(ALL_SCALARS);
  assert.equal(matches(all, Uint8Array.of(0xed, 0xa0, 0x80)), false, "a surrogate");
  assert.equal(matches(all, Uint8Array.of(0xc0, 0x80)), false, "too long");
  assert.equal(matches(all, Uint8Array.of(0xf4, 0x90, 0x80, 0x80)), false, "beyond the last");
  assert.equal(step(step(all, 0xe3), 0x81).isNullable, false);
  assert.deepEqual(
    [...liveBytes(step(all, 0xf4))],
    Array.from({ length: 16 }, (_, i) => 0x80 + i),
  );
});

test("code point sets complement, intersect and differ", () => {
  const set = CodePointSet.of([0x61, 0x7a], [0x30, 0x39], [0x3a, 0x40]);
  assert.deepEqual(set.ranges, [
    [0x30, 0x40],
    [0x61, 0x7a],
  ]);
  assert.deepEqual(set.complement().complement().ranges, set.ranges);
  assert.deepEqual(set.intersection(CodePointSet.of([0x35, 0x65])).ranges, [
    [0x35, 0x40],
    [0x61, 0x65],
  ]);
  assert.deepEqual(set.difference(CodePointSet.of([0x35, 0x65])).ranges, [
    [0x30, 0x34],
    [0x66, 0x7a],
  ]);
  assert.equal(ALL_SCALARS.size, 0x110000 - 0x800);
});

test("within its distance a state and its horizon cannot be told apart", () => {
  const random = seededRandom(7);
  const values = everyText("abc", 3);
  for (let round = 0; round < (isWhole ? 300 : 80); round++) {
    forgetOld();
    const language = toRegular(randomExpression(random, 3, true));
    const near = horizon(language, 3);
    for (const value of values) {
      const [a, b] = [after(language, value), after(near, value)];
      assert.equal(a === NOTHING, b === NOTHING);
      assert.equal(a.isNullable, b.isNullable);
    }
  }
  const long = build.repetition(letters("ab"), 40, 90);
  assert.equal(horizon(long, 8), horizon(build.repetition(letters("ab"), 41, 91), 8));
  assert.equal(horizon(build.repetition(letters("ab"), 0, 9), 8), build.repetition(letters("ab"), 0, INFINITY));
});

test("texts that begin alike share their beginning, and long ones do not exhaust the stack", () => {
  forgetOld();
  const long = "x".repeat(50_000);
  for (const language of [
    texts([`${long}a`, `${long}b`, long]),
    build.union(text(`${long}a`), text(`${long}b`), text(long)),
  ]) {
    assert.equal(has(language, `${long}b`), true);
    assert.equal(has(language, `${long}c`), false);
    assert.equal(has(language, long), true);
    assert.equal(has(language, long.slice(1)), false);
  }
  assert.equal(texts([]), NOTHING);
  assert.equal(texts([""]), EMPTY);
});
