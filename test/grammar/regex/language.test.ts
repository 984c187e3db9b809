import assert from "node:assert/strict";
import { test } from "node:test";
import { regexLanguage } from "#dist/grammar/regex/language.js";
import { matches } from "#dist/grammar/regular/automaton.js";
import { forgetOld, type Regular } from "#dist/grammar/regular/regular.js";
import { isLong } from "../../helpers/long.js";
import { seededRandom } from "../../helpers/random.js";

const has = (language: Regular, value: string) => matches(language, new TextEncoder().encode(value));

/** Compares both meanings with the host's, on texts that are likely to match and not to. */
function compare(source: string, values: readonly string[], flags = "u"): void {
  forgetOld();
  const whole = regexLanguage(source, { meaning: "whole" });
  const search = regexLanguage(source, { meaning: "search" });
  const [hostWhole, hostSearch] = [new RegExp(`^(?:${source})$`, flags), new RegExp(source, flags)];
  for (const value of values) {
    assert.equal(has(whole, value), hostWhole.test(value), `${source} on all of ${JSON.stringify(value)}`);
    assert.equal(has(search, value), hostSearch.test(value), `${source} in ${JSON.stringify(value)}`);
  }
}

const ATOMS = [
  "a",
  "b",
  "c",
  ".",
  "[ab]",
  "[^a]",
  "\\d",
  "\\w",
  "\\s",
  "é",
  "\\u00e9",
  "[b-é]",
  "\\p{L}",
  "😀",
  "[^\\w\\s]",
];
const QUANTIFIERS = ["", "", "", "*", "+", "?", "{2}", "{1,2}", "{0,3}", "{2,}", "*?", "+?", "??"];
const LETTERS = ["a", "b", "c", "1", " ", "\n", "é", "😀", "-", "_", "b", "a"];

function randomSource(random: () => number, depth: number, anchors: boolean): string {
  const below = (n: number) => Math.floor(random() * n);
  const of = (list: readonly string[]) => list[below(list.length)] as string;
  if (depth === 0) return anchors && below(5) === 0 ? of(["^", "$"]) : of(ATOMS) + of(QUANTIFIERS);
  const parts = () => Array.from({ length: 1 + below(3) }, () => randomSource(random, depth - 1, anchors));
  if (below(3) === 0) return parts().join("|");
  const joined = parts()
    .map((part) => (part.includes("|") || below(3) === 0 ? `(${below(2) ? "?:" : ""}${part})` : part))
    .join("");
  return below(4) === 0 ? `(?:${joined})${anchors ? of(["?", "*", "+"]) : of(QUANTIFIERS)}` : joined;
}

test("random expressions match what the host's do, all of the text and somewhere in it", () => {
  const random = seededRandom(11);
  for (let round = 0; round < (isLong ? 400 : 120); round++) {
    const source = randomSource(random, 1 + (round % 3), round % 2 === 0);
    const values = Array.from({ length: 25 }, () =>
      Array.from({ length: Math.floor(random() * 6) }, () => LETTERS[Math.floor(random() * LETTERS.length)]).join(""),
    );
    compare(source, ["", ...values]);
  }
});

test("escapes, classes and properties are the host's", () => {
  const every = Array.from({ length: 0x250 }, (_, i) => String.fromCharCode(i));
  const values = [...every, "\u1680", "\u2003", "\u2028", "\u3000", "\ufeff", "日", "Ω", "א", "😀", "𝒳", "\u{10ffff}"];
  const sources = [
    ..."dDwWsS".split("").map((letter) => `\\${letter}`),
    ".",
    "\\t|\\n|\\v|\\f|\\r|\\0",
    "\\cJ",
    "[\\b]",
    "\\x41",
    "\\u0041",
    "\\u{41}",
    "\\u{1F600}",
    "\\ud83d\\ude00",
    "\\/",
    "[\\d\\-x]",
    "[^\\S\\n]",
    "[\\]\\^]",
    "[-a]",
    "[a-]",
    "[]",
    "[^]",
    "\\p{Lu}",
    "\\P{Lu}",
    "\\p{Script=Greek}",
    "\\p{sc=Han}",
    "\\p{General_Category=Nd}",
    "\\p{Alphabetic}",
    "[\\p{L}\\p{Nd}_]",
    "[^\\p{L}]",
    "\\p{Any}",
    "[\\u{1d400}-\\u{1d7ff}]",
  ];
  for (const source of sources) compare(source, values);
  for (const source of ["[\\w--[a-f]]", "[\\p{L}&&[a-zé]]", "[[[a-c][x-z]]--b]"]) compare(source, values, "v");
});

test("punctuation that only the older syntax escapes is itself", () => {
  const values = ["-", "_", "a", "@", "\\", "{", "}", "]", "a{b", "a-b", '"', "w"];
  for (const source of ["\\-", "a\\-b", "[\\w-.]", "[\\w-@]", "\\_", "\\@", "a{b", "}", "]", '\\"'])
    compare(source, values, "");
});

test("what is wrong or not supported is refused with its place", () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ["a(?=b)", /lookaround, which is not supported, at character 2\./],
    ["(?<!a)b", /lookaround, which is not supported, at character 1\./],
    ["(a)\\1", /backreference, which is not supported, at character 4\./],
    ["(?<n>a)\\k<n>", /backreference, which is not supported, at character 8\./],
    ["a\\b", /word boundary, which is not supported, at character 2\./],
    ["(?i:a)", /flags within a group, which are not supported, at character 1\./],
    ["ab(c", /"\(" that is not closed, at character 3\./],
    ["ab)c", /"\)" without a "\(", at character 3\./],
    ["[ab", /class that is not closed, at character 1\./],
    ["*a", /quantifier with nothing before it, at character 1\./],
    ["a**", /quantifier that follows another, at character 3\./],
    ["a{3,2}", /bounds are the wrong way round, at character 2\./],
    ["a{0,9999999999}", /repeats more than 1000000000 times, at character 2\./],
    ["[z-a]", /end comes before its start, at character 3\./],
    ["\\p{Klingon}", /unknown Unicode property Klingon, at character 1\./],
    ["\\q", /unknown escape sequence, at character 1\./],
    ["a\\", /ends too early, at character 3\./],
    ["^*", /repeats an anchor, at character 2\./],
    ["(?:^a){3}", /anchor in it a counted number of times/],
    ["(?<1a>b)", /is not valid, at character 1\./],
  ];
  for (const [source, message] of cases) {
    assert.throws(() => regexLanguage(source, { meaning: "search" }), { code: "grammar", message }, source);
  }
});

test("hostile expressions are refused, or cost little", () => {
  forgetOld();
  assert.throws(
    () => regexLanguage(`${"(".repeat(5000)}a${")".repeat(5000)}`, { meaning: "whole" }),
    /nests more than 200/,
  );
  assert.throws(() => regexLanguage("a".repeat(3_000_000), { meaning: "whole" }), /longer than 1000000/);
  const nested = regexLanguage("((((a{0,1000}){0,1000}){0,1000})*)*b", { meaning: "whole" });
  assert.equal(has(nested, `${"a".repeat(2000)}b`), true);
  const exponential = regexLanguage("(a|a?)+b|(a*)*c|(x+x+)+y", { meaning: "search" });
  assert.equal(has(exponential, `${"a".repeat(2000)}${"x".repeat(2000)}`), false);
  assert.equal(has(exponential, `${"x".repeat(2000)}y`), true);
});
