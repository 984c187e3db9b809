import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { decodeText, readTextFile, tooLong } from "#dist/files/text.js";
import { temporaryFolder } from "../helpers/temporary.js";

const folder = temporaryFolder();
const TEXT = "Grüße, ein Café für 5 €\n";

const WRONG: readonly (readonly [what: string, bytes: Uint8Array, says: RegExp])[] = [
  [
    "UTF-16 with a mark",
    Buffer.from(`\ufeff${TEXT}`, "utf16le"),
    /looks like UTF-16LE, so .* iconv -f UTF-16LE -t UTF-8\.$/,
  ],
  ["UTF-16 without one", Buffer.from(TEXT, "utf16le"), /looks like UTF-16LE/],
  ["big-endian UTF-16 with a mark", Buffer.from(`\ufeff${TEXT}`, "utf16le").swap16(), /looks like UTF-16BE/],
  ["big-endian UTF-16 without one", Buffer.from(TEXT, "utf16le").swap16(), /looks like UTF-16BE/],
  ["UTF-32", Uint8Array.of(0xff, 0xfe, 0, 0, 0x41, 0, 0, 0), /looks like UTF-32LE/],
  ["Latin-1", Buffer.from("Caf\u00e9 Gr\u00fc\u00dfe", "latin1"), /looks like ISO-8859-1/],
  ["Windows-1252", Buffer.from("Caf\u00e9 5 \u0080 \u0093x\u0094", "latin1"), /looks like WINDOWS-1252/],
  [
    "a GGUF file",
    Buffer.from("GGUF\u0003\u0000\u0000\u0000"),
    /^x\.txt is a GGUF file, not text; expected a text file in UTF-8\.$/,
  ],
  ["a zero", Buffer.from("a\0b"), /^x\.txt is binary, not text; expected a text file in UTF-8\.$/],
  ["what is no text at all", Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0xff, 0xfe), /is binary/],
  ["UTF-8 that breaks off", Buffer.from("Caf\u00e9").subarray(0, 4), /looks like ISO-8859-1/],
];

for (const [what, bytes, says] of WRONG) {
  test(`${what} is refused with its name`, () => {
    assert.throws(() => decodeText(bytes, "x.txt"), { code: "format", message: says });
  });
}

test("UTF-8 is read as it is, without a byte order mark", () => {
  const path = join(folder, "text.txt");
  for (const text of ["", TEXT, "😀\r\n\t\f\u001b[31m", "\ufeffinside \ufeff"]) {
    writeFileSync(path, `\ufeff${text}`);
    assert.equal(readTextFile(path, "a text file", 1000), text);
  }
});

test("what is too long, no file or not there is refused in a sentence", () => {
  const path = join(folder, "long.txt");
  writeFileSync(path, "x".repeat(2 ** 20 + 1));
  assert.throws(() => readTextFile(path, "a text file", 2 ** 20), {
    code: "format",
    message: /long\.txt is 1\.0 MiB; the limit is 1 MiB\.$/,
  });
  assert.equal(tooLong("x.txt", 600 * 2 ** 20, 32 * 2 ** 20).message, "x.txt is 600 MiB; the limit is 32 MiB.");
  assert.equal(tooLong("It", undefined, 2 ** 25).message, "It is longer than the limit of 32 MiB.");
  mkdirSync(join(folder, "folder"));
  assert.throws(() => readTextFile(join(folder, "folder"), "a text file", 10), { code: "unreadable" });
  assert.throws(() => readTextFile(join(folder, "none"), "a text file", 10), { code: "not-found" });
});
