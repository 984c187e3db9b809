/**
 * Tries the server with the official clients of the APIs that it speaks, streaming and not: each must get what the
 * library answers.
 *
 * usage: node test/clients/run.js [NAME...]
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { HumanMessage } from "@langchain/core/messages";
import { ChatOpenAI } from "@langchain/openai";
import { generateObject, generateText, stepCountIs, streamText, tool } from "ai";
import OpenAI from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";
import { bundledModelPath, Llama } from "../../dist/index.js";
import { answerTrials } from "./answers.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const KEY = "a key";
const QUESTION = "What is 3 + 4?";
const ANSWER = /^3 \+ 4 = 7/;
const model = "tiny-llama-Q8_0";
const messages = [{ role: /** @type {const} */ ("user"), content: QUESTION }];
const City = z.object({ city: z.enum(["Bern", "Rome"]) });

const args = [join(root, "bin/llama2.js"), "serve", "--port", "0", "--threads", "1", "--api-key", KEY];
const server = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"] });
const address = await new Promise((resolve, reject) => {
  let told = "";
  server.stderr.on("data", (chunk) => {
    told += chunk;
    const found = /Listening at (\S+)/.exec(told)?.[1];
    if (found !== undefined) resolve(found);
  });
  server.on("exit", () => reject(new Error(told)));
});

const llama = await Llama.load(bundledModelPath, { threads: 1 });
const openai = new OpenAI({ baseURL: `${address}/v1`, apiKey: KEY, maxRetries: 0 });
const compatible = createOpenAICompatible({
  ...{ name: "llama2", baseURL: `${address}/v1`, apiKey: KEY, includeUsage: true, supportsStructuredOutputs: true },
});
const chat = compatible.chatModel(model);

/** A tool that tells the weather, and how often it was called. */
function weather() {
  let calls = 0;
  const run = (/** @type {z.infer<typeof City>} */ { city }) => {
    calls++;
    return `${city}: sunny`;
  };
  return { run, count: () => calls };
}

