import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { createWriteStream, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readText } from "#dist/files/pipe.js";
import { decodeText, readTextFile } from "#dist/files/text.js";
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
  assert.equal(read(TEXT), TEXT);
  assert.equal(read(`\ufeff${TEXT}`), TEXT);
  assert.equal(read(""), "");
  assert.equal(read("\x1b[1mbold\x1b[0m\f"), "\x1b[1mbold\x1b[0m\f");
});

test("another encoding is refused by its name", () => {
  const utf16 = Buffer.from(TEXT, "utf16le");
  const says = (content: Uint8Array, pattern: RegExp) =>
    assert.throws(() => read(content), sentence("format", pattern));
  says(Buffer.concat([Uint8Array.of(0xff, 0xfe), utf16]), /text\.txt is UTF-16 text; convert it to UTF-8\./);
  says(Buffer.concat([Uint8Array.of(0xfe, 0xff), Buffer.from(utf16).swap16()]), /UTF-16/);
  says(utf16, /UTF-16/);
  says(Buffer.from(utf16).swap16(), /UTF-16/);
  says(Uint8Array.of(0xff, 0xfe, 0, 0, 0x41, 0, 0, 0), /UTF-32/);
  says(Buffer.from("Grüße", "latin1"), /not UTF-8 text, but perhaps Latin-1 or Windows-1252; convert it to UTF-8\./);
});

test("binary files are refused as such, and models by their kind", () => {
  const says = (content: Uint8Array, pattern: RegExp) =>
    assert.throws(() => read(content), sentence("format", pattern));
  says(Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 0, 1, 2, 0xff), /is a binary file; expected a text file\./);
  says(Uint8Array.of(1, 2, 0xff, 0xfe), /is a binary file/);
  says(Buffer.from("a\0b"), /is a binary file/);
  says(Buffer.from("GGUF\x03\0\0\0"), /is a GGUF file; expected a text file\./);
  assert.throws(
    () => decodeText(Uint8Array.of(0xff, 0x41), "Standard input"),
    sentence("format", /^Standard input is not UTF-8/),
  );
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
