import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Llama } from "#dist/llama.js";
import { collect, folder, llama, OPTIONS, path } from "../../helpers/chats.js";
import { cache, copy, next, resume, saved, talk, transcript, withHead } from "../../helpers/saved-chat.js";
import { sentence } from "../../helpers/sentence.js";

test("a saved conversation goes on exactly as it would have, and evaluates nothing twice", async () => {
  const { loaded, position, answer } = await resume(saved);
  assert.deepEqual(loaded, { restored: "cache" });
  assert.ok(position > 0);
  assert.deepEqual(answer.promptTokens, next.promptTokens);
  assert.deepEqual(answer.tokens, next.tokens);
  assert.equal(answer.text, next.text);
});

test("both files are for the owner only, and nothing else is left behind", () => {
  if (process.platform !== "win32") {
    assert.equal(statSync(saved).mode & 0o777, 0o600);
    assert.equal(statSync(`${saved}.kv`).mode & 0o777, 0o600);
  }
  assert.deepEqual(
    readdirSync(folder)
      .filter((file) => file.startsWith("saved.json"))
      .sort(),
    ["saved.json", "saved.json.kv"],
  );
});

test("another context size takes the cache over, one too small the transcript", async () => {
  const shorter = await Llama.load(path, { threads: 1, contextSize: 256, batchSize: 8 });
  const again = await resume(saved, shorter);
  assert.deepEqual(again.loaded, { restored: "cache" });
  assert.deepEqual(again.answer.tokens, next.tokens);
  await shorter.dispose();
  const small = await Llama.load(path, { threads: 1, contextSize: 64 });
  const resumed = await small.createChat({});
  const loaded = await resumed.load(saved);
  assert.equal(loaded.restored, "transcript");
  assert.match(loaded.reason ?? "", /^its KV cache holds \d+ tokens, but the context only 64$/);
  const answer = resumed.send("the end", { ...OPTIONS, maxTokens: 4 });
  await collect(answer);
  assert.ok(answer.droppedExchanges > 0);
  await small.dispose();
});

test("more dropped exchanges than there are count as none", async () => {
  const many = transcript.toString().replace('"droppedExchanges": 0', '"droppedExchanges": 99');
  const { answer } = await resume(copy("dropped", cache, many));
  assert.equal(answer.text, next.text);
});

test("an empty conversation can be saved, and one that was cleared", async () => {
  const session = await talk();
  session.clear();
  const file = join(folder, "cleared.json");
  await session.save(file);
  session.setSystem("other");
  assert.deepEqual(await session.load(file), { restored: "cache" });
  assert.deepEqual([session.messages, session.system], [[], "be kind"]);
  session.dispose();
  const empty = await llama.createChat({});
  await empty.save(file);
  assert.deepEqual(await empty.load(file), { restored: "cache" });
  assert.equal(empty.position, 0);
  empty.dispose();
});

test("what cannot be written is an error in words, and leaves no file", async () => {
  const session = await talk();
  const nowhere = join(folder, "nowhere", "chat.json");
  await assert.rejects(session.save(nowhere), sentence("unwritable", /There is no folder/));
  const taken = join(folder, "taken");
  mkdirSync(join(taken, "chat.json", "x"), { recursive: true });
  await assert.rejects(session.save(join(taken, "chat.json")), sentence("unwritable", /./));
  assert.deepEqual(readdirSync(taken), ["chat.json"]);
  await collect(session.send("go on", OPTIONS));
  session.dispose();
});

test("a file in the cache's place that is no cache is left alone", async () => {
  const session = await talk();
  const file = join(folder, "notes");
  writeFileSync(`${file}.kv`, "precious");
  await assert.rejects(session.save(file), sentence("unwritable", /notes\.kv already exists and is not the KV cache/));
  assert.equal(readFileSync(`${file}.kv`, "utf8"), "precious");
  assert.ok(!existsSync(file), "nor is the transcript written without it");
  for (const replaceable of [cache, cache.subarray(0, 3), Buffer.alloc(0), withHead(() => undefined)]) {
    writeFileSync(`${file}.kv`, replaceable);
    await session.save(file);
  }
  mkdirSync(join(folder, "place.kv"));
  await assert.rejects(session.save(join(folder, "place")), sentence("unwritable", /place\.kv already exists/));
  session.dispose();
});

test("nothing is said while the conversation is being saved", async () => {
  const session = await talk();
  const saving = session.save(join(folder, "busy.json"));
  await assert.rejects(async () => collect(session.send("x", OPTIONS)), sentence("option", /./));
  await saving;
  await collect(session.send("x", OPTIONS));
  session.dispose();
});
