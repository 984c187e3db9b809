import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { AtomicFile, discardUnfinishedFiles } from "#dist/files/atomic-file.js";
import { root } from "../helpers/paths.js";
import { sentence } from "../helpers/sentence.js";
import { temporaryFolder } from "../helpers/temporary.js";

const folder = temporaryFolder();
const posix = { skip: process.platform === "win32" && "Windows has neither FIFOs nor modes" };
const bytes = (text: string) => new TextEncoder().encode(text);

/** A folder of its own, so that what is left behind can be seen. */
function room(name: string): string {
  const path = join(folder, name);
  mkdirSync(path);
  return path;
}

function write(path: string, text: string, options = {}): void {
  const file = new AtomicFile(path, options);
  try {
    file.write(bytes(text));
    file.commit();
  } finally {
    file.discard();
  }
}

test("a file appears when it is committed, and not before; discarded it never does", () => {
  const here = room("appears");
  const path = join(here, "a.txt");
  const file = new AtomicFile(path);
  file.write(bytes("one "));
  file.write(bytes("two"));
  assert.equal(existsSync(path), false);
  file.commit();
  assert.equal(readFileSync(path, "utf8"), "one two");
  file.discard();
  const other = new AtomicFile(join(here, "b.txt"));
  other.write(bytes("x"));
  other.discard();
  other.discard();
  assert.deepEqual(readdirSync(here), ["a.txt"]);
  assert.throws(() => other.write(bytes("x")), TypeError);
});

test("a file that exists is refused, and replaced only with force", () => {
  const here = room("exists");
  const path = join(here, "kept.txt");
  writeFileSync(path, "precious");
  assert.throws(() => write(path, "new"), sentence("exists", /kept\.txt already exists; choose another file/));
  assert.equal(readFileSync(path, "utf8"), "precious");
  write(path, "new", { force: true });
  assert.equal(readFileSync(path, "utf8"), "new");
  assert.deepEqual(readdirSync(here), ["kept.txt"]);
});

test("a file that another program made in the meantime is not replaced", () => {
  const here = room("meantime");
  const path = join(here, "a.txt");
  const file = new AtomicFile(path);
  writeFileSync(path, "theirs");
  assert.throws(() => file.commit(), sentence("exists", /a\.txt exists now/));
  assert.equal(readFileSync(path, "utf8"), "theirs");
  assert.deepEqual(readdirSync(here), ["a.txt"]);
});

test("a symbolic link stays, and the file it leads to is written", posix, () => {
  const here = room("links");
  mkdirSync(join(here, "far"));
  const target = join(here, "far", "session.json");
  const link = join(here, "link.json");
  symlinkSync(join("far", "session.json"), join(here, "inner.json"));
  symlinkSync("inner.json", link);
  write(link, "first"); // where the link leads nowhere yet
  assert.equal(readFileSync(target, "utf8"), "first");
  write(link, "second", { force: true });
  assert.equal(readFileSync(target, "utf8"), "second");
  assert.ok(lstatSync(link).isSymbolicLink() && lstatSync(join(here, "inner.json")).isSymbolicLink());
  assert.deepEqual(readdirSync(join(here, "far")), ["session.json"]);
  assert.throws(() => write(link, "third"), sentence("exists", /link\.json already exists/));
});

test("a link behind a linked folder is followed from where the folder really is", posix, () => {
  const here = room("linked-folder");
  mkdirSync(join(here, "a"));
  mkdirSync(join(here, "a", "deep"));
  symlinkSync(join("a", "deep"), join(here, "short"));
  symlinkSync(join("..", "target.txt"), join(here, "a", "deep", "link.txt"));
  write(join(here, "short", "link.txt"), "x");
  assert.equal(readFileSync(join(here, "a", "target.txt"), "utf8"), "x");
});

test("devices, FIFOs and folders are never replaced, with force neither", posix, () => {
  const here = room("devices");
  const fifo = join(here, "fifo");
  execFileSync("mkfifo", [fifo]);
  mkdirSync(join(here, "folder"));
  symlinkSync("fifo", join(here, "to-fifo"));
  for (const force of [false, true]) {
    const refused = (path: string, says: RegExp) =>
      assert.throws(() => new AtomicFile(path, { force }), sentence("unwritable", says));
    refused(fifo, /fifo is a pipe; give the path of a file\./);
    refused(join(here, "to-fifo"), /to-fifo is a pipe/);
    refused(join(here, "folder"), /folder is a directory/);
    refused("/dev/null", /\/dev\/null is a device/);
  }
  assert.ok(lstatSync(fifo).isFIFO());
  assert.ok(lstatSync("/dev/null").isCharacterDevice());
});

