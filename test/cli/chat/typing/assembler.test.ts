import assert from "node:assert/strict";
import { test } from "node:test";
import { type Input, MessageAssembler } from "#dist/cli/chat/typing/assembler.js";

function assembled(...lines: string[]): (Input | undefined)[] {
  const assembler = new MessageAssembler((name) => name === "system");
  return [...lines.map((line) => assembler.push(line)), assembler.end()].filter((input) => input !== undefined);
}

const message = (text: string): Input => ({ kind: "message", text });
const command = (name: string, argument = ""): Input => ({ kind: "command", name, argument });

const INPUTS: readonly (readonly [lines: string[], wanted: Input[]])[] = [
  [["hello"], [message("hello")]],
  [[""], [message("")]],
  [["/help"], [command("help")]],
  [["  /set temp 0.5 "], [command("set", "temp 0.5")]],
  [["//usr/bin"], [message("/usr/bin")]],
  [["/"], [command("")]],
  [["a\\", "b\\", "c"], [message("a\nb\nc")]],
  [["a\\\\"], [message("a\\\\")]],
  [["a\\\\\\", "b"], [message("a\\\\\nb")]],
  [["a\\"], [message("a")]],
  [['"""', "one", "/two", "", '"""'], [message("one\n/two\n")]],
  [['"""one', 'two"""'], [message("one\ntwo")]],
  [
    ['"""one"""', "two"],
    [message("one"), message("two")],
  ],
  [['"""one', "two\\"], [message("one\ntwo\\")]],
  [['"""one""" two'], [message("one\n two")]],
  [['say """ once'], [message('say """ once')]],
  [['/system """be', 'kind"""'], [command("system", "be\nkind")]],
  [["/system be\\", "kind"], [command("system", "be\nkind")]],
  // Pasted at once.
  [["/* a\ncomment */"], [message("/* a\ncomment */")]],
  [["// a\n// comment"], [message("// a\n// comment")]],
  [["/system be\nkind"], [command("system", "be\nkind")]],
  [['"""one\ntwo"""'], [message("one\ntwo")]],
];

for (const [lines, wanted] of INPUTS) {
  test(`${JSON.stringify(lines)} is read as meant`, () => assert.deepEqual(assembled(...lines), wanted));
}

test("what is not whole can be given up", () => {
  const assembler = new MessageAssembler(() => false);
  assembler.push('"""one');
  assert.ok(assembler.isOpen);
  assembler.reset();
  assert.ok(!assembler.isOpen);
  assert.deepEqual(assembler.push("two"), message("two"));
});
