import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { LlamaError } from "#dist/errors.js";
import { findModel } from "#dist/hub/find-model.js";
import { resolveHubSettings } from "#dist/hub/settings.js";
import { temporaryFolder } from "../helpers/temporary.js";

const home = temporaryFolder();
const settings = (env: Record<string, string>, options: object = {}) =>
  resolveHubSettings({ ...options, outside: { env: { HOME: home, USERPROFILE: home, ...env } } });

test("the cache is where llama.cpp and Python look for it, in their order", () => {
  const all = {
    LLAMA_CACHE: "/a",
    HF_HUB_CACHE: "/b",
    HUGGINGFACE_HUB_CACHE: "/c",
    HF_HOME: "/d",
    XDG_CACHE_HOME: "/e",
  };
  const expected = ["/a", "/b", "/c", "/d/hub", "/e/huggingface/hub", join(home, ".cache/huggingface/hub")];
  const names = Object.keys(all);
  for (const [i, folder] of expected.entries()) {
    const env = Object.fromEntries(Object.entries(all).filter(([name]) => names.indexOf(name) >= i));
    assert.equal(settings(env).hubFolder, resolve(folder));
  }
  assert.equal(settings({ HF_HOME: "~/x", LLAMA_CACHE: "" }).hubFolder, join(home, "x", "hub"));
  assert.equal(settings(all, { cacheFolder: "/z" }).hubFolder, resolve("/z"));
});

test("the token is the option's, the environment's, or the file's, and may be switched off", () => {
  mkdirSync(join(home, ".cache", "huggingface"), { recursive: true });
  writeFileSync(join(home, ".cache", "huggingface", "token"), "hf_file\n");
  writeFileSync(join(home, "other"), "hf_other\n");
  assert.equal(settings({}).token, "hf_file");
  assert.equal(settings({ HF_TOKEN_PATH: join(home, "other") }).token, "hf_other");
  assert.equal(settings({ HF_TOKEN: " hf_env " }).token, "hf_env");
  assert.equal(settings({ HF_TOKEN: "hf_env" }, { hfToken: "hf_option" }).token, "hf_option");
  assert.equal(settings({ HF_TOKEN: "hf_env", HF_HUB_DISABLE_IMPLICIT_TOKEN: "1" }).token, undefined);
  assert.equal(settings({ HF_HOME: join(home, "none") }).token, undefined);
});

test("a malformed token is refused without being shown, when one is needed", async () => {
  const env = { HF_TOKEN: "hf_a secret\nX-Evil: 1", HF_ENDPOINT: "no address" };
  assert.equal((await findModel("m.gguf", { outside: { env } })).path, "m.gguf");
  assert.throws(
    () => settings({ HF_TOKEN: env.HF_TOKEN }).token,
    (error) =>
      error instanceof LlamaError && /from HF_TOKEN has spaces/.test(error.message) && !/secret/.test(error.message),
  );
});

test("endpoint and offline come from the environment too", () => {
  assert.equal(settings({}).endpoint, "https://huggingface.co");
  assert.equal(settings({ HF_ENDPOINT: "https://mirror.example/hf/" }).endpoint, "https://mirror.example/hf");
  assert.equal(settings({ HF_ENDPOINT: "https://b", MODEL_ENDPOINT: "https://a/" }).endpoint, "https://a");
  assert.throws(() => settings({ HF_ENDPOINT: "mirror" }), LlamaError);
  assert.throws(() => settings({ HF_ENDPOINT: "ftp://mirror" }), LlamaError);
  assert.equal(settings({}).offline, false);
  assert.equal(settings({ HF_HUB_OFFLINE: "1" }).offline, true);
  assert.equal(settings({ HF_HUB_OFFLINE: "1" }, { offline: false }).offline, false);
});
