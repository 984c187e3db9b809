import { CodeError } from "./code-error.js";

/** What programs compute with. */
export type Value = number | string | boolean | Value[];

/** Characters of a text, or items of an array, at most. */
const LONGEST = 10_000;

/** What a value is, for a person. */
export function nameOf(value: Value): string {
  return Array.isArray(value) ? "an array" : `a ${typeof value}`;
}

/** As it would be written in a program. */
export function written(value: Value): string {
  return Array.isArray(value) ? `[${value.map(written).join(", ")}]` : JSON.stringify(value);
}

/** @throws CodeError `limit` where a value has become too large to go on with */
export function bounded<T extends Value>(value: T, line: number): T {
  const size = typeof value === "string" || Array.isArray(value) ? value.length : 0;
  if (size > LONGEST) throw new CodeError("limit", line, `A value has grown to ${size} items; ${LONGEST} are allowed.`);
  return value;
}

type NumberSign = "-" | "*" | "/" | "%";
const OF_NUMBERS: Readonly<Record<NumberSign, (a: number, b: number) => number>> = {
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a % b,
};
const OF_ORDER: Readonly<Record<string, (a: number | string, b: number | string) => boolean>> = {
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};

/**
 * What a sign makes of two values, as JavaScript has it, but without its conversions: only texts take numbers.
 * @throws CodeError `type` for values that the sign is not for
 */
export function combine(sign: string, a: Value, b: Value, line: number): Value {
  if (sign === "===" || sign === "!==") {
    if (typeof a !== typeof b || Array.isArray(a)) throw wrongTypes(sign, a, b, line);
    return (a === b) === (sign === "===");
  }
  if (typeof a === "number" && typeof b === "number") {
    if (sign === "+") return a + b;
    const compute = OF_NUMBERS[sign as NumberSign];
    if (compute !== undefined) return compute(a, b);
  }
  const isText = (value: Value) => typeof value === "string" || typeof value === "number";
  if (sign === "+" && isText(a) && isText(b)) return bounded(`${a as string}${b as string}`, line);
  const compare = OF_ORDER[sign];
  if (compare !== undefined && typeof a === typeof b && isText(a)) return compare(a as string, b as string);
  throw wrongTypes(sign, a, b, line);
}

function wrongTypes(sign: string, a: Value, b: Value, line: number): CodeError {
  return new CodeError("type", line, `${sign} is not for ${nameOf(a)} and ${nameOf(b)}.`);
}
