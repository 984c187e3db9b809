import assert from "node:assert/strict";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { OpenAIEmbeddings } from "@langchain/openai";
import { embedMany } from "ai";
import { Ollama } from "ollama";
import OpenAI from "openai";

/** @typedef {import("../../dist/index.js").Llama} Llama */

const SAMPLING = { temperature: 1.2, seed: 11 };
const MAX_TOKENS = 24;
const QUESTION = "What is 3 + 4?";
const PROMPT = "Once upon a time";
const CITY = {
  type: "object",
  properties: { city: { type: "string", enum: ["Bern", "Rome"] } },
  required: ["city"],
  additionalProperties: false,
};

/** What the library says in a chat. @param {Llama} llama @param {number} seed */
async function chatAnswer(llama, seed) {
  const chat = await llama.createChat();
  const answer = chat.send(QUESTION, { ...SAMPLING, seed, maxTokens: MAX_TOKENS });
  for await (const _ of answer);
  const { text, tokens, promptTokens } = answer;
  chat.dispose();
  return { text, tokens: tokens.length, promptTokens: promptTokens.length };
}

/**
 * Trials of whether answers, counts and vectors are the library's to the last character.
 * @param {{ address: string, key: string, model: string, llama: Llama }} setting
 * @returns {Record<string, () => Promise<void>>}
 */
export function answerTrials({ address, key, model, llama }) {
  const baseURL = `${address}/v1`;
  const openai = new OpenAI({ baseURL, apiKey: key, maxRetries: 0 });
  const ollama = new Ollama({ host: address, headers: { authorization: `Bearer ${key}` } });
  const messages = [{ role: /** @type {const} */ ("user"), content: QUESTION }];
  const texts = [PROMPT, QUESTION];
  const vectors = async () => (await llama.embed(texts)).map(({ vector }) => [...vector]);
  const options = { ...SAMPLING, num_predict: MAX_TOKENS };

  return {
    "openai: the library's answers, alone and among fifteen others": async () => {
      const ask = (/** @type {number} */ seed) =>
        openai.chat.completions.create({ model, messages, ...SAMPLING, seed, max_tokens: MAX_TOKENS });
      const expected = await Promise.all(Array.from({ length: 16 }, (_, seed) => chatAnswer(llama, seed)));
      const told = (/** @type {OpenAI.ChatCompletion} */ { choices, usage }) => ({
        text: choices[0]?.message.content,
        tokens: usage?.completion_tokens,
        promptTokens: usage?.prompt_tokens,
      });
      assert.deepEqual(told(await ask(5)), expected[5]);
      const together = await Promise.all(expected.map((_, seed) => ask(seed)));
      assert.deepEqual(together.map(told), expected);
    },
    "openai, ai and langchain: embeddings": async () => {
      const expected = await vectors();
      const { data } = await openai.embeddings.create({ model, input: texts });
      assert.deepEqual(
        data.map(({ embedding }) => embedding),
        expected,
      );
      const provider = createOpenAICompatible({ name: "llama2", baseURL, apiKey: key });
      const { embeddings } = await embedMany({ model: provider.textEmbeddingModel(model), values: texts });
      assert.deepEqual(embeddings, expected);
      const langchain = new OpenAIEmbeddings({ model, apiKey: key, maxRetries: 0, configuration: { baseURL } });
      assert.deepEqual(await langchain.embedDocuments(texts), expected);
    },
    "ollama: chat": async () => {
      const expected = await chatAnswer(llama, SAMPLING.seed);
      const answer = await ollama.chat({ model, messages, options });
      assert.deepEqual(
        [answer.message.content, answer.eval_count, answer.prompt_eval_count],
        [expected.text, expected.tokens, expected.promptTokens],
      );
      let text = "";
      for await (const { message } of await ollama.chat({ model, messages, options, stream: true })) {
        text += message.content;
      }
      assert.equal(text, expected.text);
      const held = { model, messages, format: CITY, options: { temperature: 0, num_predict: 200 } };
      assert.ok(["Bern", "Rome"].includes(JSON.parse((await ollama.chat(held)).message.content).city));
    },
    "ollama: generate and embed": async () => {
      const expected = await llama.complete(PROMPT, { ...SAMPLING, maxTokens: MAX_TOKENS });
      const asked = { model, prompt: PROMPT, raw: true, options };
      assert.equal((await ollama.generate(asked)).response, expected);
      let text = "";
      for await (const { response } of await ollama.generate({ ...asked, stream: true })) text += response;
      assert.equal(text, expected);
      assert.deepEqual((await ollama.embed({ model, input: texts })).embeddings, await vectors());
    },
    "ollama: models, abort and errors": async () => {
      assert.equal((await ollama.list()).models[0]?.name, `${model}:latest`);
      assert.equal((await ollama.ps()).models.length, 1);
      assert.equal((await ollama.show({ model })).details.format, "gguf");
      const endless = await ollama.generate({ model, prompt: PROMPT, options: { num_predict: -1 }, stream: true });
      await assert.rejects(async () => {
        for await (const _ of endless) endless.abort();
      }, /abort/i);
      await assert.rejects(ollama.chat({ model: "llama3.2", messages }), /no model of that name/);
      await assert.rejects(new Ollama({ host: address }).show({ model }), /key/);
    },
  };
}
