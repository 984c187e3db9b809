import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { bundledModelPath } from "#dist/bundled-model.js";
import { changeOf, withBreaksOf } from "#dist/cli/infill/fill-in-place.js";
import { gapOf, trimmed } from "#dist/cli/infill/gap.js";
import { Tokenizer } from "#dist/tokenizer/tokenizer.js";
import { sentence } from "../../helpers/sentence.js";
import { temporaryFolder } from "../../helpers/temporary.js";

const folder = temporaryFolder();
const file = (name: string, text: string) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const code = file("code.ts", "let a = 1;\r\nlet 😀 = ;\r\n");

test("a gap is at its mark, at a line and column, or between two texts", () => {
  const marked = file("marked.py", "def f(x):\n    <FILL>\n");
  assert.deepEqual(gapOf([marked], {}), { prefix: "def f(x):\n    ", suffix: "\n", path: marked });
  const parts = (at: string) => gapOf([code], { at });
  assert.deepEqual(parts("2:9"), { prefix: "let a = 1;\r\nlet 😀 = ", suffix: ";\r\n", path: code });
  assert.equal(parts("1").prefix, "let a = 1;");
  assert.equal(parts("1:1").prefix, "");
  assert.deepEqual([parts("3").suffix, parts("3:1").suffix], ["", ""]);
  const prefix = file("prefix.txt", "one ");
  assert.deepEqual(gapOf([], { prefix: `@${prefix}`, suffix: " two" }), {
    prefix: "one ",
    suffix: " two",
    path: undefined,
  });
});

test("a gap that is not there, or that is given twice, is refused with its place", () => {
  const refused: readonly (readonly [files: string[], flags: object, says: RegExp])[] = [
    [[], {}, /needs a gap/],
    [[code], {}, /code\.ts has no <FILL>/],
    [[file("twice.ts", "<FILL> <FILL>")], {}, /has more than one <FILL>/],
    [[code], { at: "4" }, /names line 4, but .*code\.ts has the lines 1 to 3\./],
    [[code], { at: "2:12" }, /names column 12, but line 2 of .* has the columns 1 to 10\./],
    [[code], { at: "0" }, /names line 0/],
    [[code], { at: "2,1" }, /--at must be a line, or a line and a column such as 12:5 \(got "2,1"\)\./],
    [[code], { at: "1", prefix: "x" }, /given twice/],
    [[], { at: "1" }, /name the file/],
    [[code, code], {}, /one file/],
  ];
  for (const [files, flags, says] of refused) assert.throws(() => gapOf(files, flags), sentence("option", says));
  assert.throws(() => gapOf([], { prefix: "@" }), sentence("not-found", /^There is no file ""; check the path\.$/));
});

test("of texts that are too long, what is nearest to the gap stays", async () => {
  const tokenizer = await Tokenizer.load(bundledModelPath);
  const long = "Once upon a time there was a dog. ".repeat(200);
  const gap = { prefix: `${long}the end`, suffix: `and so on ${long}`, path: undefined };
  assert.deepEqual(trimmed(tokenizer, { ...gap, prefix: "a", suffix: "b" }, 100), { prefix: "a", suffix: "b" });
  const { prefix, suffix } = trimmed(tokenizer, gap, 100);
  assert.ok(gap.prefix.endsWith(prefix) && prefix.endsWith("the end"));
  assert.ok(gap.suffix.startsWith(suffix) && suffix.startsWith("and so on"));
  const count = (text: string) => tokenizer.encode(text, { addBos: false, addSpacePrefix: false }).length;
  assert.ok(count(prefix) <= 78 && count(prefix) > 65 && count(suffix) <= 27 && count(suffix) > 20);
  assert.equal(trimmed(tokenizer, { ...gap, suffix: "x" }, 100).suffix, "x");
  const odd = "\ufffd😀".repeat(100);
  for (let room = 8; room < 40; room++) {
    const parts = trimmed(tokenizer, { prefix: odd, suffix: odd, path: undefined }, room);
    for (const text of [parts.prefix, parts.suffix]) assert.equal(Buffer.from(text).toString(), text, `${room}`);
  }
});

test("a change is shown by lines", () => {
  const gap = { prefix: "a\nb\nc\n  x = ", suffix: ";\nd\ne\nf", path: "f" };
  assert.deepEqual(changeOf(gap, "1 +\n    2"), [
    [" ", "b"],
    [" ", "c"],
    ["-", "  x = ;"],
    ["+", "  x = 1 +"],
    ["+", "    2;"],
    [" ", "d"],
    [" ", "e"],
  ]);
  assert.deepEqual(changeOf({ prefix: "", suffix: "", path: "f" }, "new"), [["+", "new"]]);
});

test("the change that is shown ends where the file does, whatever its line breaks are", () => {
  const shown = (prefix: string, suffix: string, middle: string) =>
    changeOf({ prefix, suffix, path: "f" }, middle).map(([sign, line]) => `${sign}${line}`);
  for (const end of ["\n", "\r\n"]) {
    assert.deepEqual(shown(`a${end}x`, end, "y"), [" a", "-x", "+xy"]);
    assert.deepEqual(shown(`a${end}x`, "", "y"), [" a", "-x", "+xy"]);
    assert.deepEqual(shown(`a${end}x`, "", `y${end}`), [" a", "-x", "+xy"]);
    assert.deepEqual(shown(`a${end}`, "", `y${end}z${end}`), [" a", "+y", "+z"]);
    assert.deepEqual(shown(`a${end}`, `${end}b${end}`, "y"), [" a", "+y", " b"]);
    assert.deepEqual(shown(`a${end}x`, `${end}b${end}${end}c${end}`, "y"), [" a", "-x", "+xy", " b", " "]);
    assert.deepEqual(shown(`a${end}x`, `${end}b`, "y"), [" a", "-x", "+xy", " b"]);
  }
});

test("what is filled in has the line breaks of the file", () => {
  const filled = (prefix: string, suffix: string) => withBreaksOf({ prefix, suffix, path: "f" }, "1\n2\r\n3");
  assert.equal(filled("a\r\n", "\r\nb"), "1\r\n2\r\n3");
  for (const prefix of ["a\n", "a\r\nb\n", "a"]) assert.equal(filled(prefix, ""), "1\n2\r\n3");
});
