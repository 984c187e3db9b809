import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join as joinPath } from "node:path";
import { test } from "node:test";
import { LlamaError } from "#dist/errors.js";
import { openGguf } from "#dist/gguf/open.js";
import { bytes, f32, header, join, pair, string, tensor, u8, u32, u64, withData } from "../helpers/gguf-bytes.js";
import { sentence } from "../helpers/sentence.js";
import { temporaryFolder } from "../helpers/temporary.js";

const folder = temporaryFolder();
const ONE_TENSOR = header({ tensors: 1 });
const MAX_U64 = 2n ** 64n - 1n;

interface HostileFile {
  readonly what: string;
  readonly content: Uint8Array;
  readonly code?: string;
  readonly says: RegExp;
}

const CONTAINERS: readonly HostileFile[] = [
  { what: "an empty file", content: u8(), says: /is empty/ },
  { what: "three bytes", content: bytes("GGU"), says: /only 3 bytes/ },
  { what: "the magic alone", content: bytes("GGUF"), says: /truncated/ },
  { what: "magic and version alone", content: join(bytes("GGUF"), u32(3)), says: /truncated/ },
  { what: "a wrong magic", content: join(bytes("FUGG"), u32(3), u64(0, 0)), says: /not a GGUF file.*46554747/ },
  { what: "a text file", content: bytes("Once upon a time there was\n"), says: /a text file/ },
  { what: "a web page", content: bytes("<!DOCTYPE html><html>"), says: /a web page/ },
  {
    what: "an LFS pointer",
    content: bytes("version https://git-lfs.github.com/spec/v1\noid"),
    says: /Git LFS pointer/,
  },
  { what: "a zip archive", content: bytes("PK\x03\x04xxxxxxxxxxxxxxxxxx"), says: /PyTorch/ },
  { what: "a pickle", content: u8(0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc), says: /pickle/ },
  { what: "a safetensors file", content: join(u64(100), bytes('{"a":{"dtype":"F32"}}')), says: /safetensors/ },
  { what: "a GGML file", content: bytes("lmggxxxxxxxxxxxxxxxxxxx"), says: /before GGUF/ },
  {
    what: "a llama2.c file",
    content: join(u32(288, 768, 6, 6, 6, 32000, 256), new Uint8Array(2000)),
    says: /llama2\.c/,
  },
  { what: "version 0", content: header({ version: 0 }), code: "unsupported", says: /version 0/ },
  { what: "version 1", content: header({ version: 1 }), code: "unsupported", says: /version 1/ },
  { what: "version 4", content: header({ version: 4 }), code: "unsupported", says: /version 4/ },
  { what: "a big-endian file", content: header({ version: 0x03000000 }), code: "unsupported", says: /big-endian/ },
  ...[2n ** 32n - 1n, 2n ** 53n + 1n, 2n ** 63n, MAX_U64].flatMap((count) => [
    { what: `${count} tensors`, content: header({ tensors: count }), says: /number of tensors is/ },
    { what: `${count} keys`, content: header({ metadata: count }), says: /number of metadata keys is/ },
  ]),
];

function withPair(content: Uint8Array): Uint8Array {
  return join(header({ metadata: 1 }), content);
}

function nestedArrays(depth: number): Uint8Array {
  const level = join(u32(9), u64(1));
  return join(string("a"), u32(9), ...Array<Uint8Array>(depth).fill(level), u32(4), u64(1), u32(7));
}

