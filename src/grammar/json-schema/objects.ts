import { tooComplex } from "../errors.js";
import { COST, spend } from "../work.js";
import {
  complementStrings,
  intersectStrings,
  isNoString,
  type StringSet,
  stringsWithout,
  testString,
} from "./strings.js";
import { ANY, NEVER, type Term, type Terms } from "./terms.js";

/**
 * A property that the shape names. `declared` is true where `properties` does: those come in the order they are
 * written.
 */
export interface NamedProperty {
  readonly schema: Term;
  readonly required: boolean;
  readonly declared: boolean;
}

/** Properties whose keys are in a set of strings. */
export interface KeyClass {
  readonly keys: StringSet;
  readonly schema: Term;
}

/**
 * A set of objects. A key that is not named must be in one of the classes of `rest`, whose sets do not overlap; for
 * each of `witnesses` there is at least one property with such a key and value.
 */
export interface ObjectShape {
  readonly named: ReadonlyMap<string, NamedProperty>;
  readonly rest: readonly KeyClass[];
  readonly witnesses: readonly KeyClass[];
  readonly min: number;
  readonly max: number;
}

/** The schema of a property, by name or by class. */
export function propertySchema(shape: ObjectShape, name: string): Term {
  const named = shape.named.get(name);
  if (named !== undefined) return named.schema;
  return shape.rest.find(({ keys }) => testString(keys, name))?.schema ?? NEVER;
}

/** The objects of both shapes; undefined where they plainly have none in common. */
export function intersectObjects(terms: Terms, a: ObjectShape, b: ObjectShape): ObjectShape | undefined {
  const named = new Map<string, NamedProperty>();
  spend(COST.made * (1 + a.named.size + b.named.size));
  for (const declared of [true, false]) {
    for (const shape of [a, b]) {
      for (const [name, property] of shape.named) {
        if (property.declared !== declared || named.has(name)) continue;
        const schema = terms.and(propertySchema(a, name), propertySchema(b, name));
        const required = a.named.get(name)?.required === true || b.named.get(name)?.required === true;
        if (required && schema === NEVER) return undefined;
        named.set(name, { schema, required, declared });
      }
    }
  }
  const shape = {
    named,
    rest: intersectClasses(terms, a.rest, b.rest),
    witnesses: [...a.witnesses, ...b.witnesses],
    min: Math.max(a.min, b.min),
    max: Math.min(a.max, b.max),
  };
  return requiredCount(shape) > shape.max || shape.min > shape.max ? undefined : shape;
}

export function requiredCount(shape: ObjectShape): number {
  let count = 0;
  for (const { required } of shape.named.values()) if (required) count++;
  return count;
}

/** What is in a class of both. */
export function intersectClasses(terms: Terms, a: readonly KeyClass[], b: readonly KeyClass[]): KeyClass[] {
  const classes: KeyClass[] = [];
  for (const x of a) {
    for (const y of b) {
      spend(COST.found);
      const schema = terms.and(x.schema, y.schema);
      if (schema === NEVER) continue;
      const keys = intersectStrings(x.keys, y.keys);
      if (!isNoString(keys)) classes.push({ keys, schema });
      checkOverlaps(classes.length, a.length + b.length);
    }
  }
  return classes;
}

const MAX_OVERLAPS = 4;

/**
 * Refuses classes that are many more than they were made of: each overlap of patterns is an intersection that later
 * ones have to take apart again, and the work doubles with every one.
 * @throws LlamaError `grammar`
 */
export function checkOverlaps(count: number, before: number): void {
  if (count > before + MAX_OVERLAPS) throw tooComplex("the patterns of its keys overlap in too many ways");
}

const FREE: Omit<ObjectShape, "rest"> = { named: new Map(), witnesses: [], min: 0, max: Number.POSITIVE_INFINITY };

/** The shape that asks nothing but what is given. */
export function objectShape(all: StringSet, given: Partial<ObjectShape>): ObjectShape {
  return { ...FREE, rest: [{ keys: all, schema: ANY }], ...given };
}

/** The objects that are not of the shape, as a union of shapes, which may overlap. */
export function complementObject(terms: Terms, all: StringSet, shape: ObjectShape): ObjectShape[] {
  const others: ObjectShape[] = [];
  const only = (name: string, schema: Term, required: boolean) =>
    others.push(objectShape(all, { named: new Map([[name, { schema, required, declared: false }]]) }));
  for (const [name, { schema, required }] of shape.named) {
    if (required) only(name, NEVER, false);
    if (schema !== ANY) only(name, terms.not(schema), true);
  }
  let uncovered = all;
  for (const { keys, schema } of shape.rest) {
    if (schema !== ANY) others.push(objectShape(all, { witnesses: [{ keys, schema: terms.not(schema) }] }));
    uncovered = intersectStrings(uncovered, complementStrings(keys));
  }
  if (!isNoString(uncovered)) others.push(objectShape(all, { witnesses: [{ keys: uncovered, schema: ANY }] }));
  const names = [...shape.named.keys()];
  const unnamed: ObjectShape[] = others.map((other) => ({
    ...other,
    witnesses: other.witnesses.map(({ keys, schema }) => ({ keys: stringsWithout(keys, names), schema })),
  }));
  for (const { keys, schema } of shape.witnesses) {
    const rest = [
      { keys, schema: terms.not(schema) },
      { keys: complementStrings(keys), schema: ANY },
    ];
    unnamed.push(objectShape(all, { rest }));
  }
  if (shape.min > 0) unnamed.push(objectShape(all, { max: shape.min - 1 }));
  if (shape.max < Number.POSITIVE_INFINITY) unnamed.push(objectShape(all, { min: shape.max + 1 }));
  return unnamed.filter(({ witnesses }) => !witnesses.some(({ keys }) => isNoString(keys)));
}

/**
 * The same objects as a union of shapes whose witnesses have keys that no property is named by: in each of the others,
 * a named property is the witness.
 */
export function withWitnessesUnnamed(terms: Terms, shape: ObjectShape): ObjectShape[] {
  let shapes: ObjectShape[] = [{ ...shape, witnesses: [] }];
  for (const { keys, schema } of shape.witnesses) {
    const names = [...shape.named.keys()].filter((name) => testString(keys, name));
    const unnamed = stringsWithout(keys, names);
    shapes = shapes.flatMap((before) => {
      const byName = names.flatMap((name) => {
        const property = before.named.get(name) as NamedProperty;
        const both = terms.and(property.schema, schema);
        if (both === NEVER) return [];
        spend(COST.found * before.named.size);
        return [{ ...before, named: new Map(before.named).set(name, { ...property, schema: both, required: true }) }];
      });
      if (isNoString(unnamed)) return byName;
      return [...byName, { ...before, witnesses: [...before.witnesses, { keys: unnamed, schema }] }];
    });
  }
  return shapes;
}
