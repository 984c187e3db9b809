import assert from "node:assert/strict";
import { test } from "node:test";
import type { RequestEntry } from "#dist/server/options.js";
import { client, llama } from "../helpers/served.js";

const MESSAGES = [{ role: "user", content: "Hello" }];
const CHAT = "/v1/chat/completions";
const bearer = (key: string) => ({ headers: { authorization: `Bearer ${key}` } });

test("a key is asked for where there is one, but not of health and the list of models", async () => {
  const { get, post } = client({ apiKeys: ["first", "second"] });
  const body = { messages: MESSAGES, max_tokens: 1 };
  for (const [key, status] of [
    ["first", 200],
    ["second", 200],
    ["firs", 401],
    ["first ", 200],
    ["", 401],
  ] as const) {
    assert.equal((await post(CHAT, body, bearer(key))).status, status, `"${key}"`);
  }
  assert.equal((await post(CHAT, body, { headers: { "x-api-key": "second" } })).status, 200);
  assert.equal((await post(CHAT, body)).status, 401);
  for (const path of ["/health", "/v1/models", "/"]) assert.equal((await get(path)).status, 200, path);
  for (const path of ["/slots", "/metrics", "/props"]) assert.equal((await get(path)).status, 401, path);
});

test("only names that are its own, and pages that were named, are answered", async () => {
  const { fetch } = client({ hosts: ["model.example"], origins: ["https://app.example"] });
  const status = async (url: string, origin?: string) =>
    (await fetch(`${url}/health`, { headers: origin === undefined ? {} : { origin } })).status;
  for (const host of ["localhost:8080", "127.0.0.1", "[::1]:99", "a.localhost", "MODEL.example"]) {
    assert.equal(await status(`http://${host}`), 200, host);
  }
  for (const host of ["evil.example", "localhost.evil.example", "model.example.evil.example"]) {
    assert.equal(await status(`http://${host}`), 403, host);
  }
  assert.equal(await status("http://localhost:8080", "http://localhost:8080"), 200);
  assert.equal(await status("http://localhost:8080", "https://app.example"), 200);
  for (const origin of ["http://localhost:9999", "https://app.example.evil", "null"]) {
    assert.equal(await status("http://localhost:8080", origin), 403, origin);
  }
  const asked = await fetch(`http://localhost${CHAT}`, {
    method: "OPTIONS",
    headers: { origin: "https://app.example" },
  });
  assert.deepEqual([asked.status, asked.headers.get("access-control-allow-origin")], [204, "https://app.example"]);
  const plain = await fetch("http://localhost/health");
  assert.equal(plain.headers.get("access-control-allow-origin"), null);
});

test("bodies are bounded in bytes, depth and values, and must be JSON objects of UTF-8", async () => {
  const { refused, post } = client({ bodyLimit: 1024 * 1024 });
  assert.match((await refused(CHAT, `{"a": "${"x".repeat(2 * 1024 * 1024)}"}`, 413)).message, /1048576 bytes/);
  assert.match((await refused(CHAT, `{"a":${"[".repeat(5000)}`, 400)).message, /deeper than 128/);
  assert.match((await refused(CHAT, `[${"0,".repeat(510_000)}0]`, 400)).message, /values/);
  assert.match((await refused(CHAT, "[1]", 400)).message, /object/);
  assert.match((await refused(CHAT, "", 400)).message, /empty/);
  assert.match((await refused(CHAT, "{", 400)).message, /JSON/);
  const latin = await post(CHAT, "", { body: new Uint8Array([0x7b, 0xff, 0x7d]) });
  assert.deepEqual([latin.status, /UTF-8/.test(await latin.text())], [400, true]);
});

test("what would hold the process up, or cannot be computed with, is refused by the field's name, soon", async () => {
  const { refused, post } = client();
  const words = "a ".repeat(2_000_000);
  const start = performance.now();
  for (const [path, body] of [
    ["/v1/completions", { prompt: words }],
    ["/completion", { prompt: words }],
    [CHAT, { messages: [{ role: "user", content: words }] }],
    [CHAT, { messages: MESSAGES, tools: [{ type: "function", function: { name: "f", description: words } }] }],
    ["/apply-template", { messages: [{ role: "user", content: words }] }],
  ] as const) {
    assert.equal((await refused(path, body, 400)).type, "exceed_context_size_error", path);
  }
  assert.equal((await post("/api/generate", { prompt: words, raw: true })).status, 400);
  assert.equal((await refused("/tokenize", { content: words }, 400)).param, "content");
  assert.ok(performance.now() - start < 20_000);
  const param = async (more: object) => (await refused("/v1/completions", { prompt: "a", ...more }, 400)).param;
  assert.equal(await param({ dry_sequence_breakers: ["a".repeat(5_000_000)] }), "dry_sequence_breakers");
  assert.equal(await param({ dry_sequence_breakers: Array(1000).fill("a") }), "dry_sequence_breakers");
  assert.equal(await param({ samplers: Array(100).fill("top_k") }), "samplers");
  assert.equal(await param({ logit_bias: { 5: 1e308 } }), "logit_bias");
  const packed = await post("/v1/completions", { prompt: "a" }, { headers: { "content-encoding": "gzip" } });
  assert.equal(packed.status, 415);
});

