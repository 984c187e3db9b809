import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { Engine } from "#dist/engine/engine.js";
import { LlamaError } from "#dist/errors.js";
import { Llama } from "#dist/llama.js";
import { fixtureModel, text, writeFixture } from "../helpers/model-fixture.js";
import { temporaryFolder } from "../helpers/temporary.js";

const TURNS = 200;
const CONTEXT = 512;
const SYSTEM = "answer as a pirate would";

const path = join(temporaryFolder(), "model.gguf");
writeFixture(path, fixtureModel({ contextLength: CONTEXT, metadata: { "general.name": text("llama-2-chat") } }));
const llama = await Llama.load(path, { threads: 1 });
after(() => llama.dispose());

/** Counts what is evaluated, which the chat cannot embellish. */
let evaluated = 0;
const { evaluate } = Engine.prototype;
Engine.prototype.evaluate = function (this: Engine, cache, tokens, options) {
  evaluated += tokens.length;
  return evaluate.call(this, cache, tokens, options);
};

test(`${TURNS} turns through a context of ${CONTEXT} tokens`, async () => {
  const chat = await llama.createChat({ system: SYSTEM });
  const controller = new AbortController();
  let listeners = 0;
  const { signal } = controller;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    listeners++;
    addEventListener.apply(signal, args);
  };
  signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
    listeners--;
    removeEventListener.apply(signal, args);
  };

  const perTurn: number[] = [];
  let dropped = 0;
  for (let turn = 0; turn < TURNS; turn++) {
    evaluated = 0;
    const answer = chat.send(`question ${turn}: ${"word ".repeat(turn % 7)}`, {
      maxTokens: 12,
      ignoreEos: true,
      seed: turn,
      signal,
    });
    for await (const _ of answer);
    perTurn.push(evaluated);
    dropped += answer.droppedExchanges;
    assert.equal(answer.finishReason, "length", `turn ${turn}`);
    assert.equal(chat.droppedExchanges, dropped);
    assert.ok(chat.position <= CONTEXT);
    const prompt = llama.tokenizer.decode(await chat.promptTokens());
    assert.ok(prompt.includes(`<<SYS>>\n${SYSTEM}\n<</SYS>>`), `turn ${turn} has the system prompt`);
    assert.ok(prompt.includes(`question ${turn}:`), `turn ${turn} has its question`);
    assert.equal(prompt.includes("question 0:"), dropped === 0, `turn ${turn} says what was dropped`);
  }

  assert.equal(chat.messages.length, 2 * TURNS);
  assert.ok(dropped > 100 && dropped < TURNS, `${dropped} exchanges were dropped`);
  assert.equal(listeners, 0, "every listener of the signal was taken back");
  const half = TURNS / 2;
  const sum = (from: number, to: number) => perTurn.slice(from, to).reduce((total, count) => total + count, 0);
  // Dropping exchanges costs half a context now and then; all turns together cost what they would alone.
  assert.ok(sum(half, TURNS) < 1.25 * sum(0, half), `${sum(0, half)} tokens, then ${sum(half, TURNS)}`);
  assert.ok(Math.max(...perTurn) < CONTEXT);
  assert.ok(sum(0, TURNS) / TURNS < CONTEXT / 4, `${sum(0, TURNS) / TURNS} tokens a turn`);
  chat.dispose();
});

test("chats that end give their KV caches back", async () => {
  const { total, cache } = llama.memory;
  // Room for one conversation, and not for two.
  const small = await Llama.load(path, { threads: 1, memoryLimit: total + cache / 2 });
  for (let i = 0; i < 50; i++) {
    const chat = await small.createChat({});
    for await (const _ of chat.send("hi", { maxTokens: 2, ignoreEos: true }));
    await assert.rejects(small.createChat({}), (error) => error instanceof LlamaError && error.code === "memory");
    chat.dispose();
  }
  await small.dispose();
});
