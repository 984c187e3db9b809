import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { scanCacheDir } from "@huggingface/hub";
import { LlamaError } from "#dist/errors.js";
import { listCached, listPartial } from "#dist/hub/cached-models.js";
import { findModel } from "#dist/hub/find-model.js";
import { findRemovable, removeCached } from "#dist/hub/remove-cached.js";
import { type Home, newHome } from "../helpers/hub-options.js";
import { HubServer, sha256 } from "../helpers/hub-server.js";
import { seededBytes } from "../helpers/random.js";

const server = await HubServer.start();
const q4 = seededBytes(1, 3000);
const q8 = seededBytes(2, 5000);
const parts = [1, 2].map((part): [string, Buffer] => [
  `f/m-F16-0000${part}-of-00002.gguf`,
  seededBytes(part + 2, 4000),
]);
server.commit("o/r", { "README.md": "x", "m-Q4_K_M.gguf": q4, "m-Q8_0.gguf": q8, ...Object.fromEntries(parts) });

function putOllama(store: string, model: string, bytes: Buffer): string {
  const manifest = join(store, "manifests", "registry.ollama.ai", "library", model, "latest");
  const blob = join(store, "blobs", `sha256-${sha256(bytes)}`);
  mkdirSync(dirname(manifest), { recursive: true });
  mkdirSync(dirname(blob), { recursive: true });
  writeFileSync(blob, bytes);
  const layers = [
    { mediaType: "application/vnd.ollama.image.template", digest: `sha256:${"0".repeat(64)}` },
    { mediaType: "application/vnd.ollama.image.model", digest: `sha256:${sha256(bytes)}` },
  ];
  writeFileSync(manifest, JSON.stringify({ schemaVersion: 2, layers }));
  return blob;
}

async function fill(): Promise<Home> {
  const home = newHome(server);
  for (const name of ["hf:o/r", "hf:o/r:Q8_0", "hf:o/r:F16"]) await findModel(name, home.options());
  return home;
}

test("what was downloaded is listed with its name, size, type and last use, whosever folder it is in", async () => {
  const home = await fill();
  server.files.set("/a/m-Q2_K.gguf", { bytes: q8, etag: '"1"' });
  await findModel(`${server.filesOrigin}/a/m-Q2_K.gguf`, home.options());
  const blob = putOllama(join(home.folder, ".ollama", "models"), "llama2", q4);
  const found = listCached(home.options()).map(({ name, size, source, quant }) => ({ name, size, source, quant }));
  assert.deepEqual(found, [
    { name: "hf:o/r/f/m-F16-00001-of-00002.gguf", size: 8000, source: "hub", quant: "F16" },
    { name: "hf:o/r/m-Q4_K_M.gguf", size: 3000, source: "hub", quant: "Q4_K_M" },
    { name: "hf:o/r/m-Q8_0.gguf", size: 5000, source: "hub", quant: "Q8_0" },
    { name: `${server.filesOrigin}/a/m-Q2_K.gguf`, size: 5000, source: "url", quant: "Q2_K" },
    { name: "ollama:llama2:latest", size: 3000, source: "ollama", quant: undefined },
  ]);
  assert.equal((await findModel("ollama:llama2", home.options())).path, blob);
  for (const { name, path } of listCached(home.options())) {
    assert.deepEqual((await findModel(name, home.options({ offline: true }))).path, path);
  }
});

test("a model that is used is marked as used, and keeps the time of its last change", async () => {
  const home = await fill();
  const long = new Date(2020, 1, 1);
  const model = () => listCached(home.options()).find(({ quant }) => quant === "Q8_0");
  utimesSync(model()?.path ?? "", long, long);
  assert.deepEqual(model()?.lastUsed, long);
  await findModel("hf:o/r:Q8_0", home.options({ offline: true }));
  assert.ok((model()?.lastUsed.getTime() ?? 0) > long.getTime());
});

test("an ollama model that is not there is refused with those that are, and a damaged manifest with what to do", async () => {
  const home = newHome(server);
  const store = join(home.folder, ".ollama", "models");
  await assert.rejects(
    findModel("ollama:llama2", home.options()),
    /in ollama's store on this machine .*; there are none\.$/,
  );
  putOllama(store, "llama2", q4);
  await assert.rejects(findModel("ollama:mistral", home.options()), /there are ollama:llama2:latest\.$/);
  for (const manifest of [
    "{",
    "[]",
    "{}",
    '{"layers":[{"mediaType":"application/vnd.ollama.image.model","digest":"sha256:../../x"}]}',
  ]) {
    writeFileSync(join(store, "manifests", "registry.ollama.ai", "library", "llama2", "latest"), manifest);
    await assert.rejects(
      findModel("ollama:llama2", home.options()),
      (error) => error instanceof LlamaError && error.code === "format",
    );
  }
});

