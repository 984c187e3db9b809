import type { Place } from "./document.js";
import { count, map, strings, wrong } from "./keyword-values.js";
import {
  checkOverlaps,
  type KeyClass,
  type NamedProperty,
  type ObjectShape,
  objectShape,
  propertySchema,
  requiredCount,
} from "./objects.js";
import { patternStrings } from "./patterns.js";
import type { Reader } from "./reader.js";
import { step } from "./refusal.js";
import { ALL_STRINGS, complementStrings, intersectStrings, isNoString, testString } from "./strings.js";
import { ANY, NEVER, type Term } from "./terms.js";
import { ALL_VALUES, type ValueSet } from "./value-set.js";

const KEYWORDS = [
  "properties",
  "patternProperties",
  "additionalProperties",
  "propertyNames",
  "required",
  "minProperties",
  "maxProperties",
];

/** What the keywords of objects ask: a set of all values but some objects. */
export function readObjectKeywords(reader: Reader, place: Place): ValueSet {
  if (!KEYWORDS.some((keyword) => place.schema[keyword] !== undefined)) return ALL_VALUES;
  const properties = readMap(reader, place, "properties");
  const patterns = [...readMap(reader, place, "patternProperties")].map(([source, schema]) => ({
    keys: patternStrings(source, step(step(place.pointer, "patternProperties"), source)),
    schema,
  }));
  const named = new Map<string, NamedProperty>();
  for (const [name, own] of properties) {
    const others = patterns.filter(({ keys }) => testString(keys, name)).map(({ schema }) => schema);
    named.set(name, { schema: reader.terms.and(own, ...others), required: false, declared: true });
  }
  const rest = keyClasses(reader, patterns, reader.child(place, "additionalProperties") ?? ANY);
  const min = count(place, "minProperties") ?? 0;
  const max = count(place, "maxProperties") ?? Number.POSITIVE_INFINITY;
  const shape = requiring({ named, rest, witnesses: [], min, max }, readRequired(place));
  const all = shape === undefined ? NO_OBJECTS : { ...ALL_VALUES, objects: [shape] };
  return reader.sets.intersect(all, readPropertyNames(reader, place), place.pointer);
}

const NO_OBJECTS: ValueSet = { ...ALL_VALUES, objects: [] };

export function readMap(reader: Reader, place: Place, keyword: string): Map<string, Term> {
  const schemas = Object.entries(map(place, keyword) ?? {});
  const pointer = step(place.pointer, keyword);
  return new Map(schemas.map(([name, schema]) => [name, reader.term(schema, step(pointer, name), place)]));
}

function readRequired(place: Place): readonly string[] {
  if (typeof place.schema["required"] === "boolean") {
    wrong(place, "required", "an array of names, in the schema of the object");
  }
  return strings(place, "required") ?? [];
}

/** Keys in classes that do not overlap: those of each combination of patterns, and all others. */
export function keyClasses(reader: Reader, patterns: readonly KeyClass[], additional: Term): KeyClass[] {
  let classes: KeyClass[] = [];
  let others = ALL_STRINGS;
  for (const { keys, schema } of patterns) {
    const next: KeyClass[] = [];
    const outside = complementStrings(keys);
    for (const known of classes) {
      const both = intersectStrings(known.keys, keys);
      if (isNoString(both)) {
        next.push(known);
        continue;
      }
      next.push({ keys: both, schema: reader.terms.and(known.schema, schema) });
      const alone = intersectStrings(known.keys, outside);
      if (!isNoString(alone)) next.push({ keys: alone, schema: known.schema });
    }
    const only = intersectStrings(others, keys);
    if (!isNoString(only)) next.push({ keys: only, schema });
    others = intersectStrings(others, outside);
    checkOverlaps(next.length, classes.length + 1);
    classes = next;
  }
  if (!isNoString(others)) classes.push({ keys: others, schema: additional });
  return classes.filter(({ schema }) => schema !== NEVER);
}

/** The shape with some names required; undefined where one of them cannot be. */
function requiring(shape: ObjectShape, names: readonly string[]): ObjectShape | undefined {
  const named = new Map(shape.named);
  for (const name of names) {
    const schema = propertySchema(shape, name);
    if (schema === NEVER) return undefined;
    named.set(name, { schema, required: true, declared: named.get(name)?.declared ?? false });
  }
  const result = { ...shape, named };
  return shape.min > shape.max || requiredCount(result) > shape.max ? undefined : result;
}

function readPropertyNames(reader: Reader, place: Place): ValueSet {
  const names = reader.child(place, "propertyNames");
  if (names === undefined) return ALL_VALUES;
  const keys = reader.normal(names).strings;
  const rest = isNoString(keys) ? [] : [{ keys, schema: ANY }];
  return { ...ALL_VALUES, objects: [objectShape(ALL_STRINGS, { rest })] };
}

/** Objects without a property, and those with some. */
export function without(name: string): ObjectShape {
  return objectShape(ALL_STRINGS, { named: new Map([[name, { schema: NEVER, required: false, declared: false }]]) });
}

export function withAll(names: readonly string[]): ObjectShape {
  const property = { schema: ANY, required: true, declared: false };
  return objectShape(ALL_STRINGS, { named: new Map(names.map((name) => [name, property])) });
}
