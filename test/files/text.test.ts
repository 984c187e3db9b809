import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { createWriteStream, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readText } from "#dist/files/pipe.js";
import { decodeText, readTextFile, tooLong } from "#dist/files/text.js";
import { sentence } from "../helpers/sentence.js";
import { temporaryFolder } from "../helpers/temporary.js";

const folder = temporaryFolder();
const posix = { skip: process.platform === "win32" && "Windows has no FIFOs" };
const TEXT = "Grüße, 日本 and\tmore.\r\n";

function file(content: string | Uint8Array): string {
  const path = join(folder, "text.txt");
  writeFileSync(path, content);
  return path;
}

const read = (content: string | Uint8Array, limit = 1 << 20) => readTextFile(file(content), "a text file", limit);

test("UTF-8 is read as it is, without its mark", () => {
  for (const text of ["", TEXT, "\x1b[1mbold\x1b[0m\f", "\ufeffinside \ufeff"])
    assert.equal(read(`\ufeff${text}`), text);
  assert.equal(read(TEXT), TEXT);
});

const WESTERN = "Grüße, ein Café für 5 €\n";
const utf16 = Buffer.from(WESTERN, "utf16le");

const WRONG: readonly (readonly [what: string, bytes: Uint8Array, says: RegExp])[] = [
  [
    "UTF-16 with a mark",
    Buffer.from(`\ufeff${TEXT}`, "utf16le"),
    /looks like UTF-16LE, so .*: iconv -f UTF-16LE -t UTF-8\.$/,
  ],
  ["UTF-16 without one", utf16, /looks like UTF-16LE/],
  ["big-endian UTF-16 with a mark", Buffer.from(`\ufeff${TEXT}`, "utf16le").swap16(), /looks like UTF-16BE/],
  ["big-endian UTF-16 without one", Buffer.from(utf16).swap16(), /looks like UTF-16BE/],
  ["UTF-32", Uint8Array.of(0xff, 0xfe, 0, 0, 0x41, 0, 0, 0), /looks like UTF-32LE/],
  ["Latin-1", Buffer.from("Café Grüße", "latin1"), /looks like ISO-8859-1/],
  ["Windows-1252", Buffer.from("Caf\u00e9 5 \u0080 \u0093x\u0094", "latin1"), /looks like WINDOWS-1252/],
  ["UTF-8 that breaks off", Buffer.from("Café").subarray(0, 4), /looks like ISO-8859-1/],
  ["a GGUF file", Buffer.from("GGUF\x03\0\0\0"), /^x\.txt is a GGUF file; expected a text file\.$/],
  ["a zero", Buffer.from("a\0b"), /^x\.txt is a binary file; expected a text file\.$/],
  ["a program", Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 0, 1, 2, 0xff), /is a binary file/],
  ["what has control characters", Uint8Array.of(1, 2, 0xff, 0xfe), /is a binary file/],
];

for (const [what, bytes, says] of WRONG) {
  test(`${what} is refused with its name`, () => {
    assert.throws(() => decodeText(bytes, "x.txt"), sentence("format", says));
    assert.throws(() => read(bytes), sentence("format", /text\.txt is /));
  });
}

test("a size is told so that it differs from the limit, or not at all", () => {
  const says = (bytes: number | undefined) => tooLong("It", bytes, 1 << 20).message;
  assert.equal(says(600 << 20), "It is 600 MiB; the limit is 1 MiB.");
  assert.equal(says((1 << 20) + 1), "It is 1048577 bytes; the limit is 1048576 bytes.");
  assert.equal(says(undefined), "It is longer than the limit of 1 MiB.");
});

test("a file beyond the limit is refused by its size before it is read", () => {
  assert.throws(() => read("x".repeat(3 << 20)), sentence("format", /text\.txt is 3 MiB; the limit is 1 MiB\./));
});

test("a pipe is read to its end, and a regular file as ever", posix, async () => {
  const fifo = join(folder, "fifo");
  execFileSync("mkfifo", [fifo]);
  const reading = readText(fifo, "a text file", 1 << 20);
  createWriteStream(fifo).end(TEXT.repeat(10_000));
  assert.equal(await reading, TEXT.repeat(10_000));
  assert.equal(await readText(file(TEXT), "a text file", 1 << 20), TEXT);
  await assert.rejects(readText("/dev/zero", "a text file", 1 << 20), sentence("unreadable", /is a device/));
  await assert.rejects(readText(folder, "a text file", 1 << 20), sentence("unreadable", /is a directory/));
});

test("a pipe to which nobody writes is waited for until the signal comes", posix, async () => {
  const fifo = join(folder, "silent");
  execFileSync("mkfifo", [fifo]);
  const controller = new AbortController();
  const reading = readText(fifo, "a text file", 1 << 20, controller.signal);
  setTimeout(() => controller.abort(new Error("enough")), 20);
  await assert.rejects(reading, /enough/);
});

test("a pipe that never ends is refused at the limit", posix, async () => {
  const fifo = join(folder, "endless");
  execFileSync("mkfifo", [fifo]);
  const writer = spawn("sh", ["-c", 'exec cat /dev/zero > "$0"', fifo]);
  await assert.rejects(readText(fifo, "a text file", 1 << 20), sentence("format", /the limit is 1 MiB/));
  writer.kill();
});
