import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { HubServer, sha256 } from "../../helpers/hub-server.js";
import { KEYS, needsTerminal, PseudoTerminal } from "../../helpers/pseudo-terminal.js";
import { seededBytes } from "../../helpers/random.js";
import { runCommand } from "../../helpers/run-command.js";
import { temporaryFolder } from "../../helpers/temporary.js";

const server = await HubServer.start();
const [q4, q8, other] = [seededBytes(1, 3000), seededBytes(2, 5000), seededBytes(3, 7000)];
server.commit("tiny/model", { "m-Q4_K_M.gguf": q4, "m-Q8_0.gguf": q8 });

let homes = 0;

/** A person's machine, with models on it. */
async function machine(...models: readonly string[]) {
  const home = join(temporaryFolder(), `home-${homes++}`);
  const env = { HOME: home, USERPROFILE: home, HF_HOME: join(home, "hf"), HF_ENDPOINT: server.endpoint };
  const llama2 = (...args: readonly string[]) => runCommand(args, { env });
  for (const model of models) assert.equal((await llama2("pull", "-q", model)).code, 0);
  const repo = join(home, "hf", "hub", "models--tiny--model");
  return { env, llama2, repo, blobs: () => (existsSync(repo) ? readdirSync(join(repo, "blobs")).sort() : []) };
}

test("rm asks at a terminal, with what it would remove, and removes on a yes alone", needsTerminal, async () => {
  const { env, blobs } = await machine("hf:tiny/model", "hf:tiny/model:Q8_0");
  for (const answer of ["", "n", "no", "yess", KEYS.ctrlD, KEYS.ctrlC]) {
    const terminal = await PseudoTerminal.open(["rm", "hf:tiny/model"], { env });
    await terminal.shows("Remove? [y/N]");
    assert.match(terminal.text, /hf:tiny\/model\S* +2\.9 KiB\nhf:tiny\/model\S* +4\.9 KiB\n/);
    if (answer.length === 1 && answer < " ") terminal.type(answer);
    else terminal.enter(answer);
    const expected = answer === KEYS.ctrlC ? 130 : answer === KEYS.ctrlD ? 1 : 0;
    assert.equal(await terminal.exit, expected, JSON.stringify(answer));
    assert.equal(blobs().length, 2);
  }
  const terminal = await PseudoTerminal.open(["rm", "hf:tiny/model"], { env });
  await terminal.shows("Remove? [y/N]");
  terminal.enter("y");
  await terminal.shows("Removed hf:tiny/model; 7.8 KiB are free again.");
  assert.equal(await terminal.exit, 0);
  assert.deepEqual(blobs(), []);
});

test("rm removes what is named and no more, and refuses what it cannot tell", async () => {
  const { llama2, blobs } = await machine("hf:tiny/model", "hf:tiny/model:Q8_0");
  const refused: readonly (readonly [args: readonly string[], says: RegExp])[] = [
    [["rm"], /^error: llama2 rm needs <model>;/],
    [["rm", "hf:tiny/model", "hf:tiny/model:Q8_0", "-y"], /^error: Too many arguments/],
    [["rm", "hf:tiny/model"], /nobody is there to answer; give -y\.\n$/],
    [["rm", "-y", "hf:tiny/model:Q2_K"], /^error: There is no Q2_K file in tiny\/model; there are .*Q4_K_M.*Q8_0/],
    [["rm", "-y", "hf:tiny/model:Q"], /^error: .*Q4_K_M.*Q8_0/],
    [["rm", "-y", "hf:tiny/model/m.gguf"], /^error: .*m\.gguf.*Q4_K_M.*Q8_0/],
    [["rm", "-y", "hf:tiny/other"], /^error: hf:tiny\/other is not among the downloaded models; there are hf:tiny/],
    [["rm", "-y", "m-Q8_0.gguf"], /is a path; only downloaded models are removed, so delete the file itself\.\n$/],
    [["rm", "-y", "ollama:tiny"], /belongs to ollama; remove it with "ollama rm"\.\n$/],
    [["rm", "-y", "hf:../../x"], /^error: /],
  ];
  for (const [args, says] of refused) {
    const { code, stdout, stderr } = await llama2(...args);
    assert.deepEqual([code, stdout], [1, ""], args.join(" "));
    assert.match(stderr, says);
    assert.equal(blobs().length, 2, args.join(" "));
  }
  const { code, stdout, stderr } = await llama2("rm", "-y", "hf:tiny/model:q8_0");
  assert.deepEqual([code, stdout, stderr], [0, "", "Removed hf:tiny/model:q8_0; 4.9 KiB are free again.\n"]);
  assert.deepEqual(blobs(), [sha256(q4)]);
});

