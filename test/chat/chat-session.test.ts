import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, describe, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import type { ChatAnswer } from "#dist/chat/answer.js";
import type { ChatSession } from "#dist/chat/chat-session.js";
import type { ChatOptions, SendOptions } from "#dist/chat/options.js";
import { LlamaError, type LlamaErrorCode } from "#dist/errors.js";
import { Llama } from "#dist/llama.js";
import { fixtureModel, text, writeFixture } from "../helpers/model-fixture.js";
import { temporaryFolder } from "../helpers/temporary.js";

const path = join(temporaryFolder(), "model.gguf");
writeFixture(path, fixtureModel({ contextLength: 512, metadata: { "general.name": text("llama-2-chat") } }));
const llama = await Llama.load(path, { threads: 1 });
after(() => llama.dispose());

const EOS = 2;
const OPTIONS: SendOptions = { temperature: 0, maxTokens: 6, ignoreEos: true };

async function collect(answer: ChatAnswer): Promise<string> {
  let whole = "";
  for await (const piece of answer) whole += piece;
  return whole;
}

async function withChat(options: ChatOptions, work: (chat: ChatSession) => Promise<void>): Promise<void> {
  const chat = await llama.createChat(options);
  try {
    await work(chat);
  } finally {
    chat.dispose();
  }
}

/** The greedy answer to a prompt from an empty cache, the ids evaluated at once. */
async function answerFromScratch(ids: readonly number[]): Promise<number[]> {
  const generation = llama.generate(ids, OPTIONS);
  for await (const _ of generation);
  return [...generation.tokens];
}

const isError = (code: LlamaErrorCode) => (error: unknown) => {
  assert.ok(error instanceof LlamaError, String(error));
  assert.equal(error.code, code);
  return true;
};

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
  const settled = (promise: Promise<unknown>) => assert.rejects(promise, isError("disposed"));

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
    const file = join(dirname(path), "disposed.json");
    const chat = await llama.createChat({});
    await collect(chat.send("the rain", OPTIONS));
    await chat.save(file);
    const loading = chat.load(file);
    chat.dispose();
    await loading.catch(isError("disposed"));
    assert.deepEqual(
      readdirSync(dirname(path)).filter((name) => name.startsWith("disposed")),
      ["disposed.json", "disposed.json.kv"],
    );
  });
});

describe("errors leave the conversation as it was", () => {
  const unchanged = async (chat: ChatSession, send: () => ChatAnswer, code: LlamaErrorCode) => {
    const before = JSON.stringify(chat.messages);
    await assert.rejects(async () => collect(send()), isError(code));
    assert.equal(JSON.stringify(chat.messages), before);
    await collect(chat.send("one more", OPTIONS));
  };

  test("a message that does not fit", async () => {
    await withChat({}, async (chat) => {
      await collect(chat.send("one", OPTIONS));
      await unchanged(chat, () => chat.send("x ".repeat(600), OPTIONS), "context");
      await unchanged(chat, () => chat.edit("x ".repeat(600), OPTIONS), "context");
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
        assert.throws(send, isError("option"));
      }
      assert.throws(() => chat.setSystem({} as never), isError("option"));
    });
    await assert.rejects(llama.createChat({ sytem: "x" } as ChatOptions), isError("option"));
    await assert.rejects(llama.createChat({ system: 3 as never }), isError("option"));
  });

  test("a template that refuses", async () => {
    const template =
      "{% if messages | length > 2 %}{{ raise_exception('enough') }}{% endif %}{{ messages[0]['content'] }}";
    await withChat({ template }, async (chat) => {
      await collect(chat.send("one", OPTIONS));
      await assert.rejects(async () => collect(chat.send("two", OPTIONS)), isError("template"));
      assert.equal(chat.messages.length, 2);
    });
  });

  test("anything else while an answer is under way", async () => {
    await withChat({}, async (chat) => {
      const answer = chat.send("one", OPTIONS);
      for await (const _ of answer) {
        assert.throws(() => chat.undo(), isError("option"));
        assert.throws(() => chat.clear(), isError("option"));
        assert.throws(() => chat.setSystem("x"), isError("option"));
        await assert.rejects(async () => collect(chat.send("two", OPTIONS)), isError("option"));
        await assert.rejects(chat.save(join(path, "nowhere")), isError("option"));
      }
      assert.equal(chat.messages.length, 2);
    });
  });

  test("regenerating nothing, and anything after the end", async () => {
    await withChat({}, async (chat) => {
      assert.throws(() => chat.regenerate(), isError("option"));
      assert.throws(() => chat.edit("x"), isError("option"));
      chat.dispose();
      chat.dispose();
      assert.throws(() => chat.send("x"), isError("disposed"));
      assert.equal(chat.position, 0);
    });
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
    await assert.rejects(llama.createChat({ messages: wrong as never }), isError("option"), JSON.stringify(wrong));
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
