import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { findModel } from "#dist/hub/find-model.js";
import { FileLock } from "#dist/hub/lock.js";
import { thisProcess } from "#dist/hub/lock-holder.js";
import { resolveHubSettings } from "#dist/hub/settings.js";
import { type Home, newHome } from "../helpers/hub-options.js";
import { HubServer, sha256 } from "../helpers/hub-server.js";
import { isWhole, spread } from "../helpers/long.js";
import { seededBytes } from "../helpers/random.js";
import { temporaryFolder } from "../helpers/temporary.js";

const isLinux = process.platform === "linux";

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

async function until(isDone: () => boolean): Promise<void> {
  while (!isDone()) await setImmediate();
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

/** Writes a lock of somebody; `undefined` leaves out what only some systems say. */
function lockOf(home: Home, holder: object): string {
  const path = lockPath(home);
  writeFileSync(path, JSON.stringify({ id: "x", ...holder }));
  return path;
}

/** The lock that this process, or another one of this machine, would write. */
function lockOfProcess(pid: number): { pid: number; host: string; started?: string | undefined } {
  return { ...thisProcess("x"), pid };
}

test("a lock of another machine is waited for until it has been silent for minutes, whatever its clock says", async () => {
  for (const hours of spread([5, -5, 0], 2)) {
    const home = newHome(server);
    const path = lockOf(home, { pid: 1, host: `not-${hostname()}` });
    const touch = (second: number) => utimesSync(path, new Date(), new Date(Date.now() + hours * 3_600_000 + second));
    touch(0);
    let polls = 0;
    const sleep = async () => {
      if (++polls < 400 && polls % 40 === 0) touch(polls * 250);
    };
    assert.deepEqual(readFileSync((await findModel("hf:one/file", home.options({ outside: { sleep } }))).path), bytes);
    assert.equal(polls, 360 + 120_000 / 250); // it was alive at the 360th look
    assert.deepEqual(readdirSync(dirname(path)), []);
  }
});

test("a process that lives is not succeeded, and another one that has its number by now is", {
  skip: !isLinux,
}, async () => {
  const home = newHome(server);
  lockOf(home, lockOfProcess(process.pid));
  const person = new AbortController();
  let polls = 0;
  const sleep = async () => {
    if (++polls === (isWhole ? 2000 : 600)) person.abort(new Error("enough"));
  };
  await assert.rejects(findModel("hf:one/file", home.options({ signal: person.signal, outside: { sleep } })), /enough/);
  lockOf(home, { ...lockOfProcess(process.pid), started: "1" });
  polls = 0;
  await findModel("hf:one/file", home.options({ outside: { sleep } }));
  assert.equal(polls, 0);
});

test("of many processes that find a dead lock and a dead turn at once, one takes over", async () => {
  const dead = (await promisify(execFile)(process.execPath, ["-p", "process.pid"])).stdout.trim();
  for (let round = 0; round < (isWhole ? 3 : 1); round++) {
    const home = newHome(server);
    server.seen.length = 0;
    const path = lockOf(home, lockOfProcess(Number(dead)));
    writeFileSync(`${path}.turn`, readFileSync(path));
    const found = await Promise.all(Array.from({ length: isWhole ? 6 : 4 }, () => inProcess(home)));
    for (const { stdout } of found) assert.deepEqual(readFileSync(stdout.trim()), bytes);
    assert.equal(bodies(), 1);
    assert.deepEqual(readdirSync(dirname(path)), []);
  }
});

test("a lock that was taken over is neither renewed nor released, and nothing more is written under it", async (t) => {
  t.mock.timers.enable({ apis: ["setInterval", "Date"], now: Date.now() });
  const home = newHome(server);
  const path = lockPath(home);
  const lock = await FileLock.acquire(path, resolveHubSettings(home.options()), "it");
  await lock.assertHeld();
  const long = new Date(Math.floor(Date.now() / 1000 - 3600) * 1000); // Node 22 rounds parts of a second
  utimesSync(path, long, long);
  t.mock.timers.tick(10_000);
  await until(() => statSync(path).mtimeMs > long.getTime());
  lockOf(home, lockOfProcess(1));
  utimesSync(path, long, long);
  t.mock.timers.tick(10_000);
  await assert.rejects(lock.assertHeld(), /Another process has taken over the download/);
  await lock.release();
  assert.equal(JSON.parse(readFileSync(path, "utf8")).pid, 1);
  assert.equal(statSync(path).mtimeMs, long.getTime());
});

test("a process that was stopped while another one took over does not touch the file again", async () => {
  const home = newHome(server);
  server.seen.length = 0;
  const blobs = join(home.hub, "models--one--file", "blobs");
  const left = Buffer.alloc(200_000, 1); // what the new holder has by now
  let isTaken = false;
  const onProgress = ({ bytes: arrived }: { bytes: number }) => {
    if (arrived === 0 || isTaken) return;
    isTaken = true;
    lockOf(home, lockOfProcess(1));
    writeFileSync(join(blobs, `${sha256(bytes)}.llama2.incomplete`), left);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1200);
  };
  await assert.rejects(findModel("hf:one/file", home.options({ onProgress })), /has taken over the download/);
  assert.deepEqual(readFileSync(join(blobs, `${sha256(bytes)}.llama2.incomplete`)), left);
});

test("a lock that a full disk left half written is not left behind", async (t) => {
  const folder = join(temporaryFolder(), "full");
  mkdirSync(folder);
  if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=4k", "tmpfs", folder]).status !== 0) {
    return t.skip("this user may not mount a small file system");
  }
  try {
    writeFileSync(join(folder, "all"), Buffer.alloc(4096));
    const settings = resolveHubSettings(newHome(server).options());
    await assert.rejects(FileLock.acquire(join(folder, "l.lock"), settings, "it"), /The disk is full at/);
    assert.deepEqual(readdirSync(folder), ["all"]);
  } finally {
    spawnSync("umount", [folder]);
  }
});

test("waiting for a lock can be ended", async () => {
  const home = newHome(server);
  lockOf(home, lockOfProcess(process.pid));
  const person = new AbortController();
  const reason = new Error("Ctrl-C");
  const options = home.options({ signal: person.signal, onNotice: () => person.abort(reason) });
  await assert.rejects(findModel("hf:one/file", options), reason);
});
