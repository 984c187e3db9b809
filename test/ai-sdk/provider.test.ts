import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import type { LanguageModelV4, ProviderV4 } from "@ai-sdk/provider";
import { generateText, Output, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";
import { createProvider } from "#dist/ai-sdk/provider.js";
import { bundledModelPath } from "#dist/bundled-model.js";
import { Llama } from "#dist/llama.js";
import { spread } from "../helpers/long.js";
import { fixtureModel, text, writeFixture } from "../helpers/model-fixture.js";
import { temporaryFolder } from "../helpers/temporary.js";
import { TOOL_TEMPLATES } from "../helpers/tool-templates.js";

const llama = await Llama.load(bundledModelPath, { threads: 1, contextSize: 2048 });
after(() => llama.dispose());
const provider = createProvider(llama);
/** These compile only where they are what the specification says. */
const asProvider: ProviderV4 = provider;
const model: LanguageModelV4 = asProvider.languageModel("tiny");

test("a text is what the library's chat answers, streamed and not", async () => {
  const chat = await llama.createChat({ system: "Be kind." });
  const expected = await chat.ask("What is 3 + 4?", { temperature: 0 });
  chat.dispose();
  const call = { model, system: "Be kind.", prompt: "What is 3 + 4?", temperature: 0 };
  const { text: whole, finishReason, usage } = await generateText(call);
  assert.deepEqual([whole, finishReason], [expected, "stop"]);
  assert.ok((usage.inputTokens ?? 0) > 10 && (usage.outputTokens ?? 0) > 2, JSON.stringify(usage));
  const result = streamText(call);
  let streamed = "";
  for await (const piece of result.textStream) streamed += piece;
  assert.equal(streamed, expected);
  assert.equal(await result.finishReason, "stop");
});

test("a conversation that goes on is read from the cache as far as it is known", async () => {
  const own = createProvider(llama)();
  const prompt = [
    { role: "user" as const, content: [{ type: "text" as const, text: "Hello." }] },
    { role: "assistant" as const, content: [{ type: "text" as const, text: "Hi!" }] },
    { role: "user" as const, content: [{ type: "text" as const, text: "What is 2 + 2?" }] },
  ];
  const first = await own.doGenerate({ prompt: prompt.slice(0, 1), maxOutputTokens: 3 });
  assert.deepEqual([first.usage.inputTokens.cacheRead, first.finishReason.unified], [0, "length"]);
  const second = await own.doGenerate({ prompt, maxOutputTokens: 3 });
  assert.ok((second.usage.inputTokens.cacheRead ?? 0) > 3, JSON.stringify(second.usage));
  const both = await Promise.all([1, 2, 3].map((seed) => own.doGenerate({ prompt, seed, maxOutputTokens: 8 })));
  assert.equal(both.length, 3, "at the same time");
});

test("an output schema holds, streamed and not", async () => {
  const schema = z.object({ name: z.string().max(20), age: z.number().int().min(0).max(99) });
  const call = { model, prompt: "A person", temperature: 1.5, seed: 3, output: Output.object({ schema }) };
  const { output } = await generateText(call);
  assert.deepEqual(schema.parse(output), output);
  const result = streamText(call);
  const seen: unknown[] = [];
  for await (const part of result.partialOutputStream) seen.push(part);
  assert.deepEqual(await result.output, output);
  assert.deepEqual(seen.at(-1), output);
});

for (const format of spread(["hermes", "mistral", "generic"] as const, 1)) {
  test(`tools are called with arguments that fit, in steps: ${format}`, async () => {
    const path = join(temporaryFolder(), "model.gguf");
    const metadata = { "tokenizer.chat_template": text(TOOL_TEMPLATES[format]) };
    writeFixture(path, fixtureModel({ contextLength: 4096, metadata }));
    const small = await Llama.load(path, { threads: 1 });
    try {
      const called: number[] = [];
      const double = tool({
        description: "Doubles a digit.",
        inputSchema: z.object({ digit: z.number().int().min(0).max(9) }),
        execute: ({ digit }) => {
          called.push(digit);
          return { doubled: 2 * digit };
        },
      });
      const call = {
        model: createProvider(small)("small"),
        prompt: "double it",
        tools: { double },
        seed: 4,
        maxOutputTokens: 400,
        stopWhen: stepCountIs(2),
        // The first step has to call, the second to answer.
        prepareStep: ({ stepNumber }: { stepNumber: number }) => ({
          toolChoice: stepNumber === 0 ? ("required" as const) : ("none" as const),
        }),
      };
      const { steps } = await generateText(call);
      const [first, second] = steps;
      assert.ok(called.length > 0);
      assert.equal(first?.finishReason, "tool-calls");
      assert.deepEqual(first?.toolCalls[0]?.input, { digit: called[0] });
      assert.deepEqual(first?.toolResults[0]?.output, { doubled: 2 * (called[0] as number) });
      assert.notEqual(second?.finishReason, "tool-calls");
      const output = Output.object({ schema: z.object({ twice: z.number().int().min(0).max(18) }) });
      const { output: value } = await generateText({ ...call, output });
      assert.ok(value.twice >= 0 && value.twice <= 18);
      const before = called.splice(0, called.length / 2);
      called.splice(0);
      const result = streamText(call);
      const kinds = new Set<string>();
      for await (const part of result.fullStream) kinds.add(part.type);
      for (const kind of ["tool-input-start", "tool-input-delta", "tool-input-end", "tool-call", "tool-result"]) {
        assert.ok(kinds.has(kind), kind);
      }
      assert.deepEqual(called, before, "the same seed");
    } finally {
      await small.dispose();
    }
  });
}

test("an abort ends an answer, and the next is as ever", async () => {
  const controller = new AbortController();
  const result = streamText({
    model,
    prompt: "Tell me a story.",
    abortSignal: controller.signal,
    providerOptions: { llama2: { ignoreEos: true } },
  });
  let pieces = 0;
  const kinds: string[] = [];
  for await (const part of result.fullStream) {
    kinds.push(part.type);
    if (part.type === "text-delta" && ++pieces === 3) controller.abort();
  }
  assert.equal(kinds.at(-1), "abort");
  await assert.rejects(
    generateText({ model, prompt: "Hi", abortSignal: AbortSignal.abort(new Error("no")), maxRetries: 0 }),
    /no/,
  );
  assert.notEqual((await generateText({ model, prompt: "Hello.", maxOutputTokens: 4 })).text, "");
});

test("what cannot be done is refused, or warned of", async () => {
  const own = provider();
  const user = (content: object) => [{ role: "user" as const, content: [content as never] }];
  const prompt = user({ type: "text", text: "Hi" });
  const refused = (options: object, code: string, message: RegExp) =>
    assert.rejects(own.doGenerate({ prompt, ...options }), { code, message });
  await refused({ prompt: user({ type: "file", mediaType: "image/png", data: "" }) }, "unsupported", /a part "file"/);
  await refused({ prompt: [] }, "option", /last message must be one of the user/);
  await refused({ prompt: user({ type: "text", text: "long ".repeat(4000) }) }, "context", /context holds 2048/);
  await refused({ providerOptions: { llama2: { heat: 1 } } }, "option", /no option heat/);
  const { warnings } = await own.doGenerate({
    prompt,
    maxOutputTokens: 2,
    reasoning: "high",
    tools: [{ type: "provider", id: "x.search", name: "search" }],
  });
  assert.deepEqual(
    warnings.map(({ feature }) => feature),
    ["tool search", "reasoning"],
  );
  assert.throws(() => provider.embeddingModel("x"), { code: "unsupported", message: /no embedding model "x"/ });
});
