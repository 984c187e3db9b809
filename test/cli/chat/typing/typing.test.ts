import assert from "node:assert/strict";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Settings } from "#dist/cli/chat/settings.js";
import { type Input, MessageAssembler } from "#dist/cli/chat/typing/assembler.js";
import { complete } from "#dist/cli/chat/typing/completer.js";
import { cursorAbove, cursorBelow } from "#dist/cli/chat/typing/cursor.js";
import { pathOf, quotedPath, splitPath } from "#dist/cli/chat/typing/file-argument.js";
import { History, historyPath } from "#dist/cli/chat/typing/history.js";
import { Recall } from "#dist/cli/chat/typing/recall.js";
import { LlamaError } from "#dist/errors.js";
import { nearest } from "#dist/nearest.js";
import { temporaryFolder } from "../../../helpers/temporary.js";

const folder = temporaryFolder();
const isPosix = { skip: process.platform === "win32" };

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

test("Up and Down walk through what was typed, and back to the draft", () => {
  const recall = new Recall(["one", "two"]);
  assert.equal(recall.newer(), undefined);
  assert.equal(recall.older("draft"), "two");
  assert.equal(recall.older("two, changed"), "one");
  assert.equal(recall.older("one"), undefined);
  assert.equal(recall.newer(), "two");
  assert.equal(recall.newer(), "draft");
  assert.equal(recall.newer(), undefined);
});

test("the cursor moves between the lines of a message, in its column as far as there is one", () => {
  const text = "first\nab\nthird";
  assert.equal(cursorAbove(text, 3), undefined);
  assert.equal(cursorAbove(text, text.indexOf("third") + 4), "first\nab".length);
  assert.equal(cursorAbove(text, "first\na".length), 1);
  assert.equal(cursorBelow(text, 4), "first\nab".length);
  assert.equal(cursorBelow(text, "first\na".length), text.indexOf("third") + 1);
  assert.equal(cursorBelow(text, text.length), undefined);
  assert.equal(cursorAbove("\nx", 1), 0);
  assert.equal(cursorBelow("\nx", 0), 1);
});

test("the history keeps what was typed, line breaks and all, for its owner alone", () => {
  const path = join(folder, "new", "history");
  const history = new History(path, true);
  for (const text of ["one", "one", "  ", "two\nlines", "back\\slash \\n", "x".repeat(20_000), "\u001b[31mred"]) {
    history.add(text, true);
  }
  history.add("a secret", false);
  assert.equal(readFileSync(path, "utf8"), "one\ntwo\\nlines\nback\\\\slash \\\\n\n[31mred\n");
  if (!isPosix.skip) assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.deepEqual(new History(path, true).entries, ["one", "two\nlines", "back\\slash \\n", "[31mred"]);
  assert.deepEqual(new History(path, false).entries, []);
});

test("the history of two chats at once holds the lines of both", () => {
  const path = join(folder, "shared-history");
  const [first, second] = [new History(path, true), new History(path, true)];
  first.add("one", true);
  second.add("two", true);
  first.add("three", true);
  assert.deepEqual(new History(path, true).entries, ["one", "two", "three"]);
});

test("a history that has grown too long is cut, and one that was tampered with harms nobody", () => {
  const path = join(folder, "long-history");
  writeFileSync(path, Array.from({ length: 2500 }, (_, i) => `entry ${i}\n`).join(""));
  const { entries } = new History(path, true);
  assert.equal(entries.length, 1000);
  assert.equal(entries.at(-1), "entry 2499");
  assert.equal(readFileSync(path, "utf8").split("\n").length, 1001);
  writeFileSync(path, Buffer.concat([Buffer.alloc(5 << 20, "x"), Buffer.from("\nlast\u001b]0;title\u0007\n")]));
  assert.deepEqual(new History(path, true).entries, ["last]0;title"]);
  assert.ok(statSync(path).size < 100);
});

test("a history that cannot be written is said to be so, and goes on in memory", isPosix, () => {
  const path = join(folder, "a-file");
  writeFileSync(path, "");
  const history = new History(join(path, "history"), false);
  const isUnwritable = (error: unknown) =>
    error instanceof LlamaError &&
    error.code === "unwritable" &&
    /^The history [^\n]*--no-history\.$/.test(error.message);
  assert.throws(() => history.add("one", true), isUnwritable);
  assert.deepEqual(history.entries, ["one"]);
});

test("the history lies where the system keeps such files, where the environment says, or nowhere", () => {
  const state = join(homedir(), ".local", "state", "llama2", "history");
  assert.equal(historyPath({}, "linux"), state);
  assert.equal(historyPath({ XDG_STATE_HOME: "/state" }, "linux"), join("/state", "llama2", "history"));
  assert.equal(historyPath({ LOCALAPPDATA: "/local" }, "win32"), join("/local", "llama2", "history"));
  assert.equal(historyPath({ LLAMA2_HISTORY: "/else" }, "linux"), "/else");
  assert.equal(historyPath({ LLAMA2_HISTORY: "0" }, "linux"), undefined);
});

