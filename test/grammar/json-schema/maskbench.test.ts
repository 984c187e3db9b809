import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { LlamaError } from "#dist/errors.js";
import { Grammar } from "#dist/grammar/grammar.js";
import { jsonSchemaRules } from "#dist/grammar/json-schema/compile.js";
import { isWhole } from "../../helpers/long.js";
import { needsReference, referencePath } from "../../helpers/reference.js";
import { inSchemaOrder } from "./schema-order.js";

interface Sample {
  readonly name: string;
  readonly schema: unknown;
  readonly tests: readonly { readonly data: unknown; readonly valid: boolean }[];
}

/** JSON as programs write it: compact, with blanks, with line breaks. */
const writers: readonly ((value: unknown) => string)[] = [
  (value) => JSON.stringify(value),
  spaced,
  (value) => JSON.stringify(value, undefined, 2),
];

function spaced(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value);
  return `{${entries.map(([key, part]) => `${JSON.stringify(key)}: ${spaced(part)}`).join(", ")}}`;
}

test(
  "real schemas compile or are refused, no invalid instance is accepted, and valid ones are",
  needsReference,
  (t) => {
    const lines = readFileSync(referencePath("maskbench", "sample.jsonl"), "utf8").trim().split("\n");
    const chosen = lines.filter((_, i) => isWhole || i % 3 === 0);
    const samples = chosen.map((line) => JSON.parse(line) as Sample);
    const [refused, accepted, rejected, unsorted]: string[][] = [[], [], [], []];
    let valid = 0;
    for (const { name, schema, tests } of samples) {
      let grammar: Grammar;
      try {
        grammar = new Grammar(() => jsonSchemaRules(schema));
      } catch (error) {
        assert.ok(error instanceof LlamaError && error.code === "grammar", `${name}: ${error}`);
        assert.match(error.message, /^In the (root of the )?JSON schema/, name);
        refused?.push(`${name}: ${error.message}`);
        continue;
      }
      for (const { data, valid: isValid } of tests) {
        const texts = writers.map((write) => write(data));
        if (!isValid) {
          if (texts.some((text) => grammar.test(text))) accepted?.push(name);
          continue;
        }
        valid++;
        if (texts.every((text) => grammar.test(text))) continue;
        unsorted?.push(name);
        const sorted = inSchemaOrder(schema, data);
        if (!writers.every((write) => grammar.test(write(sorted)))) rejected?.push(name);
      }
    }
    t.diagnostic(`${samples.length} schemas, ${refused?.length} refused; ${valid} valid instances of the others`);
    t.diagnostic(`rejected with their properties as they stand: ${unsorted?.join(", ")}`);
    t.diagnostic(`rejected in the schema's order: ${rejected?.join(", ")}`);
    for (const reason of refused ?? []) t.diagnostic(reason);
    assert.deepEqual(accepted, []);
    assert.ok((refused?.length ?? 0) <= samples.length * 0.03);
    assert.ok((rejected?.length ?? 0) <= valid * 0.003);
  },
);
