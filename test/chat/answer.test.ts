import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { collect, folder, llama, OPTIONS, withChat } from "../helpers/chats.js";
import { sentence } from "../helpers/sentence.js";

const EOS = 2;

describe("an answer that is cut short keeps what came", () => {
  test("by a signal between two tokens", async () => {
    await withChat({}, async (chat) => {
      const controller = new AbortController();
      const answer = chat.send("the rain", { ...OPTIONS, maxTokens: 50, signal: controller.signal });
      let pieces = 0;
      for await (const _ of answer) if (++pieces === 3) controller.abort();
      assert.equal(answer.finishReason, "abort");
      assert.ok(answer.text.length > 0 && answer.tokens.length < 50);
      assert.deepEqual(chat.messages.at(-1), { role: "assistant", content: answer.text });
      const next = chat.send("go on", OPTIONS);
      await collect(next);
      assert.equal(next.finishReason, "length");
      assert.ok(next.promptTokens.length < 40);
    });
  });

  test("by a signal before it began", async () => {
    await withChat({}, async (chat) => {
      const answer = chat.send("the rain", { ...OPTIONS, signal: AbortSignal.abort() });
      assert.equal(await collect(answer), "");
      assert.equal(answer.finishReason, "abort");
      assert.equal(await collect(chat.regenerate(OPTIONS)), await collect(chat.regenerate(OPTIONS)));
    });
  });

  test("by leaving the loop", async () => {
    await withChat({}, async (chat) => {
      const answer = chat.send("the rain", { ...OPTIONS, maxTokens: 50 });
      for await (const _ of answer) break;
      assert.equal(answer.finishReason, "abort");
      assert.deepEqual(chat.messages.at(-1)?.content, answer.text);
      await collect(chat.send("go on", OPTIONS));
      assert.equal(chat.messages.length, 4);
    });
  });

  test("by the template's next turn, which is not part of it", async () => {
    await withChat({}, async (chat) => {
      const answer = chat.send("the rain", { ...OPTIONS, ignoreEos: false, logitBias: new Map([[EOS, 1000]]) });
      assert.equal(await collect(answer), "");
      assert.deepEqual([answer.finishReason, answer.tokens], ["stop", []]);
    });
  });
});

describe("a chat that is disposed of lets whatever is under way settle", () => {
  const settled = (promise: Promise<unknown>) => assert.rejects(promise, sentence("disposed", /./));

  test("an answer that is being written", async () => {
    const chat = await llama.createChat({});
    const answer = chat.send("the rain", { ...OPTIONS, maxTokens: -1 });
    await settled(
      (async () => {
        for await (const _ of answer) chat.dispose();
      })(),
    );
    assert.deepEqual(chat.messages, []);
  });

  test("a prompt that is being read, written by a template of its own", async () => {
    const template = "{% for m in messages %}{{ m['content'] }}{% endfor %}";
    for (const ticks of [0, 1, 5, 20]) {
      const chat = await llama.createChat({ template });
      const answer = collect(chat.send("x ".repeat(200), { ...OPTIONS, maxTokens: 200 }));
      for (let tick = 0; tick < ticks; tick++) await setImmediate();
      chat.dispose();
      await settled(answer);
    }
  });

  test("a conversation that is being saved or loaded, of which no half is left", async () => {
    const file = join(folder, "disposed.json");
    const chat = await llama.createChat({});
    await collect(chat.send("the rain", OPTIONS));
    await chat.save(file);
    const loading = chat.load(file);
    chat.dispose();
    await loading.catch(sentence("disposed", /./));
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith("disposed")),
      ["disposed.json", "disposed.json.kv"],
    );
  });
});
