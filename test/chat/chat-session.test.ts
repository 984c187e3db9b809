import assert from "node:assert/strict";
import { test } from "node:test";
import { collect, llama, OPTIONS, withChat } from "../helpers/chats.js";
import { sentence } from "../helpers/sentence.js";

/** The greedy answer to a prompt from an empty cache, the ids evaluated at once. */
async function answerFromScratch(ids: readonly number[]): Promise<number[]> {
  const generation = llama.generate(ids, OPTIONS);
  for await (const _ of generation);
  return [...generation.tokens];
}

test("an answer follows the template's prompt, and becomes part of the conversation", async () => {
  await withChat({ system: "be kind" }, async (chat) => {
    assert.equal(chat.templateName, "llama2");
    assert.equal(chat.warning, undefined);
    assert.deepEqual(await chat.promptTokens(), []);
    const answer = chat.send("hello there", OPTIONS);
    assert.deepEqual([chat.messages, answer.finishReason, answer.text], [[], undefined, ""]);
    const whole = await collect(answer);
    assert.equal(answer.text, whole);
    assert.equal(answer.finishReason, "length");
    const prompt = llama.tokenizer.encode("[INST] <<SYS>>\nbe kind\n<</SYS>>\n\nhello there [/INST]");
    assert.deepEqual(answer.promptTokens, prompt);
    assert.deepEqual(answer.tokens, await answerFromScratch(prompt));
    assert.deepEqual(chat.messages, [
      { role: "user", content: "hello there" },
      { role: "assistant", content: whole },
    ]);
    assert.equal(chat.position, prompt.length + 5);
    assert.equal(chat.contextSize, 512);
    assert.ok(answer.stats.promptMs > 0 && answer.stats.generateMs > 0);
  });
});

test("of the next prompt only what is new is evaluated, with the answer that a fresh cache would give", async () => {
  await withChat({ system: "be kind" }, async (chat) => {
    for (const question of ["the rain", "and then", "the end"]) {
      const isFirst = chat.position === 0;
      const answer = chat.send(question, OPTIONS);
      await collect(answer);
      // The last of the six tokens was never evaluated.
      const prompt = (await chat.promptTokens()).slice(0, chat.position - 5);
      assert.deepEqual(answer.promptTokens, prompt.slice(-answer.promptTokens.length));
      assert.deepEqual(answer.tokens, await answerFromScratch(prompt));
      assert.ok(isFirst || answer.promptTokens.length < 40, `${answer.promptTokens.length} tokens`);
    }
  });
});

test("regenerating evaluates the prompt's last token only, and replaces the answer", async () => {
  await withChat({}, async (chat) => {
    const first = await collect(chat.send("the rain", { ...OPTIONS, temperature: 2, seed: 1 }));
    const again = chat.regenerate({ ...OPTIONS, temperature: 2, seed: 2 });
    const second = await collect(again);
    assert.equal(again.promptTokens.length, 1);
    assert.notEqual(second, first);
    assert.deepEqual(chat.messages.at(-1), { role: "assistant", content: second });
    assert.equal(chat.messages.length, 2);
    const same = await collect(chat.regenerate({ ...OPTIONS, temperature: 2, seed: 1 }));
    assert.equal(same, first);
  });
});

test("edit replaces the last question, undo takes the exchange back, clear all but the system prompt", async () => {
  await withChat({ system: "be kind" }, async (chat) => {
    await collect(chat.send("one", OPTIONS));
    await collect(chat.send("two", OPTIONS));
    const edited = chat.edit("three", OPTIONS);
    await collect(edited);
    assert.ok(edited.promptTokens.length < 20, "what stands before is not evaluated again");
    assert.deepEqual(
      chat.messages.filter(({ role }) => role === "user").map(({ content }) => content),
      ["one", "three"],
    );
    assert.equal(chat.undo(), "three");
    assert.equal(chat.messages.length, 2);
    const answer = chat.send("three", OPTIONS);
    await collect(answer);
    assert.equal(answer.text, edited.text);
    assert.equal(answer.promptTokens.length, 1);
    chat.clear();
    assert.deepEqual([chat.messages, chat.system, chat.undo()], [[], "be kind", undefined]);
    await collect(chat.send("one", OPTIONS));
    assert.equal(chat.messages.length, 2);
  });
});

