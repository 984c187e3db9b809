import { isObject } from "../../json-object.js";
import { ALL_ARRAYS, type ArrayShape, trimmed } from "./arrays.js";
import type { Place } from "./document.js";
import { count, flag, list, wrong } from "./keyword-values.js";
import type { Reader } from "./reader.js";
import { step } from "./refusal.js";
import { ANY } from "./terms.js";
import { ALL_VALUES, type ValueSet } from "./value-set.js";

const KEYWORDS = [
  "items",
  "prefixItems",
  "additionalItems",
  "contains",
  "minContains",
  "maxContains",
  "minItems",
  "maxItems",
  "uniqueItems",
];

/** What the keywords of arrays ask: a set of all values but some arrays. */
export function readArrayKeywords(reader: Reader, place: Place): ValueSet {
  if (!KEYWORDS.some((keyword) => place.schema[keyword] !== undefined)) return ALL_VALUES;
  const shape = trimmed({
    ...readItems(reader, place),
    contains: readContains(reader, place),
    min: count(place, "minItems") ?? 0,
    max: count(place, "maxItems") ?? Number.POSITIVE_INFINITY,
    unique: flag(place, "uniqueItems"),
  });
  return { ...ALL_VALUES, arrays: shape === undefined ? [] : [shape] };
}

/** prefixItems with items, or as before 2020-12 a list of items with additionalItems. */
function readItems(reader: Reader, place: Place): Pick<ArrayShape, "prefix" | "rest"> {
  const { items } = place.schema;
  const prefixItems = list(place, "prefixItems");
  if (Array.isArray(items)) {
    if (place.dialect === "2020-12") wrong(place, "items", "a schema; use prefixItems for a list of schemas");
    if (prefixItems !== undefined) wrong(place, "items", "a schema beside prefixItems");
    const rest = reader.child(place, "additionalItems") ?? ANY;
    return { prefix: items.map((item, i) => reader.term(item, step(step(place.pointer, "items"), i), place)), rest };
  }
  const prefix = (prefixItems ?? []).map((item, i) => {
    return reader.term(item, step(step(place.pointer, "prefixItems"), i), place);
  });
  if (items !== undefined && !isObject(items) && typeof items !== "boolean") wrong(place, "items", "a schema");
  return { prefix, rest: reader.child(place, "items") ?? ANY };
}

function readContains(reader: Reader, place: Place): ArrayShape["contains"] {
  const schema = reader.child(place, "contains");
  const [min, max] = [count(place, "minContains"), count(place, "maxContains")];
  if (schema === undefined) return ALL_ARRAYS.contains;
  return [{ schema, from: 0, min: min ?? 1, max: max ?? Number.POSITIVE_INFINITY }];
}