/** @type {Record<string, () => Promise<void>>} */
const TRIALS = {
  "openai: chat": async () => {
    const { choices, usage } = await openai.chat.completions.create({ model, messages, temperature: 0 });
    assert.match(choices[0]?.message.content ?? "", ANSWER);
    assert.equal(usage?.total_tokens, (usage?.prompt_tokens ?? 0) + (usage?.completion_tokens ?? 0));
  },
  "openai: chat, streamed": async () => {
    const body = {
      model,
      messages,
      temperature: 0,
      stream: /** @type {const} */ (true),
      stream_options: { include_usage: true },
    };
    let text = "";
    let tokens;
    for await (const { choices, usage } of await openai.chat.completions.create(body)) {
      text += choices[0]?.delta.content ?? "";
      tokens = usage?.completion_tokens ?? tokens;
    }
    assert.match(text, ANSWER);
    assert.ok((tokens ?? 0) > 5);
    const final = await openai.chat.completions.stream({ model, messages, temperature: 0 }).finalContent();
    assert.equal(final, text);
  },
  "openai: completions": async () => {
    const body = { model, prompt: "Once upon a time", temperature: 0, max_tokens: 8 };
    const { choices } = await openai.completions.create(body);
    let text = "";
    for await (const chunk of await openai.completions.create({ ...body, stream: true }))
      text += chunk.choices[0]?.text ?? "";
    assert.equal(text, choices[0]?.text);
  },
  "openai: responses": async () => {
    const body = { model, input: QUESTION, temperature: 0 };
    const response = await openai.responses.create(body);
    assert.match(response.output_text, ANSWER);
    const stream = openai.responses.stream(body);
    let text = "";
    for await (const event of stream) if (event.type === "response.output_text.delta") text += event.delta;
    assert.equal(text, response.output_text);
    assert.equal((await stream.finalResponse()).output_text, text);
  },
  "openai: parse with zod": async () => {
    const format = zodResponseFormat(City, "city");
    const body = { model, messages, response_format: format, temperature: 1, seed: 1 };
    const { choices } = await openai.chat.completions.parse(body);
    assert.ok(["Bern", "Rome"].includes(choices[0]?.message.parsed?.city ?? ""));
  },
  "openai: runTools": async () => {
    const { run, count } = weather();
    const parameters = /** @type {Record<string, unknown>} */ (z.toJSONSchema(City));
    const fn = {
      name: "weather",
      description: "The weather.",
      parameters,
      parse: (/** @type {string} */ text) => City.parse(JSON.parse(text)),
      function: run,
    };
    for (const stream of [false, true]) {
      const runner = openai.chat.completions.runTools(
        // @ts-expect-error the overloads want a constant
        {
          model,
          messages,
          tools: [{ type: "function", function: fn }],
          tool_choice: { type: "function", function: { name: "weather" } },
          temperature: 0,
          max_tokens: 200,
          stream,
        },
      );
      await runner.done();
      assert.ok(runner.messages.some((message) => message.role === "tool"));
    }
    assert.equal(count(), 2);
  },
  "openai: abort": async () => {
    const stream = await openai.chat.completions.create({
      model,
      messages,
      stream: true,
      max_tokens: 400,
      temperature: 1,
    });
    for await (const _ of stream) break;
    const controller = new AbortController();
    const asked = openai.chat.completions.create({ model, messages, max_tokens: 400 }, { signal: controller.signal });
    controller.abort();
    await assert.rejects(asked, OpenAI.APIUserAbortError);
    await idle();
  },
  "openai: errors": async () => {
    const wrong = (/** @type {object} */ body) => openai.chat.completions.create({ model, messages, ...body });
    await assert.rejects(wrong({ temperature: -1, tempature: 1 }), (error) => {
      assert.ok(error instanceof OpenAI.BadRequestError);
      assert.equal(error.param, "tempature");
      return true;
    });
    await assert.rejects(wrong({ model: "gpt-4" }), OpenAI.NotFoundError);
    const stranger = new OpenAI({ baseURL: `${address}/v1`, apiKey: "wrong", maxRetries: 0 });
    await assert.rejects(stranger.chat.completions.create({ model, messages }), OpenAI.AuthenticationError);
    assert.equal((await openai.models.list()).data[0]?.id, model);
  },
  "openai: in the process": async () => {
    const inside = new OpenAI({ baseURL: "http://localhost/v1", apiKey: "none", fetch: llama.fetch });
    const { choices } = await inside.chat.completions.create({ model: "llama2", messages, temperature: 0 });
    assert.match(choices[0]?.message.content ?? "", ANSWER);
    const controller = new AbortController();
    const asked = inside.chat.completions.create({ model: "llama2", messages }, { signal: controller.signal });
    setTimeout(() => controller.abort(), 20);
    await assert.rejects(asked, OpenAI.APIUserAbortError);
  },
  "ai: generateText and streamText": async () => {
    const { text, usage } = await generateText({ model: chat, prompt: QUESTION, temperature: 0 });
    assert.match(text, ANSWER);
    assert.ok((usage.outputTokens ?? 0) > 5);
    let streamed = "";
    for await (const part of streamText({ model: chat, prompt: QUESTION, temperature: 0 }).textStream) streamed += part;
    assert.equal(streamed, text);
  },
  "ai: generateObject": async () => {
    const { object } = await generateObject({ model: chat, prompt: "A city?", schema: City, temperature: 1, seed: 2 });
    assert.ok(["Bern", "Rome"].includes(object.city));
  },
  "ai: tools": async () => {
    const { run, count } = weather();
    const tools = {
      weather: tool({ description: "The weather.", inputSchema: City, execute: async (input) => run(input) }),
    };
    const { steps } = await generateText({
      ...{
        model: chat,
        prompt: "Weather?",
        tools,
        toolChoice: "required",
        temperature: 0,
        maxOutputTokens: 200,
        stopWhen: stepCountIs(1),
      },
    });
    assert.equal(steps[0]?.toolResults.length, count());
    const stream = streamText({
      model: chat,
      prompt: "Weather?",
      tools,
      toolChoice: "required",
      temperature: 0,
      maxOutputTokens: 200,
    });
    assert.ok((await stream.toolCalls).length > 0);
  },
  langchain: async () => {
    const configuration = { baseURL: `${address}/v1` };
    const client = new ChatOpenAI({ model, apiKey: KEY, configuration, temperature: 0, maxRetries: 0 });
    const { content } = await client.invoke([new HumanMessage(QUESTION)]);
    assert.match(String(content), ANSWER);
    let text = "";
    for await (const chunk of await client.stream([new HumanMessage(QUESTION)])) text += String(chunk.content);
    assert.equal(text, content);
    const object = await client.withStructuredOutput(City, { method: "jsonSchema" }).invoke("A city?");
    assert.ok(["Bern", "Rome"].includes(object.city));
  },
};

/** Waits until no answer is under way. */
async function idle() {
  for (;;) {
    const response = await fetch(`${address}/slots`, { headers: { authorization: `Bearer ${KEY}` } });
    const slots = /** @type {{ is_processing: boolean }[]} */ (await response.json());
    if (slots.every((slot) => !slot.is_processing)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const wanted = process.argv.slice(2);
const trials = { ...TRIALS, ...answerTrials({ address, key: KEY, model, llama }) };
for (const [name, trial] of Object.entries(trials)) {
  if (wanted.length > 0 && !wanted.some((part) => name.includes(part))) continue;
  try {
    await trial();
    console.log(`ok: ${name}`);
  } catch (error) {
    process.exitCode = 1;
    console.error(`failed: ${name}\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
}
server.removeAllListeners("exit");
server.kill("SIGTERM");
await llama.dispose();
