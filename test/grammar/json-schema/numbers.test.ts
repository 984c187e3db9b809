import assert from "node:assert/strict";
import { test } from "node:test";
import { Grammar } from "#dist/grammar/grammar.js";
import { jsonSchemaRules } from "#dist/grammar/json-schema/compile.js";
import { isWhole } from "../../helpers/long.js";
import { seededRandom } from "../../helpers/random.js";

interface NumberSchema {
  type?: "integer" | "number";
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  multipleOf?: number;
}

/** In thousandths, so that all is exact. */
function isValid(schema: NumberSchema, thousandths: number): boolean {
  const at = (value: number) => Math.round(value * 1000);
  if (schema.type === "integer" && thousandths % 1000 !== 0) return false;
  if (schema.minimum !== undefined && thousandths < at(schema.minimum)) return false;
  if (schema.maximum !== undefined && thousandths > at(schema.maximum)) return false;
  if (schema.exclusiveMinimum !== undefined && thousandths <= at(schema.exclusiveMinimum)) return false;
  if (schema.exclusiveMaximum !== undefined && thousandths >= at(schema.exclusiveMaximum)) return false;
  return schema.multipleOf === undefined || thousandths % at(schema.multipleOf) === 0;
}

const grammarOf = (schema: unknown) => new Grammar(() => jsonSchemaRules(schema));

test("bounds and multiples of random schemas agree with arithmetic, as they are and negated", () => {
  const random = seededRandom(7);
  const pick = <T>(...values: readonly T[]) => values[Math.floor(random() * values.length)] as T;
  const bound = () => Math.round((random() - 0.5) * 10 ** pick(1, 2, 3, 5) * 1000) / 1000;
  for (let round = 0; round < (isWhole ? 120 : 40); round++) {
    const schema: NumberSchema = { type: pick("integer", "number", "number") };
    if (random() < 0.6) schema[pick("minimum", "exclusiveMinimum")] = pick(bound(), Math.round(bound()), 0);
    if (random() < 0.6) schema[pick("maximum", "exclusiveMaximum")] = pick(bound(), Math.round(bound()), 0);
    if (random() < 0.4) schema.multipleOf = pick(0.5, 2, 3, 7, 0.01, 0.25, 10, 15);
    let grammar: Grammar;
    try {
      grammar = grammarOf(schema);
    } catch (error) {
      assert.match(String(error), /allows no value/, JSON.stringify(schema));
      continue;
    }
    // The numbers that are left, with a string, so that there is always something left.
    const inverse = grammarOf({ type: ["number", "string"], not: schema });
    const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
    const near = [minimum, maximum, exclusiveMinimum, exclusiveMaximum].filter((value) => value !== undefined);
    const centres = [0, 1, -1, 100, ...near].map((value) => Math.round(value * 1000));
    const tried = centres.flatMap((c) => [c, c + 1, c - 1, c + 500, c - 500, c + 1000, c - 1000, c + 7000, c - 21_000]);
    for (const thousandths of [...tried, ...Array.from({ length: 20 }, () => Math.round(bound() * 1000))]) {
      const text = JSON.stringify(thousandths / 1000);
      assert.equal(grammar.test(text), isValid(schema, thousandths), `${text} of ${JSON.stringify(schema)}`);
      assert.equal(inverse.test(text), !isValid(schema, thousandths), `${text} of not ${JSON.stringify(schema)}`);
    }
  }
});

test("exponents are accepted where a schema does not bound them, as JSON.stringify writes them elsewhere", () => {
  const any = grammarOf({ type: "number" });
  for (const text of ["1e5", "1E+05", "-2.5e-7", "1e308", "5e-10"]) assert.equal(any.test(text), true, text);
  for (const text of ["1e400", "1e", "01", ".5", "1.", "+1", "NaN"]) assert.equal(any.test(text), false, text);
  const positive = grammarOf({ type: "number", exclusiveMinimum: 0, maximum: 1 });
  assert.equal(positive.test("1.5e-7"), true);
  assert.equal(positive.test("1.5e+21"), false);
  assert.equal(positive.test("-1.5e-7"), false);
  assert.equal(positive.test("0"), false);
  assert.equal(positive.test("0.0"), false);
});
