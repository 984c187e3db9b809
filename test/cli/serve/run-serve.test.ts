import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { bundledModelPath } from "#dist/bundled-model.js";
import { root } from "../../helpers/paths.js";
import { ServedProcess } from "../../soak/served.js";

const TOKENS = 300;

function start(...flags: string[]): Promise<ServedProcess> {
  return ServedProcess.start(bundledModelPath, ["--threads", "1", ...flags]);
}

async function ask(url: string, body: object = {}): Promise<{ status: number; text: string }> {
  const asked = { prompt: "Once upon a time", temperature: 1, seed: 7, ignore_eos: true, max_tokens: TOKENS };
  const response = await fetch(`${url}/v1/completions`, {
    method: "POST",
    body: JSON.stringify({ ...asked, ...body }),
  });
  return { status: response.status, text: await response.text() };
}

async function untilBusy(server: ServedProcess, count: number): Promise<void> {
  while ((await server.busy()) < count) await wait(5);
}

test("SIGTERM: what runs is finished, who waits and who comes is refused with 503", async () => {
  const server = await start("--parallel", "3");
  const alone = await ask(server.url, { stream: true });
  const running = [1, 2, 3].map(() => ask(server.url, { stream: true, max_tokens: 400 }));
  await untilBusy(server, 3);
  const waiting = [1, 2, 3, 4].map((n) => ask(server.url, { stream: n > 2 }));
  await wait(100);
  const code = server.stop();
  const refused = await Promise.all(waiting);
  const late = await ask(server.url);
  for (const { status, text } of [...refused, late]) {
    assert.equal(status, 503);
    assert.match(text, /shutting down/);
  }
  for (const { status, text } of await Promise.all(running)) {
    assert.equal(status, 200);
    assert.ok(text.endsWith("data: [DONE]\n\n"));
    const told = (events: string) =>
      [...events.matchAll(/"text":("(?:[^"\\]|\\.)*")/g)].map(([, t]) => JSON.parse(t ?? ""));
    assert.ok(told(text).join("").startsWith(told(alone.text).join("")));
  }
  assert.equal(await code, 143);
});

test("a second SIGTERM ends at once", async () => {
  const server = await start("--parallel", "1");
  const running = ask(server.url, { stream: true }).catch(() => undefined);
  await untilBusy(server, 1);
  server.kill("SIGTERM");
  await wait(100);
  const before = performance.now();
  assert.equal(await server.stop(), 143);
  assert.ok(performance.now() - before < 2000);
  assert.doesNotMatch((await running)?.text ?? "", /DONE/);
});

test("SIGKILL: no answer looks whole that is not, nothing is left behind, and the next server answers the same", async () => {
  const cwd = mkdtempSync(join(tmpdir(), "llama2-"));
  const first = await ServedProcess.start(bundledModelPath, ["--threads", "1"], cwd);
  const { text } = await ask(first.url, { max_tokens: 20 });
  const running = ask(first.url, { stream: true });
  await untilBusy(first, 1);
  first.kill("SIGKILL");
  await assert.rejects(running);
  const port = new URL(first.url).port;
  const second = await ServedProcess.start(bundledModelPath, ["--threads", "1", "--port", port], cwd);
  const plain = (answer: string) => (JSON.parse(answer) as { choices: object[] }).choices;
  assert.deepEqual(plain((await ask(second.url, { max_tokens: 20 })).text), plain(text));
  assert.equal(await second.stop(), 143);
  assert.deepEqual(readdirSync(cwd), []);
});

const hasCurl = spawnSync("curl", ["--version"]).status === 0;

test("the README's lines for curl are answered", { skip: !hasCurl }, async () => {
  const server = await start();
  const lines = readFileSync(join(root, "README.md"), "utf8").match(/^curl .*$/gm) ?? [];
  assert.ok(lines.length >= 5);
  for (const line of lines) {
    assert.ok(line.includes("http://127.0.0.1:8080/"), line);
    const { stdout, status } = spawnSync("sh", ["-c", line.replace("http://127.0.0.1:8080", server.url)], {
      encoding: "utf8",
    });
    assert.equal(status, 0, line);
    assert.doesNotMatch(stdout, /"error"/, line);
    if (line.includes('"stream": true')) assert.match(stdout, /data: \[DONE\]\n\n$/);
    else if (line.includes("/metrics")) assert.match(stdout, /^llamacpp:tokens_predicted_total [1-9]/m);
    else JSON.parse(stdout);
  }
  await server.stop();
});

test("keys come from a file, or through a pipe", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "llama2-")), "keys");
  writeFileSync(file, "\ufeffone\r\n\r\n two \n");
  const server = await start("--api-key-file", file);
  const status = async (key: string) =>
    (await fetch(`${server.url}/props`, { headers: { authorization: `Bearer ${key}` } })).status;
  assert.deepEqual(await Promise.all(["one", "two", "three", ""].map(status)), [200, 200, 401, 401]);
  await server.stop();
  writeFileSync(file, "\n");
  await assert.rejects(start("--api-key-file", file), /file of keys.* has none/);
  await assert.rejects(start("--api-key-file", `${file}-missing`), /There is no file/);
});
