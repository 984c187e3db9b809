import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join as joinPath } from "node:path";
import { test } from "node:test";
import { openGguf } from "#dist/gguf/open.js";
import { parseGguf } from "#dist/gguf/parse.js";
import { writeGguf } from "#dist/gguf/writer.js";
import { bytes, header, join, pair, string, u8, u32, u64 } from "../helpers/gguf-bytes.js";
import { root } from "../helpers/paths.js";
import { sentence } from "../helpers/sentence.js";
import { temporaryFolder } from "../helpers/temporary.js";

const folder = temporaryFolder();

test("a long document that nobody reads is passed over, and kept by a writer", () => {
  const document = new Uint8Array(20 << 20).fill(0x61);
  const content = Buffer.concat([
    header({ metadata: 2 }),
    string("tokenizer.huggingface.json"),
    u32(8),
    u64(document.length),
    document,
    pair("general.name", 8, string("after it")),
    new Uint8Array(32),
  ]);
  const { metadata } = parseGguf(content);
  assert.equal(metadata.getString("general.name"), "after it");
  assert.throws(
    () => metadata.findString("tokenizer.huggingface.json"),
    sentence("model", /is a string of 20971520 bytes; the limit is 1048576/),
  );
  writeGguf(joinPath(folder, "document.gguf"), { metadata, tensors: [] });
  const written = openGguf(joinPath(folder, "document.gguf")).metadata.find("tokenizer.huggingface.json");
  assert.equal(String(written?.value).length, document.length);
});

test("text that is not UTF-8 is an error for who reads it alone, and is written back as it is", () => {
  const bad = u8(0x41, 0xff, 0x42);
  const content = join(
    header({ metadata: 3 }),
    pair("general.description", 8, string(bad)),
    pair("general.tags", 9, join(u32(8), u64(2), string("fine"), string(bad))),
    pair("general.name", 8, string("ok")),
    new Uint8Array(32),
  );
  const { metadata } = parseGguf(content);
  assert.equal(metadata.getString("general.name"), "ok");
  assert.equal(metadata.find("general.description")?.value, "A\ufffdB");
  assert.deepEqual(metadata.find("general.tags")?.value, ["fine", "A\ufffdB"]);
  assert.throws(
    () => metadata.findString("general.description"),
    sentence("model", /description has text that is not/),
  );
  assert.throws(() => metadata.findStrings("general.tags"), sentence("model", /tags has text that is not UTF-8/));
  const path = joinPath(folder, "bad.gguf");
  writeGguf(path, { metadata, tensors: [] });
  assert.ok(readFileSync(path).includes(Buffer.from(bad)));
  assert.equal(openGguf(path).metadata.find("general.description")?.value, "A\ufffdB");
});

test("booleans in arrays are bytes, and no numbers", () => {
  const content = join(header({ metadata: 1 }), pair("a", 9, join(u32(7), u64(3), u8(1, 0, 1))), new Uint8Array(32));
  const { metadata } = parseGguf(content);
  assert.deepEqual(metadata.find("a")?.value, Uint8Array.of(1, 0, 1));
  assert.throws(() => metadata.findNumbers("a"), sentence("model", /a is an array of bool; expected an array of num/));
});

/** Metadata that are small in the file and could be large in memory. */
const BOMBS: Readonly<Record<string, { content: () => Uint8Array; says: RegExp | undefined }>> = {
  "two million empty arrays in an array": {
    content: () => one(9, 1 << 21, Buffer.alloc(12 << 21, join(u32(4), u64(0)))),
    says: /arrays within an array/,
  },
  "65,000 keys": {
    content: () => Buffer.concat([header({ metadata: 65_000 }), ...keys(65_000, (i) => pair(`k${i}`, 4, u32(i)))]),
    says: /has 65000 metadata keys, and the limit is 16384/,
  },
  "16,000 keys of 3 KB": {
    content: () =>
      Buffer.concat([header({ metadata: 16_000 }), ...keys(16_000, (i) => pair(`${i}`.padEnd(3000), 4, u32(i)))]),
    says: undefined,
  },
  "sixty million booleans": {
    content: () =>
      Buffer.concat([
        header({ metadata: 30 }),
        ...keys(30, (i) => [string(`b${i}`), u32(9, 7), u64(1 << 21), Buffer.alloc(1 << 21, 1)]),
      ]),
    says: /arrays of its metadata have more than 4194304 values/,
  },
  "eight million empty strings": {
    content: () =>
      Buffer.concat([
        header({ metadata: 4 }),
        ...keys(4, (i) => [string(`s${i}`), u32(9, 8), u64(1 << 21), Buffer.alloc(8 << 21)]),
      ]),
    says: /more than 2097152 strings/,
  },
  "two million strings": {
    content: () => one(8, 1 << 21, Buffer.alloc(9 << 21, join(u64(1), bytes("x")))),
    says: undefined,
  },
  "more than 64 MiB of text": {
    content: () => Buffer.concat([header({ metadata: 1 }), string("a"), u32(8), u64(65 << 20), Buffer.alloc(65 << 20)]),
    says: /more than 67108864 bytes of metadata/,
  },
};

function one(elementType: number, length: number, elements: Uint8Array): Uint8Array {
  return Buffer.concat([header({ metadata: 1 }), string("a"), u32(9, elementType), u64(length), elements]);
}

function keys(count: number, make: (i: number) => Uint8Array | Uint8Array[]): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => make(i)).flat();
}

for (const [what, { content, says }] of Object.entries(BOMBS)) {
  test(`${what} take less than 100 MB of memory`, () => {
    const path = joinPath(folder, "bomb.gguf");
    writeFileSync(path, Buffer.concat([content(), new Uint8Array(32)]));
    const script = `
      const { openGguf } = await import(${JSON.stringify(joinPath(root, "dist/gguf/open.js"))});
      const before = process.resourceUsage().maxRSS;
      let message = "";
      try {
        globalThis.kept = openGguf(process.argv[1]);
      } catch (error) {
        message = error.name + ": " + error.message;
      }
      console.log(JSON.stringify({ message, megabytes: (process.resourceUsage().maxRSS - before) / 1000 }));
    `;
    const output = execFileSync(process.execPath, ["--input-type=module", "-e", script, path], { encoding: "utf8" });
    const { message, megabytes } = JSON.parse(output) as { message: string; megabytes: number };
    assert.match(message, says ?? /^$/);
    if (says !== undefined) assert.match(message, /^LlamaError: The GGUF file is refused: [^\n]+\.$/);
    assert.ok(megabytes < 100, `${megabytes} MB`);
  });
}
