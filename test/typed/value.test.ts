import assert from "node:assert/strict";
import { after, test } from "node:test";
import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import { bundledModelPath } from "#dist/bundled-model.js";
import { AnswerError } from "#dist/errors.js";
import { Llama } from "#dist/llama.js";

const llama = await Llama.load(bundledModelPath, { threads: 1 });
after(() => llama.dispose());

const OPTIONS = { seed: 3, temperature: 1 } as const;

test("an answer with a schema is the value that the schema describes, of any library", async () => {
  const zod = z.object({ name: z.string().max(20), age: z.number().int().min(0).max(120) });
  const valibot = toStandardJsonSchema(v.object({ color: v.picklist(["red", "blue"]) }));
  const ark = type({ count: "0 < number.integer < 10" });
  const json = { type: "array", items: { type: "boolean" }, minItems: 1, maxItems: 3 } as const;

  const person: { name: string; age: number } = await llama.complete("A person:", { ...OPTIONS, schema: zod });
  assert.deepEqual(Object.keys(person), ["name", "age"]);
  const { color }: { color: "red" | "blue" } = await llama.complete("A color:", { ...OPTIONS, schema: valibot });
  assert.match(color, /^(red|blue)$/);
  const { count }: { count: number } = await llama.complete("How many?", { ...OPTIONS, schema: ark });
  assert.ok(count > 0 && count < 10);
  const list: boolean[] = await llama.complete("Yes and no:", { ...OPTIONS, schema: json });
  assert.ok(list.length >= 1 && list.every((item) => typeof item === "boolean"));
});

test("a chat's answer with a schema is its value, which it shows as it comes", async () => {
  const chat = await llama.createChat();
  const schema = z.object({ story: z.string().min(20).max(60), sad: z.boolean() });
  try {
    const asked: { story: string; sad: boolean } = await chat.ask("Tell me a story.", { ...OPTIONS, schema });
    assert.equal(chat.messages.at(-1)?.content.replace(/\s/g, "").startsWith('{"story":'), true);
    chat.clear();
    const values = chat.stream("Tell me a story.", { ...OPTIONS, schema });
    const seen: { story?: string; sad?: boolean }[] = [];
    let last = await values.next();
    for (; last.done !== true; last = await values.next()) seen.push(last.value);
    assert.deepEqual(last.value, asked);
    assert.ok(seen.length > 5);
    for (const { story = "" } of seen) assert.ok(asked.story.startsWith(story), story);
    assert.equal(typeof (await chat.ask("What is 3 + 4?", { temperature: 0 })), "string");
  } finally {
    chat.dispose();
  }
});

test("what a schema makes of a value, and what it refuses besides its form, is the library's to say", async () => {
  const doubled = z.object({ n: z.number().int().min(1).max(9) }).transform(({ n }) => ({ twice: n * 2 }));
  const { twice }: { twice: number } = await llama.complete("n", { ...OPTIONS, schema: doubled });
  assert.equal(twice % 2, 0);
  const never = z.object({ n: z.literal(1) }).refine(() => false, "never good enough");
  await assert.rejects(llama.complete("n", { ...OPTIONS, schema: never }), (error: unknown) => {
    assert.ok(error instanceof AnswerError);
    assert.match(error.message, /refused by it: .*never good enough/);
    assert.deepEqual(JSON.parse(error.partial), { n: 1 });
    return true;
  });
});

test("an answer that was cut off is an error that has what there is of it", async () => {
  const schema = { type: "string", minLength: 200, maxLength: 300 } as const;
  const isCutOff = (reason: RegExp) => (error: unknown) => {
    assert.ok(error instanceof AnswerError);
    assert.equal(error.code, "answer");
    assert.match(error.message, reason);
    assert.match(error.partial, /^"/);
    return true;
  };
  await assert.rejects(llama.complete("n", { ...OPTIONS, schema, maxTokens: 8 }), isCutOff(/raise maxTokens/));
  await assert.rejects(llama.complete("n", { ...OPTIONS, schema, stop: ["a"] }), isCutOff(/stop string/));
  const controller = new AbortController();
  const aborted = llama.complete("n", { ...OPTIONS, schema, signal: controller.signal });
  controller.abort(new Error("enough"));
  await assert.rejects(aborted, /enough/);
  await assert.rejects(llama.complete("n", { schema, regex: "a" } as never), /schema and regex were given/);
});
