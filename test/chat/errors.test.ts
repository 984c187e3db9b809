import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { ChatAnswer } from "#dist/chat/answer.js";
import type { ChatSession } from "#dist/chat/chat-session.js";
import type { ChatOptions, SendOptions } from "#dist/chat/options.js";
import type { LlamaErrorCode } from "#dist/errors.js";
import { collect, llama, OPTIONS, path, withChat } from "../helpers/chats.js";
import { sentence } from "../helpers/sentence.js";

describe("errors leave the conversation as it was", () => {
  const unchanged = async (chat: ChatSession, send: () => ChatAnswer, code: LlamaErrorCode) => {
    const before = JSON.stringify(chat.messages);
    await assert.rejects(async () => collect(send()), sentence(code, /./));
    assert.equal(JSON.stringify(chat.messages), before);
    await collect(chat.send("one more", OPTIONS));
  };

  test("a message that does not fit", async () => {
    await withChat({}, async (chat) => {
      await collect(chat.send("one", OPTIONS));
      await unchanged(chat, () => chat.send("x ".repeat(600), OPTIONS), "context");
      await unchanged(chat, () => chat.edit("x ".repeat(600), OPTIONS), "context");
      await unchanged(chat, () => chat.send("x ".repeat(600_000), OPTIONS), "context");
    });
  });

  test("an option out of range", async () => {
    await withChat({}, async (chat) => {
      await collect(chat.send("one", OPTIONS));
      await unchanged(chat, () => chat.send("two", { ...OPTIONS, topP: 2 }), "option");
      await unchanged(chat, () => chat.regenerate({ ...OPTIONS, maxTokens: -5 }), "option");
    });
  });

  test("an option that nobody knows", async () => {
    await withChat({}, async (chat) => {
      await unchanged(chat, () => chat.send("two", { topp: 0.5 } as SendOptions), "option");
      await unchanged(chat, () => chat.send("two", { addBos: true } as SendOptions), "option");
      for (const send of [() => chat.send(undefined as never), () => chat.edit(3 as never)]) {
        assert.throws(send, sentence("option", /./));
      }
      assert.throws(() => chat.setSystem({} as never), sentence("option", /./));
    });
    await assert.rejects(llama.createChat({ sytem: "x" } as ChatOptions), sentence("option", /./));
    await assert.rejects(llama.createChat({ system: 3 as never }), sentence("option", /./));
  });

  test("a listener that throws while the prompt is read, whatever it throws", async () => {
    await withChat({}, async (chat) => {
      await collect(chat.send("one", OPTIONS));
      const before = JSON.stringify(chat.messages);
      for (const thrown of [new RangeError("from the listener"), undefined]) {
        const onPromptProgress = () => {
          throw thrown;
        };
        const options = { ...OPTIONS, onPromptProgress };
        for (const send of [() => chat.send("two", options), () => chat.edit("three", options)]) {
          const outcome = await collect(send()).then(
            () => "answered",
            (error: unknown) => error,
          );
          assert.equal(outcome, thrown);
          assert.equal(JSON.stringify(chat.messages), before);
        }
      }
      assert.notEqual(await collect(chat.send("one more", OPTIONS)), "");
    });
  });

  test("a reader of the answer that throws, or a step of the sampler, and the next answer is as if neither had", async () => {
    const thrown = new RangeError("from the reader");
    const greedy = { ...OPTIONS, temperature: 0 };
    let expected = "";
    await withChat({}, async (chat) => {
      await collect(chat.send("one", greedy));
      expected = await collect(chat.send("two", greedy));
    });
    await withChat({}, async (chat) => {
      await collect(chat.send("one", greedy));
      for (const failAt of [1, 2]) {
        const read = async () => {
          let pieces = 0;
          for await (const _ of chat.send("what is lost", greedy)) if (++pieces === failAt) throw thrown;
        };
        await assert.rejects(read(), thrown);
        chat.undo();
      }
      let calls = 0;
      const step = {
        name: "throws",
        apply: () => {
          if (++calls === 2) throw thrown;
        },
      };
      const before = JSON.stringify(chat.messages);
      await assert.rejects(collect(chat.send("what is lost", { ...greedy, steps: [step] })), thrown);
      if (JSON.stringify(chat.messages) !== before) chat.undo();
      assert.equal(JSON.stringify(chat.messages), before);
      assert.equal(await collect(chat.send("two", greedy)), expected);
    });
  });

  test("a template that refuses", async () => {
    const template =
      "{% if messages | length > 2 %}{{ raise_exception('enough') }}{% endif %}{{ messages[0]['content'] }}";
    await withChat({ template }, async (chat) => {
      await collect(chat.send("one", OPTIONS));
      await assert.rejects(async () => collect(chat.send("two", OPTIONS)), sentence("template", /./));
      assert.equal(chat.messages.length, 2);
    });
  });

  test("anything else while an answer is under way", async () => {
    await withChat({}, async (chat) => {
      const answer = chat.send("one", OPTIONS);
      for await (const _ of answer) {
        assert.throws(() => chat.undo(), sentence("option", /./));
        assert.throws(() => chat.clear(), sentence("option", /./));
        assert.throws(() => chat.setSystem("x"), sentence("option", /./));
        await assert.rejects(async () => collect(chat.send("two", OPTIONS)), sentence("option", /./));
        await assert.rejects(chat.save(join(path, "nowhere")), sentence("option", /./));
      }
      assert.equal(chat.messages.length, 2);
    });
  });

  test("regenerating nothing, and anything after the end", async () => {
    await withChat({}, async (chat) => {
      assert.throws(() => chat.regenerate(), sentence("option", /./));
      assert.throws(() => chat.edit("x"), sentence("option", /./));
      chat.dispose();
      chat.dispose();
      assert.throws(() => chat.send("x"), sentence("disposed", /./));
      assert.equal(chat.position, 0);
    });
  });
});