test("the prompt's tokens are divided between its messages, and add up to all of them", async () => {
  await withChat({ system: "be kind" }, async (chat) => {
    assert.deepEqual(await chat.promptUse(), { tokens: 0, cached: 0, shares: [] });
    const first = chat.send("the rain", OPTIONS);
    await collect(first);
    const prompt = first.promptTokens.length;
    const whole = (await chat.promptTokens()).length;
    const { tokens, cached, shares } = await chat.promptUse();
    assert.equal(tokens, whole);
    assert.equal(shares.length, 3);
    assert.equal(
      shares.reduce((sum, share) => sum + share),
      whole,
    );
    assert.ok(cached >= prompt && cached <= chat.position, `${cached} of ${chat.position}`);
    const upTo = (said: string) => llama.tokenizer.encode(said).length;
    const system = upTo("[INST] <<SYS>>\nbe kind");
    const question = upTo("[INST] <<SYS>>\nbe kind\n<</SYS>>\n\nthe rain");
    assert.deepEqual(shares.slice(0, 2), [system, question - system]);
    await collect(chat.send("and the sun", OPTIONS));
    const later = await chat.promptUse();
    assert.deepEqual(later.shares.slice(0, 2), shares.slice(0, 2));
    chat.clear();
    assert.deepEqual(await chat.promptUse(), { tokens: 0, cached: 0, shares: [] });
  });
});

test("the system prompt can be changed and taken away", async () => {
  await withChat({ system: "be kind" }, async (chat) => {
    await collect(chat.send("one", OPTIONS));
    chat.setSystem("be brief");
    const text = llama.tokenizer.decode(await chat.promptTokens());
    assert.ok(text.includes("be brief") && !text.includes("be kind"), text);
    chat.setSystem(undefined);
    const answer = chat.send("two", OPTIONS);
    await collect(answer);
    assert.equal(chat.system, undefined);
    assert.ok(!llama.tokenizer.decode(await chat.promptTokens()).includes("SYS"));
  });
});

test("a conversation can be begun with messages, of which a question may wait for its answer", async () => {
  const messages = [
    { role: "system", content: "be kind" },
    { role: "user", content: "one" },
    { role: "assistant", content: "two" },
    { role: "user", content: "three" },
  ] as const;
  await withChat({ messages }, async (chat) => {
    assert.equal(chat.system, "be kind");
    assert.deepEqual(chat.messages, messages.slice(1));
    const answer = chat.regenerate(OPTIONS);
    await collect(answer);
    assert.equal(chat.messages.length, 4);
  });
  await withChat({ messages: messages.slice(0, 3), system: "be brief" }, async (chat) => {
    assert.equal(chat.system, "be brief");
  });
  for (const wrong of [[messages[2]], [messages[1], messages[1]], [{ role: "tool", content: "" }], [null], "x", [{}]]) {
    await assert.rejects(
      llama.createChat({ messages: wrong as never }),
      sentence("option", /./),
      JSON.stringify(wrong),
    );
  }
});

test("lone surrogates, NUL and control characters are no trouble", async () => {
  await withChat({ system: "\ud800" }, async (chat) => {
    await collect(chat.send("a\ud83dx\u0000\u001b[2J\udc00\udc21", OPTIONS));
    assert.deepEqual(chat.messages[0], { role: "user", content: "a\ufffdx\u0000\u001b[2J\ufffd\ufffd" });
  });
});

test("two chats share a model without sharing anything else", async () => {
  await withChat({ system: "one" }, async (first) => {
    await withChat({ system: "two" }, async (second) => {
      const alone = await collect(first.send("the rain", OPTIONS));
      const [again, other] = await Promise.all([
        collect(first.regenerate(OPTIONS)),
        collect(second.send("the snow", OPTIONS)),
      ]);
      assert.equal(again, alone);
      assert.equal(await collect(second.regenerate(OPTIONS)), other);
    });
  });
});
