import assert from "node:assert/strict";
import { after, test } from "node:test";
import { bundledModelPath } from "#dist/bundled-model.js";
import type { GenerateOptions } from "#dist/generation/options.js";
import { Grammar } from "#dist/grammar/grammar.js";
import { Llama } from "#dist/llama.js";
import type { SamplerStep } from "#dist/sampling/step.js";
import { isWhole } from "../helpers/long.js";

const llama = await Llama.load(bundledModelPath, { threads: 1 });
after(() => llama.dispose());

const PERSON = {
  type: "object",
  properties: {
    name: { type: "string", maxLength: 12 },
    age: { type: "integer", minimum: 0, maximum: 99 },
    color: { enum: ["red", "green", "blue"] },
  },
  required: ["name", "age", "color"],
  additionalProperties: false,
};

async function answer(prompt: string, options: GenerateOptions) {
  const generation = llama.generate(prompt, options);
  for await (const _ of generation);
  return generation;
}

/** Counts the tokens that are sampled. */
function counter(): SamplerStep & { count: number } {
  return {
    name: "counter",
    count: 0,
    apply() {
      this.count++;
    },
  };
}

test("an answer is of the form that was asked for, and ends with it", async () => {
  for (let seed = 1; seed <= (isWhole ? 5 : 3); seed++) {
    const json = await answer("Once upon a time", { seed, temperature: 1.5, jsonSchema: PERSON });
    assert.deepEqual(Object.keys(JSON.parse(json.text)), ["name", "age", "color"]);
    assert.equal(json.finishReason, "stop");
    const date = await answer("Once", { seed, regex: "\\d{4}-\\d\\d" });
    assert.match(date.text, /^\d{4}-\d\d$/);
    const word = await answer("Once", { seed, grammar: 'root ::= "yes" | "no"' });
    assert.match(word.text, /^(yes|no)$/);
    assert.equal((await answer("Once", { seed, grammar: Grammar.fromRegex("a{3}") })).text, "aaa");
  }
});

test("what a form leaves no choice about is not sampled, and is written as the tokenizer writes it", async () => {
  const sampled = counter();
  const text = '{"colour of the house": "';
  const regex = `${text.replace("{", "\\{")}(red|blue)"\\}`;
  const generation = await answer("Once", { temperature: 0, regex, steps: [sampled] });
  assert.match(generation.text, /^\{"colour of the house": "(red|blue)"\}$/);
  assert.ok(sampled.count <= 4, `${sampled.count} of ${generation.tokens.length} tokens were sampled`);
  const canonical = llama.tokenizer.encode(text, { addBos: false, addSpacePrefix: false });
  // The quotation mark at the end may be written as one with what follows.
  assert.deepEqual(generation.tokens.slice(0, canonical.length - 2), canonical.slice(0, -2));
});

test("a form that the free answer has anyway changes no token", async () => {
  const questions = ["What is 3 + 4?", "What color is the sky?", "What is the opposite of hot?"];
  for (const question of questions) {
    const prompt = `[INST] ${question} [/INST]`;
    const free = await answer(prompt, { temperature: 0 });
    const literal = free.text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
    for (const regex of ["[^]*", ` ?[A-Za-z0-9 +=]+\\.`, literal, `${literal.slice(0, literal.length >> 1)}[^]*`]) {
      if (!new RegExp(`^(?:${regex})$`).test(free.text)) continue;
      const held = await answer(prompt, { temperature: 0, regex });
      assert.deepEqual(held.tokens, free.tokens, `${regex} of ${free.text}`);
    }
  }
});

test("speculation and probabilities change no token of an answer with a form, and limits cut it anywhere", async () => {
  for (let seed = 1; seed <= 6; seed++) {
    const options = { seed, temperature: 1.2, jsonSchema: { type: "array", items: PERSON, minItems: 2, maxItems: 3 } };
    const prompt = '[{"name": "Tom", "age": 7, "color": "red"}, {"name": "Sue", ';
    const plain = await answer(prompt, options);
    const guessed = await answer(prompt, { ...options, speculation: "ngram" });
    assert.deepEqual(guessed.tokens, plain.tokens);
    const told = await answer(prompt, { ...options, logProbabilities: 2 });
    assert.deepEqual(told.tokens, plain.tokens);
    assert.deepEqual(
      told.logProbabilities.map(({ id }) => id),
      plain.tokens,
    );
    assert.ok(told.logProbabilities.every(({ logprob, top }) => logprob <= 0 && top.length === 2));
    const maxTokens = 1 + seed * 5;
    const cut = await answer(prompt, { ...options, maxTokens });
    assert.deepEqual(cut.tokens, plain.tokens.slice(0, maxTokens));
    assert.equal(cut.finishReason, "length");
  }
});

test("a form fills the context and no more", async () => {
  const session = await Llama.load(bundledModelPath, { threads: 1, contextSize: 32 });
  try {
    for (const regex of ["(once upon a time there was a dog ){9}", "[a-z ]{400}"]) {
      const generation = session.generate("Once", { temperature: 0, regex });
      for await (const _ of generation);
      assert.equal(generation.finishReason, "context");
      assert.equal(generation.promptTokens.length + generation.tokens.length, 33);
    }
  } finally {
    await session.dispose();
  }
});

test("contradictory forms are refused at the door, wrong ones before the first token", async () => {
  const both = /An answer has one form, but grammar and regex were given/;
  assert.throws(() => llama.generate("a", { grammar: 'root ::= "a"', regex: "a" }), both);
  assert.throws(() => llama.generate("a", { grammar: 5 as never }), /grammar must be a Grammar/);
  assert.throws(() => llama.generate("a", { regex: /a/ as never }), /regex must be a string/);
  assert.throws(() => llama.generate("a", { regex: "a", ignoreEos: true }), /ignoreEos contradicts the form/);
  await assert.rejects(llama.complete("a", { grammar: "root :: x" }), { code: "grammar" });
  await assert.rejects(llama.complete("a", { jsonSchema: { type: "thing" } }), { code: "grammar" });
});
