import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { LlamaError } from "#dist/errors.js";
import { findModel } from "#dist/hub/find-model.js";
import { newHome } from "../helpers/hub-options.js";
import { type Fault, HubServer, TOKEN } from "../helpers/hub-server.js";
import { seededBytes } from "../helpers/random.js";

const server = await HubServer.start();
const first = seededBytes(1, 300_000);
const second = seededBytes(2, 300_000);

function serve(path: string, bytes: Buffer, version: { etag?: string; lastModified?: string }): string {
  server.files.set(path, { bytes, ...version });
  return `${server.filesOrigin}${path}`;
}

function faults(...list: readonly (Fault | undefined)[]): void {
  const left = [...list];
  server.seen.length = 0;
  server.fault = ({ path }) => (path.startsWith("body ") ? left.shift() : undefined);
}

test("a file at an address is fetched, asked for once the next time, and fetched anew when it has changed", async () => {
  const home = newHome(server);
  const url = serve("/a/m.gguf", first, { etag: '"1"' });
  faults();
  const { path } = await findModel(url, home.options({ hfToken: TOKEN }));
  assert.deepEqual(readFileSync(path), first);
  server.seen.length = 0;
  assert.equal((await findModel(url, home.options({ hfToken: TOKEN }))).path, path);
  assert.equal(server.seen.length, 1);
  serve("/a/m.gguf", second, { etag: '"2"' });
  assert.equal((await findModel(url, home.options({ hfToken: TOKEN }))).path, path);
  assert.deepEqual(readFileSync(path), second);
  assert.ok(server.seen.every(({ authorization }) => authorization === undefined));
  server.seen.length = 0;
  assert.equal((await findModel(url, home.options({ offline: true }))).path, path);
  assert.equal(server.seen.length, 0);
  assert.deepEqual(readdirSync(dirname(path)), ["m.gguf", "m.gguf.json"]);
});

test("a file that changes between a cut and its resumption is never mixed from two", async () => {
  const versions = [
    [{ etag: '"1"' }, { etag: '"2"' }],
    [{ lastModified: "Mon, 01 Jan 2024 00:00:00 GMT" }, { lastModified: "Tue, 02 Jan 2024 00:00:00 GMT" }],
    [{ etag: 'W/"1"' }, { etag: 'W/"1"' }],
    [{}, {}],
  ] as const;
  for (const [i, [before, then]] of versions.entries()) {
    const home = newHome(server);
    const path = `/changes/${i}.gguf`;
    const url = serve(path, first, before);
    faults({ kind: "stall", after: 100_000 });
    const onProgress = ({ bytes }: { bytes: number }) => {
      if (bytes !== 100_000) return;
      serve(path, second, then);
      server.cut();
    };
    const { path: found } = await findModel(url, home.options({ onProgress }));
    assert.deepEqual(readFileSync(found), second, JSON.stringify(before));
    assert.equal(server.seen.length, 2);
  }
});

test("a download of an address is gone on with by the next run only if it is still the same file", async () => {
  for (const isSame of [true, false]) {
    const home = newHome(server);
    const path = `/resume/${isSame}.gguf`;
    const url = serve(path, first, { etag: '"1"' });
    faults();
    const person = new AbortController();
    const onProgress = ({ bytes }: { bytes: number }) => {
      if (bytes > 0) person.abort(new Error("Ctrl-C"));
    };
    await assert.rejects(findModel(url, home.options({ signal: person.signal, onProgress })), /Ctrl-C/);
    if (!isSame) serve(path, second, { etag: '"2"' });
    server.seen.length = 0;
    assert.deepEqual(readFileSync((await findModel(url, home.options())).path), isSame ? first : second);
    assert.match(server.seen[0]?.range ?? "", /^bytes=\d+-$/);
    assert.equal(server.seen.length, 1);
  }
});

test("the parts of a split are all fetched, and lie side by side", async () => {
  const home = newHome(server);
  faults();
  const url = serve("/s/m-00001-of-00002.gguf", first, { etag: '"1"' });
  serve("/s/m-00002-of-00002.gguf", second, { etag: '"2"' });
  const { paths } = await findModel(url, home.options());
  assert.deepEqual(
    paths.map((path) => readFileSync(path)),
    [first, second],
  );
  assert.deepEqual(
    paths.map((path) => path.slice(dirname(paths[0] ?? "").length + 1)),
    ["m-00001-of-00002.gguf", "m-00002-of-00002.gguf"],
  );
});

test("files of one name at different addresses do not meet, and odd names are harmless", async () => {
  const home = newHome(server);
  faults();
  const one = await findModel(serve("/x/m.gguf", first, {}), home.options());
  const two = await findModel(serve("/y/m.gguf", second, {}), home.options());
  assert.deepEqual(readFileSync(one.path), first);
  assert.deepEqual(readFileSync(two.path), second);
  const odd = await findModel(serve("/z/..%2F..%2Fevil", first, {}), home.options());
  assert.ok(odd.path.startsWith(join(home.folder, ".cache", "llama2")) || process.platform !== "linux");
  assert.match(odd.path, /model\.gguf$/);
});

test("an address without a file, or without a server, is refused in a sentence", async () => {
  const home = newHome(server);
  faults();
  const refused = (name: string, code: string, message: RegExp) =>
    assert.rejects(findModel(name, home.options()), (error) => {
      assert.ok(error instanceof LlamaError && error.code === code, String(error));
      assert.match(error.message, message);
      return true;
    });
  await refused(`${server.filesOrigin}/none.gguf`, "not-found", /has no such file; check the address/);
  await refused("http://127.0.0.1:2/m.gguf", "network", /cannot be reached: the connection was refused/);
  assert.deepEqual(home.waits, []);
  await assert.rejects(
    findModel("https://example.org/m.gguf", home.options({ offline: true })),
    /nothing is downloaded offline/,
  );
});
