import assert from "node:assert/strict";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { scanCacheDir } from "@huggingface/hub";
import { LlamaError, type LlamaErrorCode } from "#dist/errors.js";
import { findModel } from "#dist/hub/find-model.js";
import { newHome } from "../helpers/hub-options.js";
import { HubServer, sha256, TOKEN } from "../helpers/hub-server.js";
import { seededBytes } from "../helpers/random.js";

const server = await HubServer.start();
const q4 = seededBytes(1, 30_000);
const q8 = seededBytes(2, 50_000);
const files = { "README.md": "hello", "m-Q4_K_M.gguf": q4, "m-Q8_0.gguf": q8 };

function refusal(code: LlamaErrorCode, message: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof LlamaError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    assert.ok(!error.message.includes(TOKEN) && !error.message.includes("signature"));
    return true;
  };
}

test("a model is fetched into the hub's cache as other programs lay it out, and found there the next time", async () => {
  const home = newHome(server);
  const commit = server.commit("tiny/model", files);
  const { path, name } = await findModel("hf:tiny/model", home.options());
  assert.equal(name, "hf:tiny/model");
  const folder = join(home.hub, "models--tiny--model");
  assert.equal(path, join(folder, "snapshots", commit, "m-Q4_K_M.gguf"));
  assert.deepEqual(readFileSync(path), q4);
  assert.equal(readlinkSync(path), join("..", "..", "blobs", sha256(q4)));
  assert.equal(readFileSync(join(folder, "refs", "main"), "utf8"), commit);
  const scan = await scanCacheDir(home.hub);
  assert.deepEqual(scan.warnings, []);
  assert.equal(scan.size, q4.length);
  server.seen.length = 0;
  assert.equal((await findModel("hf:tiny/model", home.options())).path, path);
  assert.ok(server.seen.length > 0 && server.seen.every((request) => request.path.startsWith("/api/")));
});

test("progress counts all parts, and says what was there before", async () => {
  const home = newHome(server);
  const parts = [1, 2].map((part): [string, Buffer] => [`s-0000${part}-of-00002.gguf`, seededBytes(part, 20_000)]);
  server.commit("split/model", Object.fromEntries(parts));
  const seen: { bytes: number; total: number | undefined; resumed: number; file: string }[] = [];
  const { paths } = await findModel("hf:split/model", home.options({ onProgress: (progress) => seen.push(progress) }));
  assert.deepEqual(
    paths.map((path) => readFileSync(path)),
    parts.map(([, bytes]) => bytes),
  );
  assert.ok(seen.every(({ total, resumed }) => total === 40_000 && resumed === 0));
  assert.deepEqual(seen.at(-1), { file: "s-00001-of-00002.gguf", bytes: 40_000, total: 40_000, resumed: 0 });
});

test("the list of files is read page by page", async () => {
  const home = newHome(server);
  const many = Object.fromEntries(Array.from({ length: 25 }, (_, i) => [`a${String(i).padStart(2, "0")}.txt`, "x"]));
  server.commit("many/files", { ...many, "z-Q8_0.gguf": q8 });
  server.pageSize = 7;
  const { path } = await findModel("hf:many/files", home.options());
  server.pageSize = 1000;
  assert.deepEqual(readFileSync(path), q8);
});

test("branches, tags, commits and their beginnings are revisions", async () => {
  const home = newHome(server);
  const first = server.commit("rev/isions", { "m.gguf": "one" });
  const second = server.commit("rev/isions", { "m.gguf": "two" });
  server.commit("rev/isions", { "m.gguf": "three" }, "feature/x");
  server.repo("rev/isions").tags.set("v1", first);
  const read = async (revision: string) =>
    readFileSync((await findModel(`hf:rev/isions${revision}`, home.options())).path, "utf8");
  assert.equal(await read(""), "two");
  assert.equal(await read("@v1"), "one");
  assert.equal(await read("@feature/x"), "three");
  assert.equal(await read(`@${first}`), "one");
  assert.equal(await read(`@${second.slice(0, 8)}`), "two");
  await assert.rejects(read("@nothing"), refusal("not-found", /has no branch, tag or commit nothing/));
  assert.deepEqual((await scanCacheDir(home.hub)).warnings, []);
});