test("a model is removed with its bytes, and the rest of the cache stays whole", async () => {
  const home = await fill();
  const folder = join(home.hub, "models--o--r");
  assert.deepEqual(
    findRemovable("hf:o/r:F16", home.options()).models.map(({ quant }) => quant),
    ["F16"],
  );
  const { freed, models } = await removeCached("hf:o/r:F16", home.options());
  assert.equal(freed, 8000);
  assert.equal(models.length, 1);
  assert.equal(readdirSync(join(folder, "blobs")).length, 2);
  assert.deepEqual((await scanCacheDir(home.hub)).warnings, []);
  assert.deepEqual(
    listCached(home.options()).map(({ quant }) => quant),
    ["Q4_K_M", "Q8_0"],
  );
  await removeCached("hf:o/r/m-Q4_K_M.gguf", home.options());
  await assert.rejects(
    removeCached("hf:o/r:Q4_K_M", home.options()),
    /There is no Q4_K_M file in o\/r; there are m-Q8_0.gguf/,
  );
  assert.equal((await removeCached("hf:o/r", home.options())).freed, 5000);
  assert.ok(!existsSync(folder));
  await assert.rejects(removeCached("hf:o/r", home.options()), /is not among the downloaded models; there are none/);
});

test("removing leaves what another commit uses, and files that are not models", async () => {
  const home = newHome(server);
  server.commit("two/commits", { "a.gguf": q4, "b.gguf": q8, "config.json": "{}" });
  await findModel("hf:two/commits/a.gguf", home.options());
  await findModel("hf:two/commits/config.json", home.options());
  server.commit("two/commits", { "a.gguf": q4, "b.gguf": seededBytes(9, 100), "config.json": "{}" });
  await findModel("hf:two/commits/a.gguf", home.options());
  const { freed } = await removeCached("hf:two/commits", home.options());
  assert.equal(freed, q4.length);
  const folder = join(home.hub, "models--two--commits");
  const blobs = readdirSync(join(folder, "blobs"));
  assert.deepEqual(
    blobs.map((name) => readFileSync(join(folder, "blobs", name), "utf8")),
    ["{}"],
  );
  assert.equal(readdirSync(join(folder, "snapshots")).length, 1);
  assert.deepEqual(readdirSync(join(folder, "refs")), []);
  assert.deepEqual((await scanCacheDir(home.hub)).warnings, []);
});

test("two versions of a file are listed and removed each by its commit", async () => {
  const home = newHome(server);
  const old = server.commit("two/versions", { "a.gguf": q4 });
  await findModel("hf:two/versions", home.options());
  server.commit("two/versions", { "a.gguf": q8 });
  await findModel("hf:two/versions", home.options());
  const names = ["hf:two/versions/a.gguf", `hf:two/versions/a.gguf@${old}`];
  assert.deepEqual(
    listCached(home.options()).map(({ name }) => name),
    names,
  );
  assert.equal((await removeCached(names[1] ?? "", home.options())).freed, q4.length);
  assert.deepEqual(
    listCached(home.options()).map(({ name }) => name),
    [names[0]],
  );
  assert.deepEqual((await scanCacheDir(home.hub)).warnings, []);
});

test("a broken-off download goes with the last model, unless a process is at it", async () => {
  const home = newHome(server);
  await findModel("hf:o/r", home.options());
  const folder = join(home.hub, "models--o--r");
  const oid = createHash("sha256").update("x").digest("hex");
  writeFileSync(join(folder, "blobs", `${oid}.llama2.incomplete`), "12345");
  const lock = join(home.hub, ".locks", "models--o--r", `${oid}.llama2.lock`);
  writeFileSync(lock, JSON.stringify({ id: "x", pid: process.pid, host: (await import("node:os")).hostname() }));
  assert.equal((await removeCached("hf:o/r", home.options())).freed, q4.length);
  assert.deepEqual(readdirSync(join(folder, "blobs")), [`${oid}.llama2.incomplete`]);
  const other = newHome(server);
  await findModel("hf:o/r", other.options());
  writeFileSync(join(other.hub, "models--o--r", "blobs", `${oid}.llama2.incomplete`), "12345");
  assert.equal((await removeCached("hf:o/r", other.options())).freed, q4.length + 5);
});

test("a download that was broken off is listed, and removed by its repository", async () => {
  const home = newHome(server);
  const person = new AbortController();
  const onProgress = ({ bytes }: { bytes: number }) => {
    if (bytes > 0) person.abort(new Error("Ctrl-C"));
  };
  await assert.rejects(findModel("hf:o/r", home.options({ signal: person.signal, onProgress })), /Ctrl-C/);
  const [partial] = listPartial(home.options());
  assert.equal(partial?.name, "hf:o/r");
  assert.deepEqual(listCached(home.options()), []);
  assert.deepEqual(await removeCached("hf:o/r", home.options()), { models: [], freed: partial?.bytes });
  assert.deepEqual(listPartial(home.options()), []);
});

test("an address is removed; what is not ours is not", async () => {
  const home = newHome(server);
  const url = `${server.filesOrigin}/b/m.gguf`;
  server.files.set("/b/m.gguf", { bytes: q8, etag: '"1"' });
  const { path } = await findModel(url, home.options());
  assert.ok((await removeCached(url, home.options())).freed >= q8.length);
  assert.ok(!existsSync(dirname(path)));
  await assert.rejects(removeCached("ollama:llama2", home.options()), /belongs to ollama; remove it with "ollama rm"/);
  await assert.rejects(removeCached("./m.gguf", home.options()), /is a path; only downloaded models are removed/);
});
