import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { collect, folder, llama, OPTIONS } from "../../helpers/chats.js";

test("a conversation saved without its cache goes on with the words alone", async () => {
  const file = join(folder, "words.json");
  const chat = await llama.createChat();
  await collect(chat.send("the rain", OPTIONS));
  await chat.save(file, { cache: false });
  assert.ok(!existsSync(`${file}.kv`));
  const resumed = await llama.createChat();
  assert.deepEqual(await resumed.load(file), { restored: "transcript", reason: "there is no KV cache beside it" });
  assert.deepEqual(resumed.messages, chat.messages);
  assert.equal(await collect(resumed.send("the sun", OPTIONS)), await collect(chat.send("the sun", OPTIONS)));
  chat.dispose();
  resumed.dispose();
});

test("a cache that is older than the words is of use as far as it goes", async () => {
  const file = join(folder, "older.json");
  const chat = await llama.createChat();
  await collect(chat.send("the rain", OPTIONS));
  await chat.save(file);
  const cache = readFileSync(`${file}.kv`);
  const second = chat.send("the sun", OPTIONS);
  await collect(second);
  await chat.save(file, { cache: false });
  assert.deepEqual(readFileSync(`${file}.kv`), cache);
  const third = chat.send("the snow", OPTIONS);
  await collect(third);

  const resumed = await llama.createChat();
  assert.deepEqual(await resumed.load(file), { restored: "cache" });
  const again = resumed.send("the snow", OPTIONS);
  await collect(again);
  assert.equal(again.text, third.text);
  // Evaluated are the second exchange, which the cache knows nothing of, and the new question; not the first one.
  const known = second.promptTokens.length + second.tokens.length + third.promptTokens.length;
  assert.ok(again.promptTokens.length <= known, `${again.promptTokens.length} tokens, expected at most ${known}`);
  chat.dispose();
  resumed.dispose();
});