const METADATA: readonly HostileFile[] = [
  {
    what: "an endless key",
    content: withPair(join(u64(MAX_U64), bytes("abcdefgh"))),
    says: /length of metadata key 0/,
  },
  {
    what: "a key beyond the file",
    content: withPair(join(u64(100), bytes("abcdefgh"))),
    says: /length of metadata key 0/,
  },
  { what: "an empty key", content: withPair(pair("", 4, u32(1))), says: /key 0 is empty/ },
  {
    what: "a key that is there twice",
    content: join(header({ metadata: 2 }), pair("a", 4, u32(1)), pair("a", 4, u32(2))),
    says: /a is there twice/,
  },
  {
    what: "a key that is no UTF-8",
    content: withPair(join(string(u8(0xff, 0xfe)), u32(4), u32(1))),
    says: /not UTF-8/,
  },
  { what: "value type 13", content: withPair(pair("a", 13, u64(0))), says: /value type 13/ },
  { what: "value type 2^31", content: withPair(pair("a", 2 ** 31, u64(0))), says: /value type 2147483648/ },
  { what: "the boolean 2", content: withPair(pair("a", 7, join(u8(2), u64(0)))), says: /boolean 2/ },
  {
    what: "an array of type 99",
    content: withPair(pair("a", 9, join(u32(99), u64(1), u64(0)))),
    says: /value type 99/,
  },
  { what: "arrays nested 10,000 deep", content: withPair(nestedArrays(10_000)), says: /arrays within an array/ },
  {
    what: "the boolean 2 in an array",
    content: withPair(pair("a", 9, join(u32(7), u64(3), u8(1, 0, 2)))),
    says: /boolean 2/,
  },
  {
    what: "more keys than any model has",
    content: withData(header({ metadata: 20_000 }), 1 << 19),
    says: /20000 metadata keys/,
  },
  {
    what: "an array of 2^63",
    content: withPair(pair("a", 9, join(u32(4), u64(2n ** 63n)))),
    says: /length of array a/,
  },
  {
    what: "an array of strings past the end",
    content: withPair(pair("a", 9, join(u32(8), u64(2), string("x"), u64(1000)))),
    says: /length of a value of a/,
  },
  { what: "a string past the end", content: withPair(pair("a", 8, join(u64(1000), bytes("x")))), says: /value of a/ },
  ...[0, 3, 2 ** 31].map((alignment) => ({
    what: `an alignment of ${alignment}`,
    content: withPair(pair("general.alignment", 4, u32(alignment))),
    says: /general\.alignment is/,
  })),
  {
    what: "an alignment in words",
    content: withPair(pair("general.alignment", 8, string("32"))),
    code: "model",
    says: /expected a whole number/,
  },
  {
    what: "an alignment of 1.5",
    content: withPair(pair("general.alignment", 6, f32(1.5))),
    code: "model",
    says: /expected a whole number/,
  },
];

function oneTensor(entry: Uint8Array, data = 64): Uint8Array {
  return withData(join(ONE_TENSOR, entry), data);
}

function twoTensors(first: Uint8Array, second: Uint8Array): Uint8Array {
  return withData(join(header({ tensors: 2 }), first, second), 64);
}

const TENSORS: readonly HostileFile[] = [
  { what: "a tensor name of 64 bytes", content: oneTensor(tensor("a".repeat(64), [4], 0, 0)), says: /limit is 63/ },
  { what: "an empty tensor name", content: oneTensor(tensor("", [4], 0, 0)), says: /name of tensor 0 is empty/ },
  {
    what: "a tensor twice",
    content: twoTensors(tensor("a", [4], 0, 0), tensor("a", [4], 0, 32)),
    says: /a is there twice/,
  },
  { what: "no dimensions", content: oneTensor(tensor("a", [], 0, 0)), says: /has 0 dimensions/ },
  { what: "five dimensions", content: oneTensor(tensor("a", [1, 1, 1, 1, 1], 0, 0)), says: /has 5 dimensions/ },
  {
    what: "2^32 - 1 dimensions",
    content: oneTensor(join(string("a"), u32(2 ** 32 - 1), u64(1, 1, 1))),
    says: /has 4294967295 dimensions/,
  },
  { what: "a dimension of 0", content: oneTensor(tensor("a", [4, 0], 0, 0)), says: /dimension of 0/ },
  {
    what: "a dimension of 2^63",
    content: oneTensor(tensor("a", [2n ** 63n], 0, 0)),
    says: /dimension of 9223372036854775808/,
  },
  { what: "a product past 2^53", content: oneTensor(tensor("a", [2 ** 27, 2 ** 27], 0, 0)), says: /impossible/ },
  { what: "a product past 2^64", content: oneTensor(tensor("a", [2 ** 40, 2 ** 40], 0, 0)), says: /impossible/ },
  { what: "half a block", content: oneTensor(tensor("a", [48], 8, 0)), says: /rows of 48 values.*multiple of 32/ },
  ...[-1, 4, 5, 31, 38, 99, 2 ** 31].map((id) => ({
    what: `type ${id}`,
    content: oneTensor(tensor("a", [32], id >>> 0, 0)),
    code: "unsupported",
    says: new RegExp(`type ${id >>> 0}`),
  })),
  { what: "an unaligned offset", content: oneTensor(tensor("a", [4], 0, 8)), says: /offset 8/ },
  { what: "an offset past the end", content: oneTensor(tensor("a", [4], 0, 1024)), says: /truncated/ },
  {
    what: "an offset of 2^64 - 32",
    content: oneTensor(tensor("a", [4], 0, MAX_U64 - 31n)),
    says: /offset 18446744073709551584/,
  },
  { what: "data cut short", content: oneTensor(tensor("a", [17], 0, 0)), says: /truncated: tensor a/ },
  {
    what: "overlapping tensors",
    content: twoTensors(tensor("a", [16], 0, 0), tensor("b", [4], 0, 32)),
    says: /a and b overlap/,
  },
];

