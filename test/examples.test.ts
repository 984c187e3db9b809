import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "./helpers/paths.js";

function run(name: string, input = ""): string {
  return execFileSync(process.execPath, [join(root, "examples", name)], { encoding: "utf8", input });
}

test("the example of generating a text runs with the model in the package", () => {
  assert.match(run("generate.js"), /^[\s\S]{100,}\n\n\d+ tokens, \d+ a second\n$/);
});

test("the example of a chat answers what it is asked", () => {
  const output = run("chat.js", "What is 3 + 4?\nWhat is 2 + 2?\n");
  assert.match(output, /^> [^>]*7[^>]*> [^>]*4[^>]*> \n4 messages, \d+ of \d+ tokens\n$/);
});
