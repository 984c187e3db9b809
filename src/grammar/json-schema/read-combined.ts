import { isObject } from "../../json-object.js";
import type { Place } from "./document.js";
import { list, map, wrong } from "./keyword-values.js";
import { withAll, without } from "./read-objects.js";
import type { Reader } from "./reader.js";
import { refuse, step } from "./refusal.js";
import type { Term } from "./terms.js";
import { ALL_VALUES, type ValueSet } from "./value-set.js";

/** The schemas of allOf, anyOf or oneOf. */
export function readList(reader: Reader, place: Place, keyword: string): readonly Term[] | undefined {
  const schemas = list(place, keyword);
  if (schemas?.length === 0) wrong(place, keyword, "an array of at least one schema");
  const pointer = step(place.pointer, keyword);
  return schemas?.map((schema, i) => reader.term(schema, step(pointer, i), place));
}

/** `base` with anyOf: the union of the branches. */
export function readAnyOf(reader: Reader, place: Place, base: ValueSet): ValueSet {
  const branches = readList(reader, place, "anyOf");
  if (branches === undefined) return base;
  const pointer = step(place.pointer, "anyOf");
  const allowed = branches.map((branch) => reader.sets.intersect(base, reader.normal(branch), pointer));
  return reader.sets.uniteAll(allowed, pointer);
}

/**
 * `base` with oneOf: the union of what each branch allows and no other does. Branches that plainly have nothing in
 * common are left as they are.
 */
export function readOneOf(reader: Reader, place: Place, base: ValueSet): ValueSet {
  const branches = readList(reader, place, "oneOf");
  if (branches === undefined) return base;
  const pointer = step(place.pointer, "oneOf");
  const { sets } = reader;
  const own = branches.map((branch) => sets.intersect(base, reader.normal(branch), pointer));
  const alone = [...own];
  for (let i = 0; i < own.length; i++) {
    for (let j = 0; j < own.length; j++) {
      const rest = alone[i] as ValueSet;
      if (i === j || reader.isPlainlyEmpty(rest)) continue;
      if (reader.isPlainlyEmpty(sets.intersect(rest, own[j] as ValueSet, pointer))) continue;
      alone[i] = sets.intersect(rest, reader.normal(reader.terms.not(branches[j] as Term)), pointer);
    }
  }
  return sets.uniteAll(alone, pointer);
}

/** if with then and else: both where the condition holds, and where it does not. */
export function readCondition(reader: Reader, place: Place): ValueSet {
  const condition = reader.child(place, "if");
  const [yes, no] = [reader.child(place, "then"), reader.child(place, "else")];
  if (condition === undefined || (yes === undefined && no === undefined)) return ALL_VALUES;
  const { sets, terms } = reader;
  const pointer = step(place.pointer, "if");
  const branch = (when: Term, then: Term | undefined) =>
    then === undefined ? reader.normal(when) : sets.intersect(reader.normal(when), reader.normal(then), pointer);
  return sets.unite(branch(condition, yes), branch(terms.not(condition), no), pointer);
}

/** dependentRequired, dependentSchemas, and dependencies, which before 2019-09 was both. */
export function readDependencies(reader: Reader, place: Place, base: ValueSet, keywords: readonly string[]): ValueSet {
  let set = base;
  const depend = (name: string, pointer: string, then: ValueSet) => {
    const present = reader.sets.intersect(having([name]), then, pointer).objects;
    set = reader.sets.intersect(set, { ...ALL_VALUES, objects: [without(name), ...present] }, pointer);
  };
  for (const keyword of keywords) {
    const pointer = step(place.pointer, keyword);
    for (const [name, value] of Object.entries(map(place, keyword) ?? {})) {
      const at = step(pointer, name);
      if (Array.isArray(value) && keyword !== "dependentSchemas") {
        if (!value.every((item) => typeof item === "string")) refuse(at, "it must hold names of properties.");
        if (value.length > 0) depend(name, at, having(value));
      } else if (keyword !== "dependentRequired") {
        depend(name, at, reader.normal(reader.term(value, at, place)));
      } else {
        refuse(at, "it must be an array of names of properties.");
      }
    }
  }
  return set;
}

function having(names: readonly string[]): ValueSet {
  return { ...ALL_VALUES, objects: [withAll([...new Set(names)])] };
}

/** The places that $ref and its kin point to. */
export function readReferences(reader: Reader, place: Place): readonly Term[] {
  const found: Term[] = [];
  for (const keyword of ["$ref", "$dynamicRef", "$recursiveRef"]) {
    const reference = place.schema[keyword];
    if (reference === undefined || (keyword === "$ref" && isObject(reference))) continue;
    if (typeof reference !== "string") wrong(place, keyword, "a string");
    const anchor = reference.slice(reference.indexOf("#") + 1);
    if (keyword !== "$ref" && !reader.document.isStatic(keyword === "$dynamicRef" ? anchor : undefined)) {
      refuse(step(place.pointer, keyword), `${keyword} that depends on how the schema was reached is not supported.`);
    }
    found.push(reader.terms.schema(reader.document.resolve(reference, place, keyword)));
  }
  return found;
}