test("rm keeps a blob that another snapshot still uses", async () => {
  const first = server.commit("two/commits", { "a-Q4_0.gguf": q4, "b-Q8_0.gguf": q8 });
  const { env, llama2 } = await machine("hf:two/commits:Q4_0", "hf:two/commits:Q8_0");
  const second = server.commit("two/commits", { "a-Q4_0.gguf": q4, "b-Q8_0.gguf": other });
  for (const quant of ["Q4_0", "Q8_0"]) await llama2("pull", "-q", `hf:two/commits:${quant}`);
  const repo = join(env.HF_HOME, "hub", "models--two--commits");
  const file = (commit: string, name: string) => join(repo, "snapshots", commit, name);
  assert.equal(realpathSync(file(first, "a-Q4_0.gguf")), realpathSync(file(second, "a-Q4_0.gguf")));
  const { stdout } = await llama2("list");
  assert.match(stdout, new RegExp(`hf:two/commits/b-Q8_0\\.gguf@${first} `));
  const removed = await llama2("rm", "-y", `hf:two/commits/b-Q8_0.gguf@${first}`);
  assert.equal(removed.code, 0, removed.stderr);
  assert.ok(!existsSync(file(first, "b-Q8_0.gguf")));
  assert.deepEqual(readFileSync(file(second, "b-Q8_0.gguf")), other);
  for (const commit of [first, second]) assert.deepEqual(readFileSync(file(commit, "a-Q4_0.gguf")), q4);
  assert.deepEqual(readdirSync(join(repo, "blobs")).sort(), [sha256(q4), sha256(other)].sort());
});

test("rm of one commit leaves a blob that another commit's snapshot has, and the model there", async () => {
  const first = server.commit("same/blob", { "a-Q4_0.gguf": q4, "README.md": "1" });
  const { env, llama2 } = await machine("hf:same/blob");
  const second = server.commit("same/blob", { "a-Q4_0.gguf": q4, "README.md": "2" });
  await llama2("pull", "-q", "hf:same/blob");
  const snapshot = (commit: string) => join(env.HF_HOME, "hub", "models--same--blob", "snapshots", commit);
  const { code, stderr } = await llama2("rm", "-y", `hf:same/blob@${first}`);
  assert.deepEqual([code, stderr], [0, `Removed hf:same/blob@${first}; 0 bytes are free again.\n`]);
  assert.ok(!existsSync(snapshot(first)));
  assert.deepEqual(readFileSync(join(snapshot(second), "a-Q4_0.gguf")), q4);
  await llama2("rm", "-y", "hf:same/blob@main");
  assert.ok(!existsSync(join(env.HF_HOME, "hub", "models--same--blob")));
});

test("an interrupted download is listed, gone on with by pull, and removed by rm", async () => {
  const { env, llama2, repo, blobs } = await machine();
  const incomplete = `${sha256(q4)}.llama2.incomplete`;
  const leave = () => {
    for (const name of ["blobs", "snapshots", "refs"]) mkdirSync(join(repo, name), { recursive: true });
    writeFileSync(join(repo, "blobs", incomplete), q4.subarray(0, 1024));
  };
  leave();
  const listed = await llama2("list");
  assert.deepEqual([listed.code, listed.stdout], [0, ""]);
  assert.match(
    listed.stderr,
    /hf:tiny\/model: 1\.0 KiB of an interrupted download; pull continues it, rm removes it\.\n$/,
  );
  assert.deepEqual(JSON.parse((await llama2("list", "--json")).stdout), []);
  server.seen.length = 0;
  const pulled = await llama2("pull", "-q", "hf:tiny/model");
  assert.deepEqual(readFileSync(pulled.stdout.trim()), q4);
  assert.deepEqual(
    server.seen.filter(({ at }) => at === "files").map(({ range }) => range),
    ["bytes=1024-"],
  );
  assert.deepEqual(blobs(), [sha256(q4)]);
  await llama2("rm", "-y", "hf:tiny/model");
  leave();
  if (needsTerminal.skip === false) {
    const terminal = await PseudoTerminal.open(["rm", "hf:tiny/model"], { env });
    await terminal.shows("Remove? [y/N]");
    assert.match(terminal.text, /^hf:tiny\/model +1\.0 KiB of an interrupted download\nRemove\?/);
    terminal.enter("n");
    assert.equal(await terminal.exit, 0);
  }
  const removed = await llama2("rm", "-y", "hf:tiny/model");
  assert.match(removed.stderr, /^Removed hf:tiny\/model; 1\.0 KiB are free again\.\n$/);
  assert.ok(!existsSync(repo));
});