test("without a branch called main the first one is taken", async () => {
  const home = newHome(server);
  server.commit("no/main", { "m.gguf": "master's" }, "master");
  const { path } = await findModel("hf:no/main", home.options());
  assert.equal(readFileSync(path, "utf8"), "master's");
  assert.equal((await findModel("hf:no/main", home.options({ offline: true }))).path, path);
});

test("a new commit with the same bytes fetches nothing, and one with other bytes only those", async () => {
  const home = newHome(server);
  server.commit("moves/on", files);
  const { path } = await findModel("hf:moves/on", home.options());
  const next = server.commit("moves/on", { ...files, "README.md": "changed" });
  server.seen.length = 0;
  const moved = await findModel("hf:moves/on", home.options());
  assert.ok(server.seen.every((request) => request.at === "hub"));
  assert.notEqual(moved.path, path);
  assert.equal(moved.commit, next);
  assert.equal(readFileSync(join(home.hub, "models--moves--on", "refs", "main"), "utf8"), next);
  assert.equal(readdirSync(join(home.hub, "models--moves--on", "blobs")).length, 1);
  assert.deepEqual((await scanCacheDir(home.hub)).warnings, []);
});

test("a commit in the cache needs no request, nor does anything offline", async () => {
  const home = newHome(server);
  const commit = server.commit("fixed/one", files);
  const { path } = await findModel("hf:fixed/one", home.options());
  server.seen.length = 0;
  assert.equal((await findModel(`hf:fixed/one@${commit}`, home.options())).path, path);
  for (const name of ["hf:fixed/one", "hf:fixed/one:q4_k_m", "hf:fixed/one/m-Q4_K_M.gguf", "hf:fixed/one@main"]) {
    assert.equal((await findModel(name, home.options({ offline: true }))).path, path);
  }
  await assert.rejects(
    findModel("hf:fixed/one:Q8_0", home.options({ offline: true })),
    refusal("not-found", /^hf:fixed\/one:Q8_0 is not in .*nothing is downloaded offline/),
  );
  assert.equal(server.seen.length, 0);
});

test("when the hub fails the cache serves, after one question, with a notice", async () => {
  const home = newHome(server);
  server.commit("falls/back", files);
  const { path } = await findModel("hf:falls/back", home.options());
  for (const status of [500, 429, 404, 401]) {
    server.fault = () => ({ kind: "status", status });
    server.seen.length = 0;
    home.notices.length = 0;
    assert.equal((await findModel("hf:falls/back", home.options())).path, path);
    assert.equal(server.seen.length, 1);
    assert.match(home.notices.join(), /^Using the copy on this machine: /);
  }
  server.fault = () => undefined;
  const gone = home.options({ endpoint: "http://127.0.0.1:2" });
  assert.equal((await findModel("hf:falls/back", gone)).path, path);
  assert.deepEqual(home.waits, []);
});

test("a hub that does not answer in time is not waited for when the cache can serve", async () => {
  const home = newHome(server);
  server.commit("slow/hub", files);
  const { path } = await findModel("hf:slow/hub", home.options());
  const never: typeof fetch = () => new Promise(() => {});
  const slow = home.options({
    outside: { fetch: never, askTimeout: 20, sleep: home.options().outside?.sleep ?? never } as never,
  });
  assert.equal((await findModel("hf:slow/hub", slow)).path, path);
  assert.match(home.notices.join(), /it has stopped sending/);
});

test("where the system says at once that there is no network, it is believed", async () => {
  const home = newHome(server);
  for (const code of ["ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ENETUNREACH"]) {
    let asked = 0;
    const refused: typeof fetch = () => {
      asked++;
      const cause = Object.assign(new Error(code), { code });
      return Promise.reject(new TypeError("fetch failed", { cause }));
    };
    await assert.rejects(
      findModel("hf:any/model", home.options({ outside: { fetch: refused } })),
      refusal("network", /^127\.0\.0\.1:\d+ cannot be reached: .*; check the network/),
    );
    assert.equal(asked, 1);
  }
  assert.deepEqual(home.waits, []);
});

