import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { LlamaError } from "#dist/errors.js";
import { openRemoteFiles, readHead } from "#dist/hub/remote-file.js";
import { newHome } from "../helpers/hub-options.js";
import { type Fault, HubServer, TOKEN } from "../helpers/hub-server.js";
import { seededBytes } from "../helpers/random.js";

const server = await HubServer.start();
const bytes = seededBytes(3, 5_000_000);
const small = seededBytes(4, 1000);
server.commit("o/r", {
  "m-Q4_K_M.gguf": bytes,
  "s-Q2_K-00001-of-00002.gguf": small,
  "s-Q2_K-00002-of-00002.gguf": bytes,
});

function faults(...list: readonly (Fault | undefined)[]): void {
  const left = [...list];
  server.seen.length = 0;
  server.fault = ({ path }) => (path.startsWith("body ") ? left.shift() : undefined);
}

test("the head of a file grows as more is asked for, and nothing is fetched twice", async () => {
  const home = newHome(server);
  faults();
  const [file] = await openRemoteFiles("hf:o/r", home.options({ hfToken: TOKEN }));
  assert.ok(file);
  assert.equal(file.name, "hf:o/r/m-Q4_K_M.gguf");
  assert.equal(file.size, bytes.length);
  assert.deepEqual(Buffer.from(await file.head(10)), bytes.subarray(0, 10));
  assert.deepEqual(Buffer.from(await file.head(100_000)), bytes.subarray(0, 100_000));
  assert.deepEqual(Buffer.from(await file.head(1_000_000)), bytes.subarray(0, 1_000_000));
  assert.ok(file.fetched < 1_400_000);
  const ranges = server.seen.filter(({ at }) => at === "files").map(({ range }) => range);
  assert.deepEqual(ranges, ["bytes=0-262143", "bytes=262144-999999"]);
  assert.ok(server.seen.every(({ at, authorization }) => at === "hub" || authorization === undefined));
  file.close();
  assert.ok(!existsSync(home.hub));
});

test("a file is read to its end where more is asked for than it has", async () => {
  const home = newHome(server);
  faults();
  const files = await openRemoteFiles("hf:o/r:Q2_K", home.options());
  assert.equal(files.length, 2);
  assert.deepEqual(Buffer.from((await files[0]?.head(1 << 20)) ?? []), small);
  server.files.set("/m.gguf", { bytes: small });
  assert.deepEqual(Buffer.from(await readHead(`${server.filesOrigin}/m.gguf`, 1 << 20, home.options())), small);
  server.files.set("/empty.gguf", { bytes: Buffer.alloc(0) });
  assert.equal((await readHead(`${server.filesOrigin}/empty.gguf`, 1 << 20, home.options())).length, 0);
});

test("a server without ranges is read as far as is needed", async () => {
  const home = newHome(server);
  server.fault = ({ path }) => (path.startsWith("body ") ? { kind: "no-ranges" } : undefined);
  server.seen.length = 0;
  const [file] = await openRemoteFiles("hf:o/r", home.options());
  for (const length of [10, 300_000, 900_000]) {
    assert.deepEqual(Buffer.from((await file?.head(length)) ?? []), bytes.subarray(0, length));
  }
  assert.ok((file?.fetched ?? 0) < 1_200_000);
  assert.equal(server.seen.filter(({ at }) => at === "files").length, 1);
  file?.close();
});

test("cuts, stalls and refusals on the way are gone on after", async () => {
  const home = newHome(server);
  faults({ kind: "cut", after: 100_000 }, { kind: "no-ranges" }, { kind: "stall", after: 5 });
  const options = home.options({ outside: { stallTimeout: 500 } });
  assert.deepEqual(Buffer.from(await readHead("hf:o/r", 3_000_000, options)), bytes.subarray(0, 3_000_000));
});

test("a file that changes while it is read is refused, and so is a header without end", async () => {
  const home = newHome(server);
  faults();
  server.files.set("/c.gguf", { bytes, etag: '"1"' });
  const [file] = await openRemoteFiles(`${server.filesOrigin}/c.gguf`, home.options());
  await file?.head(10);
  server.files.set("/c.gguf", { bytes, etag: '"2"' });
  await assert.rejects(async () => file?.head(1_000_000), /has changed on the server while it was read/);
  await assert.rejects(
    async () => file?.head(2 ** 40),
    (error) => error instanceof LlamaError && error.code === "format",
  );
});

test("a gated model, a missing file and being offline are explained", async () => {
  const home = newHome(server);
  faults();
  server.commit("g/r", { "m.gguf": bytes });
  server.repo("g/r").access = "gated";
  await assert.rejects(readHead("hf:g/r", 10, home.options()), /g\/r is gated: accept the license at/);
  await assert.rejects(readHead("hf:o/r:Q9", 10, home.options()), /There is no Q9 file/);
  await assert.rejects(readHead("hf:o/r", 10, home.options({ offline: true })), /nothing is fetched offline/);
  await assert.rejects(readHead("./m.gguf", 10, home.options()), /is on this machine/);
});
