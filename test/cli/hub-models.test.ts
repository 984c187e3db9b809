import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { HubServer, TOKEN } from "../helpers/hub-server.js";
import { fixtureBytes, fixtureModel, text } from "../helpers/model-fixture.js";
import { type RunOptions, runCommand } from "../helpers/run-command.js";
import { temporaryFolder } from "../helpers/temporary.js";

const server = await HubServer.start();
const model = Buffer.from(fixtureBytes(fixtureModel()));
const other = Buffer.from(fixtureBytes(fixtureModel({ type: "Q8_0", metadata: { "general.name": text("other") } })));
server.commit("tiny/model", { "m-Q4_K_M.gguf": model, "m-Q8_0.gguf": other });

let homes = 0;

/** A person's machine with nothing on it. */
function newEnv(): Record<string, string> {
  const home = join(temporaryFolder(), `home-${homes++}`);
  return { HOME: home, USERPROFILE: home, HF_HOME: join(home, "hf"), HF_ENDPOINT: server.endpoint };
}

const llama2 = (env: Record<string, string>, args: readonly string[], options: RunOptions = {}) =>
  runCommand(args, { env, ...options });

test("a model of the hub is used wherever a path is, by any of its names, and fetched once", async () => {
  const env = newEnv();
  const prompt = ["-n", "2", "--temp", "0", "hello"];
  const first = await llama2(env, ["generate", "-m", "hf:tiny/model", ...prompt]);
  assert.equal(first.code, 0, first.stderr);
  assert.match(first.stderr, /^Downloaded m-Q4_K_M\.gguf \(.+ KiB\) in /);
  server.seen.length = 0;
  const names = [
    ["-hf", "tiny/model"],
    ["-hf", "tiny/model:q4_k_m"],
    ["-hf", "tiny/model", "-hff", "m-Q4_K_M.gguf"],
    ["--model", "hf:tiny/model@main"],
  ];
  for (const name of names) {
    const { code, stdout, stderr } = await llama2(env, ["generate", "-q", ...name, ...prompt]);
    assert.deepEqual([code, stdout, stderr], [0, first.stdout, ""]);
  }
  assert.equal((await llama2(env, ["generate", "-q", "hf:tiny/model", ...prompt])).stdout, first.stdout);
  assert.ok(
    server.seen.every(({ at }) => at === "hub"),
    "its files were asked for again",
  );
  server.seen.length = 0;
  const offline = await llama2(env, ["generate", "-q", "--offline", "-m", "hf:tiny/model", ...prompt]);
  assert.deepEqual([offline.code, offline.stdout], [0, first.stdout]);
  assert.deepEqual(server.seen, []);
});

test("tokenize, perplexity, quantize and bench take models of the hub too", async () => {
  const env = newEnv();
  const out = join(env["HOME"] as string, "..", "quantized.gguf");
  const commands = [
    ["tokenize", "-m", "hf:tiny/model", "hello"],
    ["quantize", "hf:tiny/model", out, "Q8_0"],
    ["bench", "-m", "hf:tiny/model", "-p", "4", "-n", "2", "-r", "1", "--no-bandwidth", "-o", "json"],
  ];
  for (const args of commands) {
    const { code, stderr } = await llama2(env, args);
    assert.equal(code, 0, `${args[0]}: ${stderr}`);
  }
  assert.ok(existsSync(out));
});

