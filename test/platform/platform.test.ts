import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { platform } from "#dist/platform/current.js";
import { toHex } from "#dist/platform/platform.js";
import { root } from "../helpers/paths.js";
import { sentence } from "../helpers/sentence.js";

/** Rooms that may know what they run on; the hub is files and a network through and through. */
const ROOMS = ["convert", "cli", "files", "hub", "platform"];

test("outside of the rooms that are for it, no module imports from Node", () => {
  const sources = join(root, "src");
  const found = readdirSync(sources, { recursive: true, encoding: "utf8" })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => file.endsWith(".ts") && !ROOMS.some((room) => file.startsWith(`${room}/`)))
    .filter((file) => /\bfrom "node:|\bimport\("node:/.test(readFileSync(join(sources, file), "utf8")));
  assert.deepEqual(found, []);
});

test("a digest is SHA-256 of all the bytes, however they come", () => {
  const bytes = new TextEncoder().encode("The cat sat on the mat.");
  const hash = platform.sha256();
  hash.update(bytes.subarray(0, 5));
  hash.update(bytes.subarray(5));
  assert.equal(toHex(hash.digest()), createHash("sha256").update(bytes).digest("hex"));
  assert.equal(toHex(Uint8Array.of(0, 10, 255)), "000aff");
});

test("the machine has cores and memory, and files of the package are found", () => {
  assert.ok(Number.isInteger(platform.physicalCores()) && platform.physicalCores() >= 1);
  assert.ok(platform.availableMemory() > 0);
  assert.deepEqual([...platform.readPackageFile("dist/kernels/simd.wasm").subarray(0, 4)], [0, 0x61, 0x73, 0x6d]);
  assert.throws(
    () => platform.readPackageFile("dist/none.wasm"),
    sentence("not-found", /dist\/none\.wasm of the package/),
  );
});

test("a turn lets what waits go first", async () => {
  let went = false;
  setImmediate(() => {
    went = true;
  });
  await platform.nextTurn();
  assert.ok(went);
});
