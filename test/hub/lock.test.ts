import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { findModel } from "#dist/hub/find-model.js";
import { type Home, newHome } from "../helpers/hub-options.js";
import { HubServer, sha256 } from "../helpers/hub-server.js";
import { seededBytes } from "../helpers/random.js";

const server = await HubServer.start();
const bytes = seededBytes(11, 300_000);
server.commit("one/file", { "m.gguf": bytes });

function inProcess(home: Home, more: Record<string, string> = {}): Promise<{ stdout: string }> {
  const script = fileURLToPath(new URL("fetch-process.js", import.meta.url));
  const options = JSON.stringify({ endpoint: server.endpoint });
  const env = { ...process.env, HOME: home.folder, USERPROFILE: home.folder, HF_HOME: "", ...more };
  return promisify(execFile)(process.execPath, [script, "hf:one/file", options], { env });
}

function lockPath(home: Home): string {
  const folder = join(home.hub, ".locks", "models--one--file");
  mkdirSync(folder, { recursive: true });
  return join(folder, `${sha256(bytes)}.llama2.lock`);
}

function bodies(): number {
  return server.seen.filter(({ at }) => at === "files").length;
}

test("several processes at once fetch a file once", async () => {
  const home = newHome(server);
  server.seen.length = 0;
  const found = await Promise.all([inProcess(home), inProcess(home), inProcess(home)]);
  for (const { stdout } of found) assert.deepEqual(readFileSync(stdout.trim()), bytes);
  assert.equal(bodies(), 1);
  assert.deepEqual(readdirSync(join(home.hub, ".locks", "models--one--file")), []);
});

test("several calls at once in a process fetch a file once, and those that wait say so", async () => {
  const home = newHome(server);
  server.seen.length = 0;
  const found = await Promise.all([1, 2, 3].map(() => findModel("hf:one/file", home.options())));
  for (const { path } of found) assert.deepEqual(readFileSync(path), bytes);
  assert.equal(bodies(), 1);
  assert.match(home.notices.join(), /Another process is downloading one\/file\/m.gguf; waiting for it\./);
});

test("the lock of a process that was killed is taken over, and its bytes are gone on with", async () => {
  const home = newHome(server);
  server.seen.length = 0;
  server.fault = ({ path }) => (path.startsWith("body ") ? { kind: "stall", after: 100_000 } : undefined);
  await assert.rejects(inProcess(home, { STOP_AT_FIRST_BYTES: "1" }));
  server.fault = () => undefined;
  assert.equal(readdirSync(join(home.hub, ".locks", "models--one--file")).length, 1);
  assert.deepEqual(readFileSync((await findModel("hf:one/file", home.options())).path), bytes);
  assert.deepEqual(home.notices, []);
});

test("a lock of another machine is waited for until it has been silent for minutes", async () => {
  const home = newHome(server);
  const path = lockPath(home);
  writeFileSync(path, JSON.stringify({ id: "x", pid: 1, host: `not-${hostname()}` }));
  let polls = 0;
  const sleep = async () => {
    if (++polls < 5) return;
    const long = new Date(Date.now() - 300_000);
    utimesSync(path, long, long);
  };
  assert.deepEqual(readFileSync((await findModel("hf:one/file", home.options({ outside: { sleep } }))).path), bytes);
  assert.equal(polls, 5);
});

test("waiting for a lock can be ended", async () => {
  const home = newHome(server);
  writeFileSync(lockPath(home), JSON.stringify({ id: "x", pid: process.pid, host: hostname() }));
  const person = new AbortController();
  const reason = new Error("Ctrl-C");
  const options = home.options({ signal: person.signal, onNotice: () => person.abort(reason) });
  await assert.rejects(findModel("hf:one/file", options), reason);
});
