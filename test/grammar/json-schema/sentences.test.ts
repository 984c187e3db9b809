import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { jsonSchemaRules } from "#dist/grammar/json-schema/compile.js";
import type { Rule } from "#dist/grammar/rules.js";
import { isWhole } from "../../helpers/long.js";
import { seededRandom } from "../../helpers/random.js";
import { needsReference, readReference, referencePath } from "../../helpers/reference.js";
import { SentenceMaker } from "./random-sentence.js";
import { validatorOf } from "./validator.js";

function tryRules(schema: unknown): Rule | undefined {
  try {
    return jsonSchemaRules(schema);
  } catch {
    return undefined;
  }
}

/** Makes sentences of each schema; gives how many, and those that are not valid. */
function check(schemas: readonly (readonly [name: string, schema: unknown])[], count: number): [number, string[]] {
  const random = seededRandom(16);
  const bad: string[] = [];
  let made = 0;
  for (const [name, schema] of schemas) {
    const rules = tryRules(schema);
    const isValid = rules === undefined ? undefined : validatorOf(schema);
    if (rules === undefined || isValid === undefined) continue;
    const maker = new SentenceMaker(rules, random);
    for (let i = 0; i < count; i++) {
      const sentence = maker.make(20 + i * 10);
      made++;
      if (!isValid(JSON.parse(sentence))) bad.push(`${name}: ${sentence}`);
    }
  }
  return [made, bad];
}

test("every sentence of a real schema's grammar is valid JSON that another validator accepts", needsReference, (t) => {
  const lines = readFileSync(referencePath("maskbench", "sample.jsonl"), "utf8").trim().split("\n");
  const samples = lines.map((line) => JSON.parse(line) as { name: string; schema: unknown });
  const [made, bad] = check(
    samples.filter((_, i) => i % (isWhole ? 6 : 12) === 0).map(({ name, schema }) => [name, schema]),
    isWhole ? 3 : 2,
  );
  t.diagnostic(`${made} sentences`);
  assert.ok(made > (isWhole ? 150 : 50));
  assert.deepEqual(bad, []);
});

// ajv decides some of what these ask otherwise than the official suite, which suite.test.ts compares with.
const AJV_DIFFERS = /dynamicRef|unevaluated/;

test("every sentence of a schema of the official suite is accepted by another validator", needsReference, (t) => {
  const suite = ["json-schema", "draft2020-12"];
  const folder = referencePath(...suite);
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".json"));
  const schemas = files
    .filter((file) => !AJV_DIFFERS.test(file))
    .flatMap((file) => {
      const groups = readReference<{ description: string; schema: unknown }[]>(...suite, file);
      return groups.map(({ description, schema }) => [`${file}: ${description}`, schema] as const);
    });
  const [made, bad] = check(schemas, isWhole ? 3 : 1);
  t.diagnostic(`${made} sentences`);
  assert.ok(made > (isWhole ? 500 : 200));
  assert.deepEqual(bad, []);
});
