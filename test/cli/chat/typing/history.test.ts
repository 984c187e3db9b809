import assert from "node:assert/strict";
import { chmodSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { History, historyPath } from "#dist/cli/chat/typing/history.js";
import { LlamaError } from "#dist/errors.js";
import { homeFolder, makeFolder } from "#dist/files/folders.js";
import { temporaryFolder } from "../../../helpers/temporary.js";

const folder = temporaryFolder();
const isPosix = { skip: process.platform === "win32" };
const isLinux = { skip: process.platform !== "linux" };

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
    /^The history is not kept: [^\n]*--no-history\.$/.test(error.message);
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
  const isUnknown = (error: unknown) =>
    error instanceof LlamaError && /^Your home folder is not known; set HOME\.$/.test(error.message);
  const noEntry = () => {
    throw new Error("A system error occurred: uv_os_homedir returned ENOENT (no such file or directory)");
  };
  for (const find of [noEntry, () => ""]) {
    assert.throws(() => historyPath({}, "linux", () => homeFolder(find)), isUnknown);
    assert.equal(
      historyPath({ XDG_STATE_HOME: "/s" }, "linux", () => homeFolder(find)),
      join("/s", "llama2", "history"),
    );
  }
});

test("a history that was there before becomes its owner's alone", isPosix, () => {
  const path = join(folder, "open-history");
  writeFileSync(path, "one\n");
  chmodSync(path, 0o644);
  new History(path, true).add("two", true);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  chmodSync(path, 0o644);
  writeFileSync(path, "x\n".repeat(3000));
  new History(path, true);
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test("a history that is a link stays one", isPosix, () => {
  const [path, target] = [join(folder, "link"), join(folder, "target")];
  writeFileSync(target, "entry\n".repeat(3000));
  symlinkSync(target, path);
  assert.equal(new History(path, true).entries.length, 1000);
  assert.equal(readFileSync(target, "utf8").split("\n").length, 1001);
});

test("what is no file is not waited for", isPosix, () => {
  const isRefused = (error: unknown) => error instanceof LlamaError && /is not a regular file\./.test(error.message);
  assert.throws(() => new History(folder, true), isRefused);
});

test("folders are made one below the other, and a system that denies it is not asked for ever", isPosix, () => {
  const path = join(folder, "a", "b", "c");
  makeFolder(path, 0o700);
  makeFolder(path, 0o700);
  assert.equal(statSync(path).mode & 0o777, 0o700);
});

test("a home that is /proc is a warning", isLinux, () => {
  const history = new History("/proc/.local/state/llama2/history", true);
  assert.throws(
    () => history.add("one", true),
    (error) => error instanceof LlamaError && error.code === "unwritable",
  );
});
