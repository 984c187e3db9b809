import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { toPath } from "#dist/files/path.js";
import { FileSource } from "#dist/files/source.js";
import { root } from "../helpers/paths.js";
import { sentence } from "../helpers/sentence.js";
import { temporaryFolder } from "../helpers/temporary.js";

const folder = temporaryFolder();
const open = (path: string) => new FileSource(path, "a GGUF file");
const posix = { skip: process.platform === "win32" && "Windows has neither FIFOs nor modes" };

test("a file is read at any place, and less of it at its end", () => {
  const path = join(folder, "bytes");
  writeFileSync(path, Uint8Array.of(1, 2, 3, 4, 5));
  const source = open(path);
  const target = new Uint8Array(3);
  assert.equal(source.size, 5);
  assert.equal(source.read(target, 1), 3);
  assert.deepEqual([...target], [2, 3, 4]);
  assert.equal(source.read(target, 4), 1);
  assert.equal(source.read(target, 9), 0);
  source.close();
  source.close();
});

test("what is not a regular file is refused by what it is", posix, () => {
  execFileSync("mkfifo", [join(folder, "fifo")]);
  mkdirSync(join(folder, "folder"));
  for (const [path, says] of [
    [join(folder, "fifo"), /fifo is a pipe; give the path of a GGUF file\./],
    [join(folder, "folder"), /folder is a directory; give the path/],
    ["/dev/zero", /\/dev\/zero is a device/],
  ] as const) {
    assert.throws(() => open(path), sentence("unreadable", says));
  }
});

test("a file that is not there is named, and a URL is called one", () => {
  assert.throws(() => open(join(folder, "none.gguf")), sentence("not-found", /^There is no file .*none\.gguf; check/));
  assert.throws(() => open("https://example.com/m.gguf"), sentence("not-found", /is a URL, not a file; download it/));
  assert.throws(() => open("a\0b"), sentence("not-found", /no file a\\u0000b/));
});

test("nothing of a hostile name or of the system's own words reaches the sentence", posix, () => {
  const evil = join(folder, "\x1b[31mX\x1b]0;pwned\x07\u202e");
  symlinkSync(evil, evil);
  assert.throws(() => open(evil), sentence("unreadable", /\\u001b\[31mX.* it is a symbolic link that leads back/));
  assert.throws(() => open(join(folder, "x".repeat(300))), sentence("unreadable", /its name is too long/));
});

test("a folder that may not be searched and a file that may not be read are said in words", posix, () => {
  const secret = join(folder, "secret");
  mkdirSync(secret);
  writeFileSync(join(secret, "file"), "x");
  chmodSync(secret, 0);
  chmodSync(folder, 0o755);
  const script = `
    const { FileSource } = await import(${JSON.stringify(join(root, "dist/files/source.js"))});
    const { AtomicFile } = await import(${JSON.stringify(join(root, "dist/files/atomic-file.js"))});
    if (process.getuid() === 0) { // who may read everything
      process.setgid(65534);
      process.setuid(65534);
    }
    for (const act of [() => new FileSource(process.argv[1], "a file"), () => new AtomicFile(process.argv[1])]) {
      try { act(); } catch (error) { console.log(error.name, error.code, error.message); }
    }
  `;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", script, join(secret, "file")], {
    encoding: "utf8",
  });
  chmodSync(secret, 0o700);
  assert.match(stdout, /^LlamaError unreadable .*secret\/file may not be read; check its permissions\.$/m);
  assert.match(
    stdout,
    /^LlamaError unwritable .*secret\/file may not be written; check the permissions of its folder\.$/m,
  );
});

test("a path is a string or a file URL, and anything else is said to be missing", () => {
  const path = join(folder, "ä b.gguf");
  assert.equal(toPath(path, "the path of a model"), path);
  assert.equal(toPath(pathToFileURL(path), "the path of a model"), path);
  const refused = (given: unknown, says: RegExp) =>
    assert.throws(() => toPath(given as string, "the path of a model"), sentence("option", says));
  refused(undefined, /^Expected the path of a model, as a string or a file: URL; found undefined\.$/);
  refused("", /found an empty string/);
  refused(new URL("https://example.com/m.gguf"), /found https:\/\/example\.com/);
});