for (const { what, content, code = "format", says } of [...CONTAINERS, ...METADATA, ...TENSORS]) {
  test(`refused: ${what}`, () => {
    const path = joinPath(folder, "file.gguf");
    writeFileSync(path, content);
    assert.throws(() => openGguf(path), sentence(code, says));
  });
}

test("a file cut at any byte is refused, never misread", () => {
  const whole = join(
    header({ tensors: 1, metadata: 2 }),
    pair("general.architecture", 8, string("llama")),
    pair("a.list", 9, join(u32(8), u64(2), string("one"), string("two"))),
    tensor("weights", [16], 0, 0),
  );
  const file = withData(whole, 64);
  const path = joinPath(folder, "cut.gguf");
  writeFileSync(path, file);
  assert.equal(openGguf(path).tensors.length, 1);
  for (let length = 0; length < file.length; length++) {
    writeFileSync(path, file.subarray(0, length));
    assert.throws(() => openGguf(path), sentence("format", /./), `${length} bytes`);
  }
});

test("names such as __proto__ are names like any other", () => {
  const path = joinPath(folder, "proto.gguf");
  const head = join(
    header({ tensors: 2, metadata: 2 }),
    pair("__proto__", 4, u32(7)),
    pair("constructor", 4, u32(8)),
    tensor("__proto__", [4], 0, 0),
    tensor("constructor", [4], 0, 32),
  );
  writeFileSync(path, withData(head, 64));
  const file = openGguf(path);
  assert.equal(file.metadata.findInteger("__proto__"), 7);
  assert.equal(file.metadata.findInteger("toString"), undefined);
  assert.deepEqual(
    file.tensors.map(({ name }) => name),
    ["__proto__", "constructor"],
  );
});

test("control characters from a file are escaped in messages", () => {
  const path = joinPath(folder, "escape.gguf");
  writeFileSync(path, oneTensor(tensor("\x1b[31m\u202e", [4], 99, 0)));
  assert.throws(
    () => openGguf(path),
    (error: unknown) => {
      return error instanceof LlamaError && error.message.includes("\\u001b[31m\\u202e");
    },
  );
});

test("a missing file, a folder and a FIFO are refused by name", () => {
  assert.throws(() => openGguf(joinPath(folder, "none.gguf")), sentence("not-found", /no file .*none\.gguf/));
  mkdirSync(joinPath(folder, "folder.gguf"));
  assert.throws(() => openGguf(joinPath(folder, "folder.gguf")), sentence("unreadable", /a directory/));
  if (process.platform === "win32") return;
  execFileSync("mkfifo", [joinPath(folder, "fifo.gguf")]);
  assert.throws(() => openGguf(joinPath(folder, "fifo.gguf")), sentence("unreadable", /is a pipe/));
});

const cannotForbid = process.platform === "win32" || process.getuid?.() === 0;

test("a file without read permission is refused", { skip: cannotForbid && "this user may read every file" }, () => {
  const path = joinPath(folder, "secret.gguf");
  writeFileSync(path, header());
  chmodSync(path, 0);
  assert.throws(() => openGguf(path), sentence("unreadable", /may not be read/));
});