test("a FIFO or a folder that took the file's place in the meantime is not replaced", posix, () => {
  const here = room("swapped");
  for (const [name, make] of [
    ["fifo", (path: string) => execFileSync("mkfifo", [path])],
    ["folder", (path: string) => mkdirSync(path)],
  ] as const) {
    for (const force of [false, true]) {
      const path = join(here, `${name}-${force}`);
      const file = new AtomicFile(path, { force });
      make(path);
      assert.throws(() => file.commit(), sentence(force ? "unwritable" : "exists", /not replaced/));
      assert.equal(lstatSync(path).isFile(), false);
    }
  }
  assert.equal(readdirSync(here).length, 4);
});

test("what is read for a file cannot be that file, under whatever name", posix, () => {
  const here = room("inputs");
  const input = join(here, "in.gguf");
  writeFileSync(input, "model");
  linkSync(input, join(here, "hard.gguf"));
  symlinkSync("in.gguf", join(here, "soft.gguf"));
  for (const name of ["in.gguf", "hard.gguf", "soft.gguf"]) {
    for (const force of [false, true]) {
      assert.throws(
        () => new AtomicFile(join(here, name), { force, inputs: [join(here, "none"), input] }),
        sentence("option", /is the input as well/),
        name,
      );
    }
  }
  assert.equal(readFileSync(input, "utf8"), "model");
});

test("a folder that is not there, a loop of links and names that cannot be are said in words", posix, () => {
  const here = room("words");
  const refused = (path: string, says: RegExp) =>
    assert.throws(() => new AtomicFile(path, { force: true }), sentence("unwritable", says));
  refused("/nosuch/dir/x.json", /^There is no folder \/nosuch\/dir\.$/);
  writeFileSync(join(here, "file"), "");
  refused(join(here, "file", "x"), /^There is no folder .*words\/file\.$/);
  const evil = join(here, "\x1b[31mX\x1b]0;pwned\x07");
  symlinkSync(evil, evil);
  refused(evil, /u001b\[31mX.* is a symbolic link that leads back to itself/);
  refused(join(here, "x".repeat(300)), /its name is too long/);
  refused(join(here, "a\0b"), /its name has a NUL character/);
  assert.deepEqual(readdirSync(here).length, 2);
});

test("a name as long as names may be is written", () => {
  const here = room("long");
  const name = "é".repeat(127);
  write(join(here, name), "x");
  assert.deepEqual(readdirSync(here), [name]);
});

test("the mode is the one asked for, or that of the file that is replaced", posix, () => {
  const here = room("modes");
  const mode = (name: string) => statSync(join(here, name)).mode & 0o777;
  write(join(here, "private"), "x", { mode: 0o600 });
  assert.equal(mode("private"), 0o600);
  writeFileSync(join(here, "open"), "x");
  chmodSync(join(here, "open"), 0o666);
  write(join(here, "open"), "y", { force: true });
  assert.equal(mode("open"), 0o666);
  write(join(here, "open"), "z", { force: true, mode: 0o600 });
  assert.equal(mode("open"), 0o600);
});

test("a process that is about to end removes all that is not whole", () => {
  const here = room("ending");
  const files = ["a", "b", "c"].map((name) => new AtomicFile(join(here, name)));
  for (const file of files) file.write(bytes("part"));
  files[0]?.commit();
  discardUnfinishedFiles();
  assert.deepEqual(readdirSync(here), ["a"]);
  assert.throws(() => files[1]?.write(bytes("more")), TypeError);
});

test("no temporary file outlives a signal whose handler discards it", posix, () => {
  const here = room("signals");
  for (const signal of ["SIGHUP", "SIGINT", "SIGTERM", "SIGQUIT"]) {
    const script = `
      const { AtomicFile, discardUnfinishedFiles } = await import(${JSON.stringify(join(root, "dist/files/atomic-file.js"))});
      process.on("exit", discardUnfinishedFiles);
      process.on(${JSON.stringify(signal)}, () => process.exit(99));
      const file = new AtomicFile(${JSON.stringify(join(here, "out"))});
      file.write(new Uint8Array(1000));
      process.kill(process.pid, ${JSON.stringify(signal)});
      setInterval(() => file.write(new Uint8Array(1000)), 1);
    `;
    assert.equal(spawnSync(process.execPath, ["--input-type=module", "-e", script]).status, 99, signal);
    assert.deepEqual(readdirSync(here), [], signal);
  }
});
