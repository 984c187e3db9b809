import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { scanCacheDir } from "@huggingface/hub";
import { LlamaError } from "#dist/errors.js";
import { findModel } from "#dist/hub/find-model.js";
import { type Home, newHome } from "../helpers/hub-options.js";
import { type Fault, HubServer, type Seen, sha256, TOKEN } from "../helpers/hub-server.js";
import { isLong, isWhole } from "../helpers/long.js";
import { seededBytes, seededRandom } from "../helpers/random.js";

const SCHEDULES = isLong ? 200 : isWhole ? 40 : 20;
const MAX_RUNS = 60;

const server = await HubServer.start();

/** Whatever happens, each request has the same fault for a seed and a place in the order of requests. */
function schedule(seed: number): (seen: Seen) => Fault | undefined {
  const random = seededRandom(seed);
  const rate = 0.2 + 0.5 * random();
  return ({ path, at }) => {
    const isBody = path.startsWith("body ");
    if (random() > rate) return undefined;
    const kind = Math.floor(random() * (isBody ? 5 : 4));
    if (isBody) {
      const after = Math.floor(random() * 100_000);
      if (kind === 0) return { kind: "corrupt", at: after };
      if (kind === 1) return { kind: "no-ranges" };
      if (kind === 2) return { kind: "shifted" };
      return { kind: "cut", after };
    }
    if (kind === 0)
      return { kind: "status", status: 429, headers: { "retry-after": String(Math.floor(random() * 20)) } };
    if (kind === 1) return { kind: "status", status: 500 };
    if (kind === 2) return { kind: "status", status: at === "files" && random() < 0.3 ? 416 : 503 };
    return { kind: "status", status: 502, headers: { "retry-after": new Date(Date.now() + 2000).toUTCString() } };
  };
}

/** Of every file under its final name: a blob is what its name says, and a snapshot has the true bytes or none. */
function checkCache(home: Home, truth: ReadonlyMap<string, Buffer>): void {
  const folder = join(home.hub, "models--some--model");
  const blobs = join(folder, "blobs");
  for (const name of existsSync(blobs) ? readdirSync(blobs) : []) {
    if (!name.includes(".")) assert.equal(sha256(readFileSync(join(blobs, name))), name);
  }
  const snapshots = join(folder, "snapshots");
  for (const commit of existsSync(snapshots) ? readdirSync(snapshots) : []) {
    for (const file of readdirSync(join(snapshots, commit))) {
      assert.deepEqual(readFileSync(join(snapshots, commit, file)), truth.get(file));
    }
  }
}

test(`in ${SCHEDULES} random schedules of faults the cache never holds a wrong file, and no token leaves the hub`, async (t) => {
  let runs = 0;
  let resumes = 0;
  const refusals = new Map<string, number>();
  for (let seed = 1; seed <= SCHEDULES; seed++) {
    const random = seededRandom(seed * 7919);
    const parts = 1 + Math.floor(random() * 3);
    const truth = new Map<string, Buffer>();
    for (let part = 1; part <= parts; part++) {
      const name = parts === 1 ? "m-Q4_K_M.gguf" : `m-Q4_K_M-0000${part}-of-0000${parts}.gguf`;
      truth.set(name, seededBytes(seed * 10 + part, Math.floor(random() * 100_000)));
    }
    server.repos.clear();
    server.commit("some/model", { "README.md": "x", ...Object.fromEntries(truth) });
    server.seen.length = 0;
    server.pageSize = 1 + Math.floor(random() * 3);
    server.fault = schedule(seed);
    const home = newHome(server);
    const said: string[] = [];
    let paths: readonly string[] | undefined;
    for (let run = 0; run < MAX_RUNS && paths === undefined; run++) {
      runs++;
      // Whatever went wrong before, a run in which nothing does must bring it to its end.
      const isSound = run === MAX_RUNS - 1;
      if (isSound) server.fault = () => undefined;
      // Some runs are ended by the person, after some bytes.
      const person = new AbortController();
      let budget = !isSound && random() < 0.3 ? random() * 150_000 : Number.POSITIVE_INFINITY;
      try {
        const onProgress = ({ bytes, resumed }: { bytes: number; resumed: number }) => {
          if (bytes - resumed > budget) person.abort(new Error("Ctrl-C"));
        };
        ({ paths } = await findModel(
          "hf:some/model",
          home.options({ hfToken: TOKEN, onProgress, signal: person.signal }),
        ));
      } catch (error) {
        budget = 0;
        if (!(error instanceof Error && error.message === "Ctrl-C")) {
          assert.ok(error instanceof LlamaError, String(error instanceof Error ? error.stack : error));
          assert.ok(["network", "integrity", "not-found"].includes(error.code), error.message);
          refusals.set(error.code, (refusals.get(error.code) ?? 0) + 1);
          said.push(error.message);
        }
      }
      checkCache(home, truth);
      if (existsSync(home.hub)) assert.deepEqual((await scanCacheDir(home.hub)).warnings, []);
    }
    assert.ok(paths !== undefined, `schedule ${seed} never came to an end: ${said.slice(-3).join(" | ")}`);
    assert.deepEqual(
      paths.map((path) => readFileSync(path)),
      [...truth.values()],
    );
    resumes += server.seen.filter(({ range }) => range !== undefined).length;
    for (const { at, authorization } of server.seen) {
      assert.equal(authorization, at === "hub" ? `Bearer ${TOKEN}` : undefined);
    }
    assert.ok(![...said, ...home.notices].some((sentence) => sentence.includes(TOKEN)));
    assert.deepEqual(
      readdirSync(join(home.hub, "models--some--model", "blobs")).filter((name) => name.includes(".")),
      [],
    );
    rmSync(home.folder, { recursive: true });
  }
  t.diagnostic(`${runs} runs, ${resumes} resumed requests, refusals ${JSON.stringify(Object.fromEntries(refusals))}`);
  assert.ok(resumes > SCHEDULES / 2);
});