test("paths and methods that there are not are refused", async () => {
  const { get, fetch } = client();
  assert.equal((await get("/v2/models")).status, 404);
  assert.equal((await get("/__proto__")).status, 404);
  assert.equal((await get(CHAT)).status, 405);
  assert.equal((await fetch("http://localhost/health", { method: "DELETE" })).status, 405);
  assert.equal((await get("/health/")).status, 200);
});

test("a client that goes away ends its answer, and the next one gets the place", async () => {
  const entries: RequestEntry[] = [];
  const { post, ask } = client({ parallel: 1, onRequest: (entry) => entries.push(entry) });
  const controller = new AbortController();
  const body = { messages: MESSAGES, ignore_eos: true, stream: true, max_tokens: 400 };
  const response = await post(CHAT, body, { signal: controller.signal });
  const reader = response.body?.getReader();
  await reader?.read();
  controller.abort();
  await reader?.cancel().catch(() => undefined);
  const next = await ask(CHAT, { messages: MESSAGES, max_tokens: 2 });
  assert.equal(next.usage.completion_tokens, 2);
  const [gone, answered] = entries;
  assert.equal(gone?.status, 499);
  assert.ok((gone?.tokens ?? 0) < 400, `${gone?.tokens} tokens`);
  assert.deepEqual([answered?.status, answered?.tokens, answered?.path], [200, 2, CHAT]);
});

test("who does not read pauses its own answer, and nobody else's", async () => {
  const { post, ask, get } = client({ parallel: 2 });
  const slow = await post(CHAT, { messages: MESSAGES, ignore_eos: true, stream: true });
  const first = await ask(CHAT, { messages: MESSAGES, max_tokens: 200, ignore_eos: true });
  assert.equal(first.usage.completion_tokens, 200);
  const slots = (await (await get("/slots")).json()) as { is_processing: boolean; n_past: number }[];
  const busy = slots.find((slot) => slot.is_processing);
  assert.ok(busy !== undefined && busy.n_past < 100, `${busy?.n_past} tokens`);
  await slow.body?.cancel();
});

test("so many answers are computed at once, others wait in order, and more are refused", async () => {
  const { post } = client({ parallel: 1, queue: 2 });
  const order: number[] = [];
  const asked = [1, 2, 3, 4].map(async (name) => {
    const response = await post(CHAT, { messages: MESSAGES, max_tokens: 100, ignore_eos: true });
    await response.text();
    if (response.status === 200) order.push(name);
    return response;
  });
  const responses = await Promise.all(asked);
  assert.deepEqual(responses.map(({ status }) => status).sort(), [200, 200, 200, 503]);
  assert.equal(responses.find(({ status }) => status === 503)?.headers.get("retry-after"), "1");
  assert.deepEqual(
    order,
    order.toSorted((a, b) => a - b),
  );
});

test("llama.fetch is a server without a port", async () => {
  const response = await llama.fetch("http://localhost/v1/models");
  const { data } = (await response.json()) as { data: { id: string }[] };
  assert.equal(data[0]?.id, "tiny-llama-Q8_0");
});

test("a request that is aborted is rejected with the reason, as of any fetch", async () => {
  const entries: RequestEntry[] = [];
  const { post, ask } = client({ parallel: 1, onRequest: (entry) => entries.push(entry) });
  const body = { messages: MESSAGES, ignore_eos: true, max_tokens: 400 };
  const controller = new AbortController();
  const doomed = post(CHAT, body, { signal: controller.signal });
  // Behind it in the line.
  const waiting = post(CHAT, body, { signal: controller.signal });
  setTimeout(() => controller.abort(new Error("enough")), 30);
  await assert.rejects(doomed, /enough/);
  await assert.rejects(waiting, /enough/);
  await assert.rejects(post(CHAT, body, { signal: AbortSignal.abort() }), { name: "AbortError" });
  await ask(CHAT, { messages: MESSAGES, max_tokens: 1 });
  assert.deepEqual(
    entries.map(({ status }) => status),
    [499, 499, 499, 200],
  );
});
