import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join as joinPath } from "node:path";
import { test } from "node:test";
import { openGguf } from "#dist/gguf/open.js";
import { parseGguf } from "#dist/gguf/parse.js";
import { readGgufHead } from "#dist/gguf/remote.js";
import { join } from "../helpers/gguf-bytes.js";
import { fixtureModel, text, writeFixture } from "../helpers/model-fixture.js";
import { root } from "../helpers/paths.js";
import { sentence } from "../helpers/sentence.js";
import { temporaryFolder } from "../helpers/temporary.js";

const path = joinPath(temporaryFolder(), "model.gguf");
writeFixture(path, fixtureModel({ metadata: { "a.document": text("x".repeat(3 << 20)) } }));
const bytes = new Uint8Array(readFileSync(path));
const opened = openGguf(path);

test("bytes in memory parse to what the file opens as", () => {
  const parsed = parseGguf(bytes, { path });
  assert.deepEqual(parsed.tensors, opened.tensors);
  assert.deepEqual(
    Array.from(parsed.metadata, ([key, { value }]) => [key, value]),
    Array.from(opened.metadata, ([key, { value }]) => [key, value]),
  );
  assert.deepEqual([parsed.path, parsed.size, parsed.version], [path, bytes.length, 3]);
  assert.equal(parseGguf(bytes).tensors[0]?.path, "");
  assert.throws(() => parseGguf(bytes.subarray(0, 1000)), sentence("format", /truncated/));
  assert.throws(() => parseGguf(new Uint8Array(3)), sentence("format", /^The file has only 3 bytes/));
});

test("a file is opened by a URL as by its path", () => {
  assert.equal(openGguf(new URL(`file://${path}`)).tensors.length, opened.tensors.length);
  assert.throws(() => openGguf(undefined as unknown as string), sentence("option", /Expected the path of a GGUF file/));
});

test("a file is read in ranges, of which there are few and no more than its head needs", async () => {
  const ranges: [number, number][] = [];
  const file = await readGgufHead(
    bytes.length,
    async (start, end) => {
      ranges.push([start, end]);
      return bytes.subarray(start, end);
    },
    path,
  );
  assert.deepEqual(file.tensors, opened.tensors);
  assert.equal(ranges[0]?.[0], 0);
  ranges.forEach(([start], i) => {
    assert.equal(start, i === 0 ? 0 : ranges[i - 1]?.[1]);
  });
  assert.ok(ranges.length <= 3, `${ranges.length} ranges`);
});

test("a server that gives less than it said has a file that is truncated", async () => {
  for (const given of [0, 10, 1 << 20, 2 << 20]) {
    const read = async (start: number, end: number) => bytes.subarray(start, Math.min(end, given));
    await assert.rejects(readGgufHead(bytes.length, read), sentence("format", given === 0 ? /empty/ : /truncated/));
  }
  const failing = () => Promise.reject(new Error("no network"));
  await assert.rejects(readGgufHead(bytes.length, failing), /no network/);
});

test("what reads bytes into tables asks nothing of Node", () => {
  const seen = new Set<string>();
  const visit = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    const source = readFileSync(joinPath(root, "dist", file), "utf8");
    assert.doesNotMatch(source, /\b(Buffer|process|require)\b[.(]|from "node:/, file);
    for (const [, name = ""] of source.matchAll(/from "(\.[^"]+)"/g)) visit(joinPath(file, "..", name));
  };
  for (const file of ["gguf/parse.js", "gguf/remote.js", "gguf/metadata.js", "gguf/format.js", "gguf/floats.js"]) {
    visit(file);
  }
  assert.ok(seen.size >= 10 && readdirSync(joinPath(root, "dist", "gguf")).length > 10);
});

test("bytes behind a header that lies about what follows are never read", () => {
  const lying = join(bytes.subarray(0, 24), new Uint8Array(100).fill(0xff));
  writeFileSync(path, lying);
  assert.throws(() => openGguf(path), sentence("format", /damaged|truncated|refused/));
  assert.throws(() => parseGguf(lying), sentence("format", /damaged|truncated|refused/));
});
