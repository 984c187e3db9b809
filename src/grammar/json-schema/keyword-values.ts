import { printableJson } from "../../errors.js";
import { isObject } from "../../json-object.js";
import { type Decimal, decimalOf } from "./decimal.js";
import type { JsonObject, Place } from "./document.js";
import { refuse, step } from "./refusal.js";

/**
 * Values of keywords, checked: each gives undefined where the keyword is not there, and refuses a value of a wrong
 * kind.
 */

export function count(place: Place, keyword: string): number | undefined {
  const value = place.schema[keyword];
  if (value === undefined) return undefined;
  if (typeof value === "number" && Number.isInteger(value) && value >= 0) return value;
  return wrong(place, keyword, "a whole number that is not negative");
}

export function number(place: Place, keyword: string): Decimal | undefined {
  const value = place.schema[keyword];
  if (value === undefined) return undefined;
  return typeof value === "number" ? decimalOf(value) : wrong(place, keyword, "a number");
}

export function string(place: Place, keyword: string): string | undefined {
  const value = place.schema[keyword];
  if (value === undefined) return undefined;
  return typeof value === "string" ? value : wrong(place, keyword, "a string");
}

export function flag(place: Place, keyword: string): boolean {
  const value = place.schema[keyword];
  if (value === undefined) return false;
  return typeof value === "boolean" ? value : wrong(place, keyword, "a boolean");
}

export function strings(place: Place, keyword: string): readonly string[] | undefined {
  const value = place.schema[keyword];
  if (value === undefined) return undefined;
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
  return wrong(place, keyword, "an array of strings");
}

export function list(place: Place, keyword: string): readonly unknown[] | undefined {
  const value = place.schema[keyword];
  if (value === undefined) return undefined;
  return Array.isArray(value) ? value : wrong(place, keyword, "an array");
}

export function map(place: Place, keyword: string): JsonObject | undefined {
  const value = place.schema[keyword];
  if (value === undefined) return undefined;
  return isObject(value) ? value : wrong(place, keyword, "an object");
}

export function wrong(place: Place, keyword: string, expected: string): never {
  const found = printableJson(place.schema[keyword], 40);
  refuse(step(place.pointer, keyword), `${keyword} must be ${expected} (got ${found}).`);
}
