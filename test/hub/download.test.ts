import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { LlamaError } from "#dist/errors.js";
import { findModel } from "#dist/hub/find-model.js";
import type { HubOptions } from "#dist/hub/settings.js";
import { type Home, newHome } from "../helpers/hub-options.js";
import { type Fault, HubServer, sha256 } from "../helpers/hub-server.js";
import { seededBytes } from "../helpers/random.js";
import { temporaryFolder } from "../helpers/temporary.js";

const server = await HubServer.start();
const bytes = seededBytes(5, 400_000);
server.commit("one/file", { "m.gguf": bytes, "notes.txt": "not in large file storage" });

/** Gives the bodies of files these faults, one after the other, and none after them. */
function faults(...list: readonly (Fault | undefined)[]): void {
  const left = [...list];
  server.seen.length = 0;
  server.fault = ({ path }) => (path.startsWith("body ") ? left.shift() : undefined);
}

function ranges(): (string | undefined)[] {
  return server.seen.filter(({ at }) => at === "files").map(({ range }) => range);
}

function blobs(home: Home, repo = "one--file"): string[] {
  return readdirSync(join(home.hub, `models--${repo}`, "blobs"));
}

/** Cuts the connections when so many bytes have arrived, one figure after the other. */
function cutAt(...places: number[]): HubOptions {
  return {
    onProgress: ({ bytes: arrived }) => {
      if (arrived !== places[0]) return;
      places.shift();
      server.cut();
    },
  };
}

const incomplete = `${sha256(bytes)}.llama2.incomplete`;

test("a connection that is cut is gone on with from where it was", async () => {
  const home = newHome(server);
  faults({ kind: "stall", after: 100_000 }, { kind: "stall", after: 50_000 });
  const { path } = await findModel("hf:one/file", home.options(cutAt(100_000, 150_000)));
  assert.deepEqual(readFileSync(path), bytes);
  assert.deepEqual(ranges(), [undefined, "bytes=100000-", "bytes=150000-"]);
});

test("a download that was ended by hand is gone on with by the next run, its bytes checked again", async () => {
  const home = newHome(server);
  faults();
  const person = new AbortController();
  const reason = new Error("Ctrl-C");
  const onProgress = () => person.abort(reason);
  await assert.rejects(findModel("hf:one/file", home.options({ signal: person.signal, onProgress })), reason);
  const { size } = statSync(join(home.hub, "models--one--file", "blobs", incomplete));
  assert.ok(size < bytes.length);
  const resumed: number[] = [];
  const again = home.options({ onProgress: (progress) => resumed.push(progress.resumed) });
  assert.deepEqual(readFileSync((await findModel("hf:one/file", again)).path), bytes);
  if (size > 0) {
    assert.equal(ranges().at(-1), `bytes=${size}-`);
    assert.equal(resumed.at(-1), size);
  }
  assert.deepEqual(blobs(home), [sha256(bytes)]);
});

test("what an earlier run has left, and is wrong, costs a fresh start and no more", async () => {
  const home = newHome(server);
  const folder = join(home.hub, "models--one--file", "blobs");
  for (const left of [bytes.subarray(7, 5000), Buffer.concat([bytes, bytes])]) {
    faults();
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, incomplete), left);
    assert.deepEqual(readFileSync((await findModel("hf:one/file", home.options())).path), bytes);
    assert.equal(ranges().at(-1), undefined);
    execFileSync(process.execPath, ["-e", `fs.rmSync(${JSON.stringify(home.hub)}, { recursive: true })`]);
  }
});

test("a file in git itself is checked by git's own checksum", async () => {
  const home = newHome(server);
  faults({ kind: "corrupt", at: 3 });
  const { path } = await findModel("hf:one/file/notes.txt", home.options());
  assert.equal(readFileSync(path, "utf8"), "not in large file storage");
  assert.match(blobs(home).join(), /^[0-9a-f]{40}$/);
});

test("wrong bytes are thrown away; when they keep coming the file is refused and nothing is kept", async () => {
  const home = newHome(server);
  faults({ kind: "corrupt", at: 1000 });
  const { path } = await findModel("hf:one/file", home.options());
  assert.deepEqual(readFileSync(path), bytes);
  const other = newHome(server);
  const wrong: Fault = { kind: "corrupt", at: 9 };
  faults(wrong, wrong, wrong, wrong);
  await assert.rejects(findModel("hf:one/file", other.options()), (error) => {
    assert.ok(error instanceof LlamaError && error.code === "integrity");
    assert.match(
      error.message,
      /came out wrong 3 times: its checksum is not the one that the hub gives; nothing of it was kept/,
    );
    return true;
  });
  assert.deepEqual(blobs(other), []);
});

test("a server without ranges is begun anew with, and a range that begins elsewhere is not taken", async () => {
  const home = newHome(server);
  faults({ kind: "stall", after: 100_000 }, { kind: "no-ranges" });
  assert.deepEqual(readFileSync((await findModel("hf:one/file", home.options(cutAt(100_000)))).path), bytes);
  const other = newHome(server);
  faults({ kind: "stall", after: 100_000 }, { kind: "shifted" }, undefined);
  assert.deepEqual(readFileSync((await findModel("hf:one/file", other.options(cutAt(100_000)))).path), bytes);
  assert.deepEqual(ranges(), [undefined, "bytes=100000-", "bytes=100000-"]);
});

