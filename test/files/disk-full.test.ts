import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { AtomicFile } from "#dist/files/atomic-file.js";
import { openGguf } from "#dist/gguf/open.js";
import { quantizeFile } from "#dist/quantize/quantize-file.js";
import { fixtureModel, writeFixture } from "../helpers/model-fixture.js";
import { root } from "../helpers/paths.js";
import { sentence } from "../helpers/sentence.js";
import { temporaryFolder } from "../helpers/temporary.js";

let unmount: () => void = () => undefined;
after(() => unmount()); // before the folder is removed
const folder = temporaryFolder();
const disk = join(folder, "disk");
mkdirSync(disk);
const isMounted =
  process.platform === "linux" && spawnSync("mount", ["-t", "tmpfs", "-o", "size=256k", "none", disk]).status === 0;
if (isMounted) unmount = () => spawnSync("umount", ["-l", disk]);
const needsDisk = { skip: !isMounted && "a small disk can only be mounted by root on Linux" };
const needsLimit = { skip: process.platform === "win32" && "Windows has no limit on the size of files" };

/** Leaves `free` bytes at most. */
function fillUpTo(free: number): void {
  rmSync(join(disk, "filler"), { force: true });
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(join(disk, "filler"), new Uint8Array(Math.max(0, bavail * bsize - free)));
}

test("wherever the disk fills up, the old file stays whole and nothing else is left", needsDisk, () => {
  const path = join(disk, "session.json");
  writeFileSync(path, "old and whole");
  const part = new Uint8Array(4096).fill(1);
  for (let pages = 0; pages < 12; pages++) {
    fillUpTo(pages * 4096);
    const write = () => {
      const file = new AtomicFile(path, { force: true });
      for (let i = 0; i < 20; i++) file.write(part);
      file.commit();
    };
    assert.throws(write, sentence("unwritable", /session\.json cannot be written: the disk is full; free some space/));
    assert.equal(readFileSync(path, "utf8"), "old and whole");
    assert.deepEqual(readdirSync(disk).toSorted(), ["filler", "session.json"]);
  }
  rmSync(path);
});

test("quantising onto a full disk leaves nothing, at every write", needsDisk, async () => {
  const input = join(folder, "model.gguf");
  writeFixture(input, fixtureModel());
  const whole = join(folder, "whole.gguf");
  await quantizeFile(input, whole, "Q8_0");
  const { size } = openGguf(whole);
  assert.ok(size < 240_000);
  for (let free = 0; free < size - 4096; free += 12_288) {
    fillUpTo(free);
    await assert.rejects(quantizeFile(input, join(disk, "q.gguf"), "Q8_0"), sentence("unwritable", /the disk is full/));
    assert.deepEqual(readdirSync(disk), ["filler"]);
  }
});

test("a file beyond the process's limit is a sentence, and nothing is left", needsLimit, () => {
  const here = join(folder, "limited");
  mkdirSync(here);
  const script = `
    const { AtomicFile } = await import(${JSON.stringify(join(root, "dist/files/atomic-file.js"))});
    process.on("SIGXFSZ", () => {});
    const file = new AtomicFile(${JSON.stringify(join(here, "big"))});
    try {
      for (let i = 0; i < 100; i++) file.write(new Uint8Array(4096));
    } catch (error) {
      console.log(error.message);
    }
  `;
  const limited = `ulimit -f 64 && exec "$0" --input-type=module -e "$1"`;
  const { stdout } = spawnSync("sh", ["-c", limited, process.execPath, script], { encoding: "utf8" });
  assert.match(stdout, /big cannot be written: it would become larger than this system allows\.$/m);
  assert.deepEqual(readdirSync(here), []);
});
