import { named, names, nested, numbered } from "./numbered.js";

const STRING = { type: "string" };
const NULL = { type: "null" };

/** JSON schemas, by what they are made to blow up. */
export const SCHEMAS: Readonly<Record<string, () => unknown>> = {
  "20,000 required properties": () => ({
    type: "object",
    properties: named(20_000, () => STRING),
    required: names(20_000),
  }),
  "20,000 required properties, closed": () => ({
    type: "object",
    properties: named(20_000, () => STRING),
    required: names(20_000),
    additionalProperties: false,
  }),
  "20,000 optional properties": () => ({ type: "object", properties: named(20_000, () => STRING) }),
  "20,000 optional properties, closed": () => ({
    type: "object",
    properties: named(20_000, () => STRING),
    additionalProperties: false,
  }),
  "40,000 optional properties of one schema": () => ({
    properties: named(40_000, () => ({ $ref: "#/$defs/a" })),
    $defs: { a: STRING },
  }),
  "20,000 required names that no property declares": () => ({ type: "object", required: names(20_000) }),
  "20,000 properties with long names": () => ({
    properties: named(5000, () => NULL, "x".repeat(500)),
    additionalProperties: false,
  }),
  "5,000 properties with propertyNames": () => ({
    properties: named(5000, () => STRING),
    propertyNames: { pattern: "^(a|b|p)+[0-9]*$" },
  }),
  "5,000 properties and 4 patterns": () => ({
    properties: named(5000, () => STRING),
    patternProperties: { "^.{0,40}7.*$": { maxLength: 3 }, "[0-9]{4}": { minLength: 1 }, x: true, "^q": false },
  }),
  "40 patterns that exclude one another": () => ({ patternProperties: named(40, () => STRING, "^a{0,50}") }),
  "a pattern of 100,000 characters": () => ({ type: "string", pattern: "a?".repeat(50_000) }),
  "patternProperties of 20,000 characters": () => ({
    patternProperties: { [`^(${names(4000, "k").join("|")})$`]: NULL },
    additionalProperties: false,
  }),
  "anyOf of 200 times allOf of 20": () => ({
    allOf: numbered(20, (i) => ({ anyOf: numbered(200, (j) => ({ const: `${(i * j) % 7}` })) })),
  }),
  "anyOf, 10 wide and 6 deep": () =>
    nested(6, (inner, level) => ({ anyOf: numbered(10, (i) => ({ properties: { [`k${level}${i}`]: inner } })) }), NULL),
  "anyOf of 400 objects twice": () => ({
    anyOf: numbered(400, (i) => ({ properties: { [`a${i}`]: NULL }, required: [`a${i}`] })),
    allOf: [{ anyOf: numbered(400, (i) => ({ properties: { [`b${i}`]: NULL }, required: [`b${i}`] })) }],
  }),
  "oneOf of 400 objects": () => ({
    oneOf: numbered(400, (i) => ({
      type: "object",
      properties: { kind: { const: `k${i}` }, v: STRING },
      required: ["kind"],
    })),
  }),
  "oneOf of 100 patterns": () => ({ oneOf: numbered(100, (i) => ({ type: "string", pattern: `^(a|b){${i}}c` })) }),
  "oneOf of 60 patterns, overlapping": () => ({
    oneOf: numbered(60, (i) => ({ type: "string", pattern: `a.{${i}}b` })),
  }),
  "allOf of 12 searching patterns": () => ({
    type: "string",
    allOf: numbered(12, (i) => ({
      pattern: `${String.fromCharCode(97 + i)}.{${i + 3}}${String.fromCharCode(98 + i)}`,
    })),
  }),
  "not of a pattern with memory": () => ({ type: "string", not: { pattern: "a.{20}b" }, pattern: "b.{20}a" }),
};
