import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isWhole } from "../../helpers/long.js";
import { runCommand } from "../../helpers/run-command.js";
import { temporaryFolder } from "../../helpers/temporary.js";

const folder = temporaryFolder();
const file = (name: string, text: string) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

const FORMS: readonly (readonly [flags: string[], answer: RegExp])[] = [
  [["--schema", "name, age int"], /^\{\s*"name":\s*".*",\s*"age":\s*-?\d+\s*\}\n$/],
  [["-j", '{"type":"integer","minimum":5,"maximum":7}'], /^[567]\n$/],
  [["-jf", file("schema.json", '{"enum":["red","blue"]}')], /^"(red|blue)"\n$/],
  [["--json-schema-file", file("marked.json", '\ufeff{"const":true}')], /^true\n$/],
  [["--regex", "[a-c]{5}"], /^[a-c]{5}\n$/],
  [["--grammar", 'root ::= "yes" | "no"'], /^(yes|no)\n$/],
  [["--grammar-file", file("grammar.gbnf", 'root ::= "x"+ "y"')], /^x+y\n$/],
];

for (const [index, command] of ["generate", "chat"].entries()) {
  test(`${command} holds its answer to a form, however that is given`, async () => {
    const forms = FORMS.filter((_, form) => isWhole || form % 2 === index);
    for (const [flags, answer] of forms) {
      const { code, stdout, stderr } = await runCommand([command, "-q", "-s", "4", ...flags, "-p", "Say it."]);
      assert.equal(code, 0, stderr);
      assert.match(stdout, answer, flags.join(" "));
    }
  });
}

const REFUSED: readonly (readonly [flags: string[], sentence: RegExp])[] = [
  [["--schema", "x", "--regex", "a"], /^error: --schema and --regex contradict each other; give one form\.\n$/],
  [["--regex", "a", "--ignore-eos"], /^error: --ignore-eos contradicts --regex, which says where the answer ends\.\n$/],
  [["-j", '{"type":'], /^error: --json-schema is not valid JSON: .+\.\n$/],
  [["-jf", file("broken.json", "{")], /broken\.json is not valid JSON/],
  [["-jf", join(folder, "none.json")], /^error: There is no file .*none\.json/],
  [["-j", '{"type":"thing"}'], /type/],
  [["--grammar", "root :: x"], /line 1/],
  [["--schema", "name, age whole"], /unknown type "whole"/],
  [["--spec-type", "draft"], /^error: --spec-type must be one of none, ngram-simple \(got "draft"\)\.\n$/],
];

test("forms that are wrong or contradict each other are refused before the model is loaded", async () => {
  for (const [flags, sentence] of REFUSED) {
    const { code, stdout, stderr } = await runCommand(["generate", "-m", "/no/model.gguf", ...flags, "-p", "Say it."]);
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, sentence, flags.join(" "));
  }
});

test("a chat's form is set and taken back between its answers", async () => {
  const input = "/set schema word\nSay it.\n/set schema default\n/set ignore-eos on\n/set schema word\n";
  const { code, stdout, stderr } = await runCommand(["chat", "-s", "1"], { input });
  assert.equal(code, 1, stderr);
  assert.match(stdout, /^\{\s*"word":\s*".*"\s*\}\n/);
  assert.match(stderr, /schema is word\n/);
  assert.match(stderr, /schema is none\n/);
  assert.match(stderr, /error: ignore-eos is on, and contradicts a form: \/set ignore-eos off first\.\n$/);
});

test("guessing tokens changes no answer", async () => {
  const plain = await runCommand(["generate", "-q", "-s", "2", "Once upon a time"]);
  const guessed = await runCommand(["generate", "-q", "-s", "2", "--spec-type", "ngram-simple", "Once upon a time"]);
  assert.equal(guessed.stdout, plain.stdout);
});
