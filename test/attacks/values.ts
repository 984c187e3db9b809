import { named, names, nested, numbered } from "./numbered.js";

const STRING = { type: "string" };
const NULL = { type: "null" };

/** JSON schemas of many values, references or numbers. */
export const VALUES: Readonly<Record<string, () => unknown>> = {
  "an enum of 200,000 strings": () => ({ enum: numbered(200_000, (i) => `${i * 7919}`) }),
  "an enum of 4,000 numbers": () => ({ enum: numbered(4000, (i) => i * 1.5) }),
  "two enums of 4,000 numbers": () => ({
    enum: numbered(4000, (i) => i * 1.5),
    anyOf: [{ enum: numbered(16, (i) => i) }],
  }),
  "not an enum of 2,000 numbers": () => ({ type: "number", not: { enum: numbered(2000, (i) => i * 1.5) } }),
  "an enum of 20,000 objects": () => ({ enum: numbered(20_000, (i) => ({ a: i, b: { c: `${i}` } })) }),
  "an enum of 5,000 arrays": () => ({ enum: numbered(5000, (i) => [i, [i]]) }),
  "enum strings tested by a pattern": () => ({
    enum: numbered(50_000, (i) => `v${i}`.repeat(5)),
    pattern: "(1.*){5}$",
  }),
  "a web of 2,000 references": () => ({
    $ref: "#/$defs/p0",
    $defs: named(2000, (i) => ({
      properties: { a: { $ref: `#/$defs/p${(i * 7 + 1) % 2000}` }, b: { $ref: `#/$defs/p${(i * 13 + 5) % 2000}` } },
    })),
  }),
  "a web of 300 references, each to all": () => ({
    $ref: "#/$defs/p0",
    $defs: named(300, () => ({ properties: named(300, (j) => ({ $ref: `#/$defs/p${j}` })) })),
  }),
  "references that allOf doubles": () => ({
    $ref: "#/$defs/p0",
    $defs: {
      ...named(100, (i) => ({
        allOf: [{ $ref: `#/$defs/p${i + 1}` }, { $ref: `#/$defs/p${i + 1}` }],
        properties: { [`x${i}`]: NULL },
      })),
      p100: true,
    },
  }),
  "recursive schemas intersected": () => ({
    allOf: numbered(6, (i) => ({ $ref: `#/$defs/r${i}` })),
    $defs: named(6, (i) => ({ properties: named(i + 2, (j) => ({ $ref: `#/$defs/r${(i + j) % 6}` }), "n") }), "r"),
  }),
  "multiples of 12 numbers": () => ({
    type: "integer",
    allOf: numbered(12, (i) => ({ multipleOf: [2, 3, 5, 7, 4, 9, 6, 8, 10, 12, 14, 15][i] })),
    not: { multipleOf: 4999 },
  }),
  "a multiple of 4,999 between bounds": () => ({ type: "number", multipleOf: 4.999, minimum: -1e9, maximum: 1e9 }),
  "300 multiples side by side": () => ({ properties: named(300, (i) => ({ type: "integer", multipleOf: 4001 + i })) }),
  "numbers of 300 digits": () => ({
    anyOf: numbered(300, (i) => ({ type: "number", minimum: 1.7e308 / (i + 1), maximum: 1.7e308 })),
  }),
  "tiny numbers": () => ({
    anyOf: numbered(300, (i) => ({ type: "number", minimum: 5e-324 * (i + 1), maximum: 1e-300 })),
  }),
  "multiples of the smallest number": () => ({ type: "number", multipleOf: 5e-324, minimum: 1, maximum: 2 }),
  "uniqueItems of 11 values": () => ({ items: { enum: numbered(11, (i) => i) }, uniqueItems: true }),
  "300 arrays of 10 unique values": () => ({
    properties: named(300, (i) => ({ items: { enum: numbered(10, (j) => i + j) }, uniqueItems: true })),
  }),
  "contains many times": () => ({
    allOf: numbered(6, (i) => ({ contains: { const: i }, minContains: 2, maxContains: 3 })),
  }),
  "prefixItems, 20,000 long": () => ({ prefixItems: numbered(20_000, () => STRING) }),
  "prefixItems, 20,000 long, of any": () => ({ not: { prefixItems: numbered(3000, () => STRING) } }),
  "counted properties, 140 of 140": () => ({
    properties: named(140, () => STRING),
    minProperties: 70,
    additionalProperties: false,
  }),
  "100 counted objects": () => ({
    properties: named(100, () => ({
      properties: named(140, () => STRING, "q"),
      minProperties: 70,
      additionalProperties: false,
    })),
  }),
  "dependentRequired, 8 of 8": () => ({
    properties: named(40, () => STRING),
    dependentRequired: named(8, (i) => names(30, `d${i}`)),
  }),
  "unevaluatedProperties with anyOf": () => ({
    anyOf: numbered(6, (i) => ({ properties: { [`p${i}`]: STRING }, required: [`p${i}`] })),
    unevaluatedProperties: false,
  }),
  "if and else, 10 deep": () =>
    // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema
    nested(10, (inner, i) => ({ if: { properties: { [`k${i}`]: { const: i } } }, then: inner, else: inner }), NULL),
  "if of many properties": () => ({
    if: { properties: named(300, () => NULL) },
    // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema
    then: { required: ["a"] },
    else: { required: ["b"] },
  }),
  "not of many properties": () => ({ not: { properties: named(400, () => NULL) } }),
  "all formats at once": () => ({
    type: "string",
    allOf: ["date", "email", "uri", "ipv6", "hostname", "date-time"].map((format) => ({
      anyOf: [{ format }, { maxLength: 3 }],
    })),
  }),
  "e-mail addresses with lengths": () => ({ type: "string", format: "email", minLength: 100, maxLength: 120 }),
  "host names and their opposite": () => ({
    type: "string",
    format: "uri",
    not: { pattern: "^(https?|ftp)://[^/]{3,200}\\.(com|org)" },
  }),
  "a length and a pattern with another": () => ({
    type: "string",
    minLength: 5000,
    maxLength: 9000,
    pattern: "^(ab|c){3000,7000}$",
  }),
  "counts of two periods": () => ({
    type: "string",
    pattern: "^(a{97})*$",
    allOf: [{ pattern: "^(a{101})*$" }, { minLength: 1 }],
  }),
  "counts of three periods": () => ({
    type: "string",
    allOf: [37, 41, 43].map((n) => ({ pattern: `^(a{${n}})*$` })),
    minLength: 1,
  }),
  "properties by 3,000 nested levels of one": () => ({
    $ref: "#/$defs/p0",
    $defs: {
      ...named(3000, (i) => ({ properties: { n: { $ref: `#/$defs/p${i + 1}` } }, required: ["n"] })),
      p3000: NULL,
    },
  }),
  "a chain in which nothing is inhabited": () => ({
    $ref: "#/$defs/p0",
    $defs: {
      ...named(3000, (i) => ({
        type: "object",
        properties: { a: { $ref: `#/$defs/p${i + 1}` }, b: { $ref: `#/$defs/p${(i * 7) % 3000}` } },
        required: ["a"],
      })),
      p3000: { type: "object", properties: { a: { $ref: "#/$defs/p0" } }, required: ["a"] },
    },
  }),
  "values nested 120 deep": () => ({ const: nested(120, (inner) => [inner, 1], 1) }),
  "a const of 100,000 values": () => ({ const: numbered(100_000, (i) => i) }),
  "const objects within objects": () => ({
    const: nested(100, (inner, i) => ({ a: inner, b: i, c: "x".repeat(1000) }), 1),
  }),
  "10,000 anyOf of strings": () => ({ anyOf: numbered(10_000, (i) => ({ const: `s${i}` })) }),
  "10,000 anyOf of lengths": () => ({
    anyOf: numbered(3000, (i) => ({ type: "string", minLength: 2 * i + 1, maxLength: 2 * i + 1 })),
  }),
  "500 anyOf of patterns": () => ({
    anyOf: numbered(500, (i) => ({ type: "string", pattern: `^[a-${String.fromCharCode(98 + (i % 24))}]{${i}}x` })),
  }),
  "Unicode properties": () => ({
    type: "string",
    pattern: "^[\\p{L}--\\p{Script=Greek}]+[\\p{Script=Han}&&\\p{Lo}]*[\\p{Sc}\\p{N}\\p{P}]+$",
  }),
  "unique lists of objects, each within eight": () => ({
    uniqueItems: true,
    items: false,
    prefixItems: [{ $ref: "#/$defs/p0" }, { $ref: "#/$defs/p0" }],
    $defs: {
      ...named(8, (i) => ({
        type: "object",
        properties: named(12, () => ({ $ref: `#/$defs/p${i + 1}` }), "k"),
        required: names(12, "k"),
        additionalProperties: false,
      })),
      p8: { const: 1 },
    },
  }),
  "a long text in a const, 120 deep": () => ({ const: nested(120, (inner) => [inner], "x".repeat(2_000_000)) }),
  "20,000 references below a long URI": () => ({
    $id: `http://x/${"a".repeat(1_000_000)}`,
    properties: named(20_000, () => ({ $ref: "#/$defs/a" })),
    $defs: { a: NULL },
  }),
  "500,000 values": () => ({ enum: [numbered(400_000, () => 1)] }),
  "deep pointers": () => nested(120, (items) => ({ properties: { ["k".repeat(2000)]: items } }), NULL),
  "pointers that grow": () => ({ $defs: nested(500, (inner) => ({ ["k".repeat(1000)]: inner }), NULL) }),
  "names that all anchors share": () => ({
    $defs: named(5000, (i) => ({ $id: `http://x/${i}`, $anchor: "a" })),
    $ref: "http://x/4999#a",
  }),
  "references with long pointers": () => ({
    properties: named(5000, () => ({ $ref: `#/$defs${"/a/properties".repeat(100)}/a` })),
    $defs: nested(101, (inner) => ({ a: { properties: inner } }), { a: NULL }),
  }),
};