const settings = () => new Settings({ stats: false, wordwrap: true, history: true, maxTokens: -1 }, { topK: 5 });

test("settings go by the names of their flags, and back to their defaults", () => {
  const subject = settings();
  subject.set("temp", "0.25");
  subject.set("--temperature", "0.5");
  subject.set("top_p", "0.9");
  subject.set("n", "10");
  subject.set("stats", "ON");
  subject.set("logit-bias", "5+1.5 7-inf");
  subject.set("samplers", "top_k;temp");
  subject.set("seed", "3");
  const { temperature, topP, topK, maxTokens, logitBias, samplers } = subject.sendOptions;
  assert.deepEqual([temperature, topP, topK, maxTokens], [0.5, 0.9, 5, 10]);
  assert.deepEqual(
    logitBias,
    new Map([
      [5, 1.5],
      [7, Number.NEGATIVE_INFINITY],
    ]),
  );
  assert.deepEqual(samplers, ["top_k", "temperature"]);
  assert.equal(subject.seed, 3);
  assert.ok(subject.switches.stats);
  assert.equal(subject.row("temperature").value, "0.5");
  assert.ok(!subject.row("temp").isDefault);
  for (const name of ["temp", "top-p", "n-predict", "stats", "logit-bias", "samplers", "seed"]) {
    subject.set(name, "default");
    assert.ok(subject.row(name).isDefault, name);
  }
  assert.equal(subject.row("temp").value, "0.8");
});

test("a setting that is refused stays as it was", () => {
  const subject = settings();
  subject.set("temp", "0.5");
  for (const [name, value] of [
    ["temp", "hot"],
    ["top-p", "7"],
    ["mirostat", "3"],
    ["stats", "yes"],
    ["n", "-2"],
    ["nothing", "1"],
  ] as const) {
    const isOption = (error: unknown) => error instanceof LlamaError && error.code === "option";
    assert.throws(() => subject.set(name, value), isOption, name);
  }
  assert.equal(subject.sendOptions.temperature, 0.5);
  assert.equal(subject.sendOptions.topP, undefined);
});

test("the nearest name is the one that was meant, if any was", () => {
  const names = ["help", "set", "show", "save", "system", "temp", "top-k"];
  assert.equal(nearest("hlep", names), "help");
  assert.equal(nearest("sys", names), "system");
  assert.equal(nearest("shwo", names), "show");
  assert.equal(nearest("tpo-k", names), "top-k");
  assert.equal(nearest("xyzzy", names), undefined);
  assert.equal(nearest("x".repeat(1e6), names), undefined);
});

test("a path is read with its quotes, escapes and home folder", isPosix, () => {
  assert.deepEqual(splitPath('"a b.txt" and this'), ["a b.txt", "and this"]);
  assert.deepEqual(splitPath("a\\ b.txt and this"), ["a b.txt", "and this"]);
  assert.deepEqual(splitPath("'a b'"), ["a b", ""]);
  assert.equal(pathOf("~/x.json"), join(homedir(), "x.json"));
  assert.equal(pathOf("a name of many words.json"), "a name of many words.json");
  assert.equal(splitPath(quotedPath(`it's "a\\b".txt`))[0], `it's "a\\b".txt`);
});

test("Tab offers commands, settings, their values, and files", isPosix, () => {
  const rows = settings().rows;
  assert.deepEqual(complete("/he", rows), [["/help "], "/he"]);
  assert.deepEqual(complete("/cl", rows), [["/clear"], "/cl"]);
  assert.deepEqual(complete("hello", rows)[0], []);
  assert.deepEqual(complete("/set sta", rows), [["stats "], "sta"]);
  assert.deepEqual(complete("/set stats o", rows), [["on", "off"], "o"]);
  assert.deepEqual(complete("/show mo", rows), [["model"], "mo"]);
  const place = join(folder, "files");
  mkdirSync(join(place, "my folder"), { recursive: true });
  for (const name of ["a.txt", ".hidden", "evil\u001b[31m", "my folder/b.txt"]) writeFileSync(join(place, name), "");
  assert.deepEqual(complete(`/read ${place}/`, rows)[0], [`${place}/a.txt`, `${place}/my\\ folder/`]);
  assert.deepEqual(complete(`/read ${place}/.`, rows)[0], [`${place}/.hidden`]);
  assert.deepEqual(complete(`/load ${place}/my\\ folder/`, rows)[0], [`${place}/my\\ folder/b.txt`]);
  assert.deepEqual(complete(`/read ${place}/a.txt and then ${place}/`, rows)[0], []);
  assert.deepEqual(complete(`/read ${folder}/none/`, rows)[0], []);
});
