import assert from "node:assert/strict";
import { test } from "node:test";
import { Command } from "commander";
import { readArguments, shownFlag } from "#dist/cli/flags/arguments.js";

function command(): Command {
  return new Command("generate")
    .argument("[words...]")
    .option("-p, --prompt <text>")
    .option("-n, --n-predict <tokens>")
    .option("-r, --reverse-prompt <texts>")
    .option("-v, --verbose")
    .option("--cache-type-k <type>")
    .option("--kernels [builds]")
    .option("--json");
}

const READ: readonly (readonly [given: string[], args: string[]])[] = [
  [[], ["--"]],
  [
    ["a", "--json", "b"],
    ["--json", "--", "a", "b"],
  ],
  [
    ["-p", "-ngl"],
    ["--prompt", "-ngl", "--"],
  ],
  [
    ["-p", "--"],
    ["--prompt", "--", "--"],
  ],
  [["--prompt=a=b"], ["--prompt", "a=b", "--"]],
  [["--prompt="], ["--prompt", "", "--"]],
  [["-n5"], ["--n-predict", "5", "--"]],
  [["-n-1"], ["--n-predict", "-1", "--"]],
  [
    ["-ctk", "f32"],
    ["--cache-type-k", "f32", "--"],
  ],
  [["-ctk=f32"], ["--cache-type-k", "f32", "--"]],
  [
    ["-p", "-ctk"],
    ["--prompt", "-ctk", "--"],
  ],
  [["--kernels"], ["--kernels", "--"]],
  [
    ["--kernels", "simd", "a"],
    ["--kernels", "simd", "--", "a"],
  ],
  [
    ["--kernels", "--json"],
    ["--kernels", "--json", "--"],
  ],
  [
    ["--stop", "a", "-r", "b"],
    ["--reverse-prompt", "a", "--reverse-prompt", "b", "--"],
  ],
  [
    ["--", "-p", "--json"],
    ["--", "-p", "--json"],
  ],
  [
    ["- a list", "-5", "-"],
    ["--", "- a list", "-5", "-"],
  ],
  [["-h"], ["--help", "--"]],
];

for (const [given, args] of READ) {
  test(`${JSON.stringify(given)} is read as meant`, () => assert.deepEqual(readArguments(given, command()).args, args));
}

const REFUSED: readonly (readonly [given: string[], says: RegExp])[] = [
  [["-vp", "x"], /^There is no option -vp \(options of one letter are given one by one\); llama2 generate --help/],
  [["-nx"], /^There is no option -nx /],
  [["-pfoo"], /^There is no option -pfoo /],
  [["--promt", "x"], /^There is no option --promt; did you mean --prompt\?$/],
  [["--x\u001b[31m"], /^There is no option --x\\u001b\[31m; /],
  [["-n"], /^-n needs a value: -n <tokens>\.$/],
  [["--json=yes"], /^--json takes no value \(got "yes"\)\.$/],
  [["-p", "a", "--prompt", "b"], /^--prompt was given twice; give it once\.$/],
];

for (const [given, says] of REFUSED) {
  test(`${JSON.stringify(given)} is refused`, () => {
    assert.throws(() => readArguments(given, command()), { code: "option", message: says });
  });
}

test("a flag is named as it was typed, and by its long name", () => {
  const { spellings } = readArguments(["-n", "1", "--prompt", "x", "-ctk", "f16"], command());
  assert.equal(shownFlag("-n, --n-predict <tokens>", spellings), "-n, --n-predict");
  assert.equal(shownFlag("-p, --prompt <text>", spellings), "--prompt");
  assert.equal(shownFlag("--cache-type-k <type>", spellings), "-ctk, --cache-type-k");
  assert.equal(shownFlag("--kernels [builds]", spellings), "--kernels");
});
