import assert from "node:assert/strict";
import { test } from "node:test";
import { Grammar } from "#dist/grammar/grammar.js";
import { isWhole } from "../../helpers/long.js";
import { seededRandom } from "../../helpers/random.js";
import { EXAMPLES } from "./grammars.js";

for (const [name, { source, right, wrong }] of Object.entries(EXAMPLES)) {
  test(`the grammar of ${name} takes what is right and nothing else`, () => {
    const grammar = Grammar.fromGbnf(source);
    for (const value of right) assert.equal(grammar.test(value), true, value);
    for (const value of wrong) assert.equal(grammar.test(value), false, value);
  });
}

/** Texts of a grammar that is one rule, or of several lines. */
function accepted(source: string, values: readonly string[]): string[] {
  const grammar = Grammar.fromGbnf(source.includes("::=") ? source : `root ::= ${source}`);
  return values.filter((value) => grammar.test(value));
}

test("terminals, groups and repetitions mean what the format says", () => {
  const runs = ["", "a", "aa", "aaa", "aaaa", "aaaaa"];
  const lengths = (source: string) => accepted(source, runs).map(({ length }) => length);
  assert.deepEqual(lengths(`"a"*`), [0, 1, 2, 3, 4, 5]);
  assert.deepEqual(lengths(`"a"+`), [1, 2, 3, 4, 5]);
  assert.deepEqual(lengths(`"a"?`), [0, 1]);
  assert.deepEqual(lengths(`"a"{2}`), [2]);
  assert.deepEqual(lengths(`"a"{3,}`), [3, 4, 5]);
  assert.deepEqual(lengths(`"a"{ 1 , 3 }`), [1, 2, 3]);
  assert.deepEqual(lengths(`"a"{0,2}`), [0, 1, 2]);
  assert.deepEqual(lengths(`"a"{0}`), [0]);
  assert.deepEqual(lengths(`"aa"{1,2}`), [2, 4], "all of a text is repeated");
  assert.deepEqual(lengths(`("a" "a")+ "a"`), [3, 5]);
  assert.deepEqual(lengths(`"a"{2}{2}`), [4]);
  assert.deepEqual(lengths(`"a" | | "aaa"`), [0, 1, 3]);
  assert.deepEqual(lengths(`""`), [0]);
  assert.deepEqual(lengths(`.{2,3}`), [2, 3]);
  assert.deepEqual(accepted(`.`, ["a", "\n", "é", "😀", "", "ab"]), ["a", "\n", "é", "😀"]);
  assert.deepEqual(accepted(`[a-c]`, ["a", "b", "d", "-"]), ["a", "b"]);
  assert.deepEqual(accepted(`[^a-c]`, ["a", "b", "d", "é", "\n", "de"]), ["d", "é", "\n"]);
  assert.deepEqual(accepted(`[-a]`, ["-", "a"]), ["-", "a"]);
  assert.deepEqual(accepted(`[a-]`, ["-", "a", "b"]), ["-", "a"]);
  assert.deepEqual(accepted(`[a^]`, ["^", "a"]), ["^", "a"]);
  assert.deepEqual(accepted(`[😀-😂]`, ["😀", "😁", "😃"]), ["😀", "😁"]);
});

test("escapes are characters", () => {
  assert.deepEqual(accepted(String.raw`"\n\t\r\"\\\[\]\x41\u00e9\U0001F600"`, ['\n\t\r"\\[]Aé😀']).length, 1);
  assert.deepEqual(accepted(String.raw`[\]\[\\\x30-\x39]`, ["]", "[", "\\", "5", "a"]), ["]", "[", "\\", "5"]);
  assert.deepEqual(accepted(String.raw`"\xff"`, ["ÿ"]).length, 1, "a code point and not a byte");
});

test("lines may end within parentheses, after a bar and after the sign of definition", () => {
  const source = 'root ::=\n  "a" | # first\n  ("b"\n   "c")\n\n# nothing\r\nx-1_y ::= root # end';
  assert.deepEqual(accepted(source, ["a", "bc", "b"]), ["a", "bc"]);
  assert.deepEqual(accepted('root ::= x\nx ::= "a"\r\n', ["a"]), ["a"]);
});

