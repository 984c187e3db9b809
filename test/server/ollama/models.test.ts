import assert from "node:assert/strict";
import { test } from "node:test";
import { packageVersion } from "#dist/package-version.js";
import { type Body, client, llama } from "../../helpers/served.js";

const { ask, get, post } = client({ apiKeys: ["key"] });
const open = client({ alias: "tiny" });
const got = async (path: string): Promise<Body> => (await open.get(path)).json();

test("the model is listed under its name with a tag, and described", async () => {
  const [listed] = (await got("/api/tags")).models;
  assert.deepEqual([listed.name, listed.model, listed.details.format], ["tiny:latest", "tiny:latest", "gguf"]);
  assert.match(listed.digest, /^[0-9a-f]{64}$/);
  assert.equal(listed.details.quantization_level, "Q8_0");
  assert.ok(listed.size > 1e6);
  const [running] = (await got("/api/ps")).models;
  assert.deepEqual([running.name, running.digest], ["tiny:latest", listed.digest]);
  for (const name of ["tiny", "tiny:latest", "llama2"]) {
    const shown = await open.ask("/api/show", { model: name });
    assert.deepEqual(shown.details, listed.details);
    assert.equal(shown.model_info["llama.embedding_length"], llama.config.dim);
    assert.ok(shown.capabilities.includes("completion") && !shown.capabilities.includes("insert"));
  }
  assert.equal((await open.post("/api/show", { model: "other" })).status, 404);
  assert.equal((await got("/api/version")).version, packageVersion());
});

test("lists need no key, and what the model says does", async () => {
  for (const path of ["/api/tags", "/api/ps", "/api/version"]) assert.equal((await get(path)).status, 200, path);
  for (const path of ["/api/show", "/api/chat", "/api/generate", "/api/embed"]) {
    const response = await post(path, { model: "llama2" });
    assert.equal(response.status, 401, path);
    assert.equal(typeof ((await response.json()) as { error: unknown }).error, "string");
  }
  await assert.rejects(ask("/api/show", {}), /key/);
});

test("texts are embedded as by OpenAI's API; what is too long is cut unless it may not be", async () => {
  const input = ["Once upon a time", "3 + 4"];
  const { embeddings, prompt_eval_count: count } = await open.ask("/api/embed", { model: "tiny", input });
  const { data, usage } = await open.ask("/v1/embeddings", { input });
  assert.deepEqual(
    embeddings,
    data.map((each: { embedding: number[] }) => each.embedding),
  );
  assert.equal(count, usage.prompt_tokens);
  const one = await open.ask("/api/embed", { input: input[0], dimensions: 5, options: { temperature: 0 } });
  assert.deepEqual([one.embeddings.length, one.embeddings[0].length], [1, 5]);
  const long = "a ".repeat(5 * llama.contextSize);
  assert.equal((await open.ask("/api/embed", { input: long })).prompt_eval_count, llama.contextSize);
  assert.equal((await open.post("/api/embed", { input: long, truncate: false })).status, 400);
  assert.equal((await open.post("/api/embed", { input: [] })).status, 400);
});