test("a server that always breaks off at the same place is given up", async () => {
  const home = newHome(server);
  server.fault = ({ path }) => (path.startsWith("body ") ? { kind: "cut", after: 0 } : undefined);
  await assert.rejects(findModel("hf:one/file", home.options()), (error) => {
    return (
      error instanceof LlamaError &&
      error.code === "network" &&
      /run the same command again to resume/.test(error.message)
    );
  });
  assert.equal(home.waits.length, 4);
  assert.ok(home.waits.every((wait, i) => wait >= 750 * 2 ** i && wait <= 1250 * 2 ** i));
});

test("a server that stops sending is left, and gone on with", async () => {
  const home = newHome(server);
  faults({ kind: "stall", after: 100_000 });
  const { path } = await findModel("hf:one/file", home.options({ outside: { stallTimeout: 1000 } }));
  assert.deepEqual(readFileSync(path), bytes);
  assert.ok(ranges().length > 1);
});

test("a server that asks to wait is waited for as long, in seconds, as a date, or in the hub's own words", async () => {
  const date = new Date(Date.now() + 40_000).toUTCString();
  const asked: [Record<string, string>, number, number][] = [
    [{ "retry-after": "17" }, 17_000, 17_000],
    [{ "retry-after": date }, 20_000, 40_000],
    [{ ratelimit: '"resolvers";r=0;t=55' }, 55_000, 55_000],
  ];
  for (const [headers, least, most] of asked) {
    const home = newHome(server);
    let isFirst = true;
    server.fault = ({ at }) => {
      if (at === "hub" || !isFirst) return undefined;
      isFirst = false;
      return { kind: "status", status: 429, headers };
    };
    assert.deepEqual(readFileSync((await findModel("hf:one/file", home.options())).path), bytes);
    const [wait = 0] = home.waits;
    assert.ok(wait >= least && wait <= most, `${wait}`);
    assert.match(home.notices.join(), /^localhost:\d+ is busy; trying again in \d+ s\.$/);
  }
});

test("a server that asks for hours is not waited for", async () => {
  const home = newHome(server);
  server.fault = () => ({ kind: "status", status: 429, headers: { "retry-after": "7200" } });
  await assert.rejects(
    findModel("hf:one/file", home.options()),
    /too many requests from here; try again in 7200 s, or with a token/,
  );
  assert.deepEqual(home.waits, []);
});

test("a disk with too little room is refused before the first byte", async () => {
  const home = newHome(server);
  faults();
  const freeBytes = async () => 1000;
  await assert.rejects(findModel("hf:one/file", home.options({ outside: { freeBytes } })), (error) => {
    assert.ok(error instanceof LlamaError && error.code === "unwritable");
    assert.match(error.message, /needs 400\.0 kB, and the disk of .* has 1\.0 kB free; make room, or set HF_HOME/);
    return true;
  });
  assert.deepEqual(ranges(), []);
});

test("a cache that cannot be made is one sentence, also where the system says that its folders are missing", async () => {
  const home = newHome(server);
  faults();
  const file = join(home.folder, "file");
  writeFileSync(file, "");
  const places: [string, RegExp][] = [[join(file, "hub"), /blobs cannot be written: not a directory\.$/]];
  if (process.platform === "linux") places.push(["/proc/hub", /blobs cannot be written: no such file or directory\.$/]);
  for (const [cacheFolder, sentence] of places) {
    await assert.rejects(findModel("hf:one/file", home.options({ cacheFolder })), sentence);
  }
});

test("a disk that fills up leaves a clear sentence, and what has arrived", async (t) => {
  const folder = join(temporaryFolder(), "small");
  mkdirSync(folder);
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=200k", "tmpfs", folder]);
  if (mounted.status !== 0) return t.skip("this user may not mount a small file system");
  after(() => spawnSync("umount", [folder]));
  try {
    const home = newHome(server);
    faults();
    const freeBytes = async () => Number.POSITIVE_INFINITY; // as if another program had taken the room meanwhile
    const options = home.options({ cacheFolder: folder, outside: { freeBytes } });
    await assert.rejects(findModel("hf:one/file", options), (error) => {
      assert.ok(error instanceof LlamaError && error.code === "unwritable");
      assert.match(
        error.message,
        /^The disk is full at .*; what has arrived is kept, so make room and run the same command again/,
      );
      return true;
    });
    assert.deepEqual(readdirSync(join(folder, "models--one--file", "blobs")), [incomplete]);
    assert.equal(spawnSync("mount", ["-o", "remount,size=2m", folder]).status, 0);
    assert.deepEqual(readFileSync((await findModel("hf:one/file", options)).path), bytes);
    assert.match(ranges().at(-1) ?? "", /^bytes=\d+-$/);
  } finally {
    spawnSync("umount", [folder]);
  }
});