test("gated, private and missing models are explained", async () => {
  const home = newHome(server);
  server.commit("gated/model", files);
  server.repo("gated/model").access = "gated";
  server.commit("private/model", files);
  server.repo("private/model").access = "private";
  const licence = new RegExp(
    `gated/model is gated: accept the license at ${server.endpoint}/gated/model, then set HF_TOKEN`,
  );
  const withToken = home.options({ hfToken: TOKEN });
  await assert.rejects(findModel("hf:gated/model", home.options()), refusal("access", licence));
  await assert.rejects(
    findModel("hf:gated/model", withToken),
    refusal("access", /the account of the token has no access/),
  );
  await assert.rejects(
    findModel("hf:private/model", home.options()),
    refusal("not-found", /if it is private, set HF_TOKEN/),
  );
  assert.deepEqual(readFileSync((await findModel("hf:private/model", withToken)).path), q4);
  await assert.rejects(findModel("hf:no/model", withToken), refusal("not-found", /no public model no\/model/));
  await assert.rejects(
    findModel("hf:private/model", home.options({ hfToken: "hf_wrong", cacheFolder: join(home.folder, "empty") })),
    refusal("access", /does not accept the access token/),
  );
  await assert.rejects(
    findModel("hf:private/model/none.gguf", withToken),
    refusal("not-found", /there are m-Q4_K_M.gguf, m-Q8_0/),
  );
  const [, ...others] = server.seen.filter(({ at }) => at === "files");
  assert.ok(others.every(({ authorization }) => authorization === undefined));
});

test("unsafe paths and files without a checksum are never touched", async () => {
  const home = newHome(server);
  const evil = {
    "../../../evil.gguf": "x",
    "/abs.gguf": "x",
    "C:evil.gguf": "x",
    "a\\..\\b.gguf": "x",
    "a//b.gguf": "x",
  };
  server.commit("evil/model", evil);
  await assert.rejects(
    findModel("hf:evil/model", home.options()),
    refusal("not-found", /no GGUF model in evil\/model/),
  );
  assert.deepEqual(
    readdirSync(home.folder).filter((name) => name !== ".cache"),
    [],
  );
});

test("a damaged file in the cache is fetched anew", async () => {
  const home = newHome(server);
  server.commit("cut/short", files);
  const { path } = await findModel("hf:cut/short", home.options());
  truncateSync(path, 10);
  assert.deepEqual(readFileSync((await findModel("hf:cut/short", home.options())).path), q4);
});

test("where links are forbidden the file itself is in the snapshot, and is not fetched again for the next commit", async () => {
  const home = newHome(server);
  const outside = { symlink: () => Promise.reject(Object.assign(new Error("not permitted"), { code: "EPERM" })) };
  server.commit("no/links", files);
  const { path } = await findModel("hf:no/links", home.options({ outside }));
  assert.ok(lstatSync(path).isFile());
  assert.deepEqual(readFileSync(path), q4);
  server.commit("no/links", { ...files, "README.md": "changed" });
  server.seen.length = 0;
  const moved = await findModel("hf:no/links", home.options({ outside }));
  assert.ok(server.seen.every((request) => request.at === "hub"));
  assert.deepEqual(readFileSync(moved.path), q4);
  assert.ok(existsSync(path));
  assert.deepEqual((await scanCacheDir(home.hub)).warnings, []);
});

test("a file in llama.cpp's old folder is read in place, if what is beside it names the repository", async () => {
  const home = newHome(server);
  server.commit("old/mo_del", { "m-Q4_K_M.gguf": q4 });
  const folder = join(home.folder, "old");
  mkdirSync(folder);
  writeFileSync(join(folder, "old_mo_del_m-Q4_K_M.gguf"), q4);
  const outside = { env: { HOME: home.folder, LLAMA_CACHE: folder } };
  const offline = home.options({ offline: true, outside });
  await assert.rejects(findModel("hf:old/mo_del", offline), refusal("not-found", /nothing is downloaded offline/));
  writeFileSync(join(folder, "manifest=old=mo_del=latest.json"), "{}");
  assert.equal((await findModel("hf:old/mo_del", offline)).path, join(folder, "old_mo_del_m-Q4_K_M.gguf"));
  server.seen.length = 0;
  assert.equal(
    (await findModel("hf:old/mo_del", home.options({ outside }))).path,
    join(folder, "old_mo_del_m-Q4_K_M.gguf"),
  );
  assert.ok(server.seen.every((request) => request.path.startsWith("/api/")));
  truncateSync(join(folder, "old_mo_del_m-Q4_K_M.gguf"), 7);
  const fresh = await findModel("hf:old/mo_del", home.options({ outside }));
  assert.deepEqual(readFileSync(fresh.path), q4);
  rmSync(folder, { recursive: true });
});