test("what cannot be had is refused in a sentence, and a token stays secret", async () => {
  const env = newEnv();
  server.commit("secret/model", { "m-Q4_K_M.gguf": model });
  server.repo("secret/model").access = "private";
  const refused: readonly (readonly [args: string[], sentence: RegExp])[] = [
    [["-m", "hf:nobody/nothing"], /^error: .*nobody\/nothing/],
    [["-m", "hf:tiny/model:Q2_K"], /Q2_K.*Q4_K_M.*Q8_0/],
    [["-m", "hf:secret/model"], /^error: .*secret\/model/],
    [["-m", "hf:tiny/model", "--offline"], /^error: .*offline/i],
    [["-m", "a.gguf", "-hf", "tiny/model"], /^error: The model was given twice: with -m and with -hf\.\n$/],
    [["-hff", "m.gguf"], /^error: -hff names a file of a repository/],
    [["-hf", "tiny/model:Q8_0", "-hff", "m.gguf"], /both choose the file/],
    [["-mu", "model.gguf"], /^error: -mu needs a web address/],
  ];
  for (const [args, sentence] of refused) {
    const { code, stdout, stderr } = await llama2(env, ["generate", "-q", ...args, "-p", "hi"]);
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, sentence, args.join(" "));
  }
  const allowed = await llama2(env, ["pull", "-q", "hf:secret/model", "--hf-token", TOKEN]);
  assert.equal(allowed.code, 0, allowed.stderr);
  assert.ok(server.seen.filter(({ at }) => at === "files").every(({ authorization }) => authorization === undefined));
});

test("models are pulled, listed and removed", async () => {
  const env = newEnv();
  assert.match((await llama2(env, ["list"])).stderr, /^No models have been downloaded yet/);
  const pulled = await llama2(env, ["pull", "hf:tiny/model:Q8_0"]);
  assert.equal(pulled.code, 0, pulled.stderr);
  assert.match(pulled.stdout, /m-Q8_0\.gguf\n$/);
  assert.ok(existsSync(pulled.stdout.trim()));
  await llama2(env, ["pull", "-q", "hf:tiny/model"]);
  const list = await llama2(env, ["ls"]);
  assert.equal(list.code, 0, list.stderr);
  assert.match(
    list.stdout,
    /^hf:tiny\/model\S* +[\d.]+ KiB +Q\S+ +today\nhf:tiny\/model\S* +[\d.]+ KiB +Q\S+ +today\n$/,
  );
  assert.match(list.stderr, /^2 models, /);
  const objects = JSON.parse((await llama2(env, ["list", "--json"])).stdout);
  assert.deepEqual(objects.map(({ quant }: { quant: string }) => quant).sort(), ["Q4_K_M", "Q8_0"]);
  assert.match((await llama2(env, ["rm", "hf:tiny/model:Q8_0"])).stderr, /^error: rm asks .* give -y\.\n$/);
  const removed = await llama2(env, ["rm", "-y", "hf:tiny/model:Q8_0"]);
  assert.match(removed.stderr, /^Removed hf:tiny\/model:Q8_0; [\d.]+ KiB are free again\.\n$/);
  assert.ok(!existsSync(pulled.stdout.trim()));
  assert.match((await llama2(env, ["rm", "-y", "hf:tiny/model:Q8_0"])).stderr, /^error: /);
  assert.match((await llama2(env, ["pull", "model.gguf"])).stderr, /^error: pull needs a model to download/);
});

test("inspect reads the head of a model on a server and keeps nothing, and compares two", async () => {
  const env = newEnv();
  const remote = await llama2(env, ["inspect", "hf:tiny/model:Q8_0"]);
  assert.equal(remote.code, 0, remote.stderr);
  assert.match(remote.stdout, /name +other\n/);
  assert.ok(!existsSync(env["HF_HOME"] as string));
  const two = await llama2(env, ["inspect", "hf:tiny/model:Q4_K_M", "hf:tiny/model:Q8_0"]);
  assert.match(two.stdout, /\nmetadata, \d+ differences?\n {2}general\.name +\S.* +"other"\n/);
  assert.match(two.stdout, /\ntensors, \d+ differences\n[\s\S]* {2}blk\.0\.attn_q\.weight +F32 \[.*\] +Q8_0 \[/);
  const json = JSON.parse((await llama2(env, ["inspect", "--json", "hf:tiny/model", "hf:tiny/model:Q8_0"])).stdout);
  assert.equal(json.metadata.find(({ name }: { name: string }) => name === "general.name").b, "other");
  const same = await llama2(env, ["inspect", "hf:tiny/model", "hf:tiny/model:Q4_K_M"]);
  assert.match(same.stdout, /The files say the same of themselves/);
});
