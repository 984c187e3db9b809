import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { LlamaError } from "#dist/errors.js";
import { Grammar } from "#dist/grammar/grammar.js";
import { jsonSchemaRules } from "#dist/grammar/json-schema/compile.js";
import { needsReference, readReference, referencePath } from "../../helpers/reference.js";
import { inSchemaOrder } from "./schema-order.js";

interface Group {
  readonly description: string;
  readonly schema: unknown;
  readonly tests: readonly { readonly description: string; readonly data: unknown; readonly valid: boolean }[];
}

const SUITE = ["json-schema", "draft2020-12"];

/**
 * What is decided otherwise here: formats restrict, although the specification leaves that open; and names of hosts in
 * other alphabets are left out, as no regular language tells the right ones.
 */
const isPromised = (description: string, data: unknown) =>
  !description.includes("only an annotation by default") && !(typeof data === "string" && /^xn--/i.test(data));

/** Keywords of which every test can be compiled, but for schemas that allow nothing, or name what is elsewhere. */
const PARTIAL = [
  "dynamicRef",
  "dependentSchemas",
  "format",
  "multipleOf",
  "uniqueItems",
  "unevaluatedItems",
  "unevaluatedProperties",
  "vocabulary",
];
const IN_ORDER = /allows no value|allows nothing|leaves the document|empty enum/;

test(
  "of the official suite nothing is decided wrongly: instances are right, or their schema is refused",
  needsReference,
  (t) => {
    const folder = referencePath(...SUITE);
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".json"));
    const wrong: string[] = [];
    const unexpected: string[] = [];
    assert.ok(files.length > 50);
    t.diagnostic("keyword                       compiled refused right");
    for (const file of files.sort()) {
      let [compiled, refused, right] = [0, 0, 0];
      for (const { description, schema, tests } of readReference<Group[]>(...SUITE, file)) {
        let grammar: Grammar;
        try {
          grammar = new Grammar(() => jsonSchemaRules(schema));
          compiled++;
        } catch (error) {
          assert.ok(error instanceof LlamaError && error.code === "grammar", `${file}: ${description}: ${error}`);
          refused++;
          const keyword = file.replace(".json", "");
          if (!PARTIAL.includes(keyword) && !IN_ORDER.test(error.message)) unexpected.push(`${file}: ${error.message}`);
          continue;
        }
        for (const { description: what, data, valid } of tests) {
          if (!isPromised(what, data)) continue;
          const isAccepted = grammar.test(JSON.stringify(valid ? inSchemaOrder(schema, data) : data));
          // Names that are required and nothing else may stand in any order.
          const isRight = isAccepted === valid || (valid && grammar.test(JSON.stringify(data)));
          if (isRight) right++;
          else wrong.push(`${file}: ${description}: ${what}`);
        }
      }
      t.diagnostic(
        `${file.padEnd(30)}${String(compiled).padStart(8)}${String(refused).padStart(8)}${String(right).padStart(6)}`,
      );
    }
    assert.deepEqual(wrong, []);
    assert.deepEqual(unexpected, []);
  },
);
