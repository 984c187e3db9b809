import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { bundledModelPath } from "#dist/bundled-model.js";
import { AnswerError } from "#dist/errors.js";
import { Grammar } from "#dist/grammar/grammar.js";
import { Llama } from "#dist/llama.js";
import { isLong, isWhole } from "../../helpers/long.js";
import { needsReference, referencePath } from "../../helpers/reference.js";
import { validatorOf } from "./validator.js";

const SCHEMAS = isLong ? 200 : isWhole ? 8 : 4;
const ANSWERS = isLong ? 10 : 2;
/** Answers that go on for ever are cut off, and others are asked for. */
const TRIES = 4 * ANSWERS;
const MOST_TOKENS = 700;
/** Beyond this a schema is for more text than a small model has room for. */
const LONGEST_SCHEMA = 4000;

const llama = await Llama.load(bundledModelPath, { contextSize: 16 * 1024, threads: 1 });
after(() => llama.dispose());

interface Sample {
  readonly name: string;
  readonly schema: unknown;
}

/** Answers to one schema: what was whole, and how many were cut off. */
async function sample({ schema }: Sample, seed: number): Promise<{ values: unknown[]; cut: number }> {
  const values: unknown[] = [];
  let cut = 0;
  for (let tried = 0; tried < TRIES && values.length < ANSWERS; ) {
    const wanted = Array.from({ length: ANSWERS - values.length }, () => seed + tried++);
    const ask = async (seed: number) => {
      try {
        values.push(await llama.complete("A value:", { schema, seed, temperature: 1.5, maxTokens: MOST_TOKENS }));
      } catch (error) {
        if (!(error instanceof AnswerError)) throw error;
        cut++;
      }
    };
    for (const seed of wanted) await ask(seed);
  }
  return { values, cut };
}

test(
  "answers that a hot model gives to real schemas are parsed, and valid to another validator",
  needsReference,
  async (t) => {
    const lines = readFileSync(referencePath("maskbench", "sample.jsonl"), "utf8").trim().split("\n");
    const all = lines.filter(({ length }) => length < LONGEST_SCHEMA).map((line) => JSON.parse(line) as Sample);
    const step = all.length / (isLong ? all.length : 40);
    const bad: string[] = [];
    let [schemas, answers, cutOff] = [0, 0, 0];
    for (let i = 0; schemas < SCHEMAS && i < all.length; i += step) {
      const one = all[Math.floor(i)] as Sample;
      const isValid = validatorOf(one.schema);
      if (isValid === undefined || !compiles(one.schema)) continue;
      const { values, cut } = await sample(one, 1000 * schemas);
      cutOff += cut;
      // A schema that a hot model never finds an end to says nothing.
      if (values.length < ANSWERS) continue;
      schemas++;
      answers += values.length;
      for (const value of values) if (!isValid(value)) bad.push(`${one.name}: ${JSON.stringify(value)}`);
    }
    t.diagnostic(`${answers} answers to ${schemas} schemas, all parsed; ${cutOff} others were cut off`);
    assert.deepEqual(bad, []);
    assert.equal(answers, SCHEMAS * ANSWERS);
  },
);

function compiles(schema: unknown): boolean {
  try {
    Grammar.fromJsonSchema(schema);
    return true;
  } catch {
    return false;
  }
}