test("what is wrong is refused with its line and column", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["", "The grammar has no rule root, with which every text begins."],
    ['start ::= "a"', "The grammar has no rule root, with which every text begins."],
    ['root = "a"', 'line 1, column 6: expected "::=" after the name of a rule, found "=".'],
    ['root ::= "a"\n::= "b"', 'line 2, column 1: expected the name of a rule, found ":".'],
    ['root ::= "a', "line 1, column 10: a text is not closed by a quotation mark."],
    ["root ::= [a", 'line 1, column 10: a "[" is not closed.'],
    ["root ::= [a-", 'line 1, column 10: a "[" is not closed.'],
    ['root ::= ("a"', 'line 1, column 10: a "(" is not closed.'],
    ['root ::= ("a" }', 'line 1, column 15: expected ")", found "}".'],
    ['root ::= "a")', 'line 1, column 13: expected the end of the line, found ")".'],
    ['root ::= "é😀" x', "line 1, column 15: the rule x is not defined."],
    ['root ::= "a"\n\n  | "b"', 'line 3, column 3: expected the name of a rule, found "|".'],
    ['root ::= "a"\nroot ::= "b"', "line 2, column 1: the rule root is defined a second time."],
    ["root ::= *", "line 1, column 10: a repetition has nothing before it to repeat."],
    ["root ::= {2}", "line 1, column 10: a repetition has nothing before it to repeat."],
    ['root ::= "a"{,2}', 'line 1, column 14: expected the number of times to repeat, found ",".'],
    ['root ::= "a"{2', 'line 1, column 15: expected "}" after the bounds of a repetition, found the end.'],
    ['root ::= "a"{3,2}', "line 1, column 13: a repetition is bounded by 3 below and by 2 above."],
    ['root ::= "a"{9999999999}', "line 1, column 13: a repetition has a bound above 1000000000."],
    [String.raw`root ::= "\q"`, "line 1, column 11: unknown escape sequence; known are"],
    [String.raw`root ::= "\x4"`, "line 1, column 11: unknown escape sequence"],
    [String.raw`root ::= "\ud800"`, "line 1, column 11: \\ud800 is not a character."],
    [String.raw`root ::= "\U00110000"`, "line 1, column 11: \\U00110000 is not a character."],
    ["root ::= [z-a]", "line 1, column 12: the end of a range comes before its start."],
    ["root ::= <", 'line 1, column 10: expected a token such as <[1234]> or <text>, found "<".'],
    ["root ::= <[x]>", "line 1, column 10: <[x]> does not name a token by its number."],
    ["root ::= !a", 'line 1, column 11: expected a token such as <[1234]> or <text>, found "a".'],
    ['root ::= root "a"', "The grammar matches no text at all"],
  ];
  for (const [source, message] of cases) {
    assert.throws(
      () => Grammar.fromGbnf(source),
      (error: Error & { code: string }) => {
        assert.equal(error.code, "grammar");
        assert.ok(error.message.includes(message), `${source}: ${error.message}`);
        return true;
      },
    );
  }
});

test("hostile grammars are refused, or cost little", () => {
  const refused: readonly (readonly [string, RegExp])[] = [
    [`root ::= ${"(".repeat(5000)}"a"${")".repeat(5000)}`, /parentheses nest more than 200 levels deep/],
    [`root ::= "a"${"*".repeat(5000)}`, /more than 200 repetitions follow one another/],
    ["r ::= x\n".repeat(1_000_000), /at most 1000000 are read/],
    [Array.from({ length: 60_000 }, (_, i) => `r${i} ::= "a"`).join("\n"), /there are more than 50000 rules/],
    [`root ::= ${'"a" '.repeat(220_000)}`, /too complex/],
  ];
  for (const [source, message] of refused) assert.throws(() => Grammar.fromGbnf(source), { code: "grammar", message });

  const deep = Array.from({ length: 5000 }, (_, i) => `r${i} ::= "(" r${i + 1}? ")"`).join("\n");
  const chained = Grammar.fromGbnf(`root ::= r0\n${deep}\nr5000 ::= "x"`);
  assert.equal(chained.test(`${"(".repeat(3000)}${")".repeat(3000)}`), true);

  const doubling = Array.from({ length: 60 }, (_, i) => `r${i} ::= r${i + 1} r${i + 1}`).join("\n");
  assert.equal(Grammar.fromGbnf(`root ::= r0\n${doubling}\nr60 ::= "a" | "b"`).test("abab"), false);

  const repeats = Grammar.fromGbnf('root ::= ((((("a"{0,1000}){0,1000}){0,1000}){0,1000}) "b"?){0,100000}');
  assert.equal(repeats.test(`${"a".repeat(3000)}b${"a".repeat(3000)}`), true);

  const ambiguous = Grammar.fromGbnf('root ::= s\ns ::= s s | s s s | "a" | ""');
  assert.equal(ambiguous.test("a".repeat(200)), true);
});

test("no source makes the parser fail in another way than by its own error", () => {
  const random = seededRandom(77);
  const parts = [
    "root",
    "::=",
    '"a"',
    "[a-z]",
    "(",
    ")",
    "|",
    "*",
    "+",
    "?",
    "{1,2}",
    "\n",
    " ",
    "#",
    "<[1]>",
    "!",
    "\\",
    '"',
    "[",
    "^",
    "-",
    "x",
    "😀",
    "\ud800",
    ".",
    "<",
  ];
  for (let round = 0; round < (isWhole ? 3000 : 800); round++) {
    const length = Math.floor(random() * 14);
    const tail = Array.from({ length }, () => parts[Math.floor(random() * parts.length)]).join(
      random() < 0.5 ? " " : "",
    );
    try {
      Grammar.fromGbnf(`root ::= ${tail}`);
    } catch (error) {
      assert.equal((error as { code?: string }).code, "grammar", `${tail}: ${error}`);
    }
  }
});
