import assert from "node:assert/strict";
import { test } from "node:test";
import { COMMANDS } from "#dist/cli/chat/commands.js";
import { type ColumnRow, inColumns } from "#dist/cli/chat/reading/columns.js";

const ROWS: readonly ColumnRow[] = [
  ["/regen", "regenerate the last answer, with another seed"],
  ["/set [NAME [VALUE]]", "show or change settings"],
  ["", ""],
  ["Tab", "completes"],
];

test("rows stand side by side where there is room, and long ones go on below themselves", () => {
  assert.deepEqual(inColumns(ROWS, 60), [
    "  /regen               regenerate the last answer, with",
    "                       another seed",
    "  /set [NAME [VALUE]]  show or change settings",
    "",
    "  Tab                  completes",
  ]);
});

test("in a narrow terminal the right side stands below the left, and no word is broken", () => {
  assert.deepEqual(inColumns(ROWS, 20), [
    "  /regen",
    "    regenerate the",
    "    last answer,",
    "    with another",
    "    seed",
    "  /set [NAME",
    "  [VALUE]]",
    "    show or change",
    "    settings",
    "  Tab",
    "    completes",
  ]);
  const help = COMMANDS.map(({ names: [name = ""], about }): ColumnRow => [`/${name}`, about]);
  const words = new Set(help.flatMap(([left, right]) => `${left} ${right}`.split(/\s+/)));
  for (const width of [20, 40, 80]) {
    for (const line of inColumns(help, width)) {
      assert.ok(line.length <= width, line);
      for (const word of line.trim().split(/\s+/)) assert.ok(words.has(word), word);
    }
  }
});

test("a left side that is too wide for its column leaves the others where they are", () => {
  const value = "x ".repeat(30).trim();
  const lines = inColumns([[`samplers ${value}`, "in order"], ...ROWS], Number.POSITIVE_INFINITY);
  assert.deepEqual(lines.slice(0, 3), [
    `  samplers ${value}`,
    "                       in order",
    "  /regen               regenerate the last answer, with another seed",
  ]);
});
