import { COST, spend } from "../work.js";
import { type ArrayShape, itemSchema } from "./arrays.js";
import { type ItemAutomaton, itemAutomaton } from "./item-automaton.js";
import { intersectClasses, type KeyClass, type ObjectShape, withWitnessesUnnamed } from "./objects.js";
import { refuse } from "./refusal.js";
import type { SchemaReader } from "./schema-reader.js";
import { isNoString, stringsWithout } from "./strings.js";
import { NEVER, type Term } from "./terms.js";
import type { ValueSet } from "./value-set.js";

/** What is written for a term: its values by type, with all schemas that stand inside arrays and objects as terms. */
export interface TermPlan {
  readonly set: ValueSet;
  readonly arrays: readonly (ArrayShape | ItemAutomaton)[];
  readonly objects: readonly ObjectPlan[];
}

/** A shape of objects; the keys of its classes leave out the names. */
export interface ObjectPlan extends ObjectShape {
  /** Properties of which one has to be there, where there are witnesses. */
  readonly witness: readonly KeyClass[] | undefined;
}

/** The plans of all terms that the root leads to, and which of them have any value. */
export class Plans {
  readonly #plans = new Map<Term, TermPlan>();
  readonly #inhabited = new Set<TermPlan>();

  constructor(reader: SchemaReader, root: Term) {
    const found = new Set<Term>([root]);
    // All that refer to one schema mean one set.
    const bySet = new Map<ValueSet, TermPlan>();
    for (const term of found) {
      const set = reader.normal(term);
      let plan = bySet.get(set);
      if (plan === undefined) {
        plan = planOf(reader, term, set);
        bySet.set(set, plan);
        for (const child of childrenOf(plan)) {
          spend(COST.found);
          if (child !== NEVER) found.add(child);
        }
      }
      this.#plans.set(term, plan);
    }
    // Those found last stand furthest inside, and settle first.
    const waiting = new Set([...bySet.values()].reverse());
    for (let before = -1; before !== this.#inhabited.size; ) {
      before = this.#inhabited.size;
      for (const plan of waiting) {
        spend(COST.found);
        if (!this.#hasValue(plan)) continue;
        this.#inhabited.add(plan);
        waiting.delete(plan);
      }
    }
  }

  get(term: Term): TermPlan {
    return this.#plans.get(term) as TermPlan;
  }

  /** Whether there is any value of a term: the least answer, so that a schema that always needs itself has none. */
  isInhabited(term: Term): boolean {
    const plan = this.#plans.get(term);
    return plan !== undefined && this.#inhabited.has(plan);
  }

  #hasValue({ set, arrays, objects }: TermPlan): boolean {
    return (
      set.null ||
      set.booleans !== 0 ||
      set.numbers.length > 0 ||
      arrays.some((array) => this.isInhabitedArray(array)) ||
      objects.some((object) => this.isInhabitedObject(object)) ||
      !isNoString(set.strings)
    );
  }

  isInhabitedArray(array: ArrayShape | ItemAutomaton): boolean {
    if ("states" in array) return array.live((term) => this.isInhabited(term)).has(0);
    for (let i = 0; i < Math.min(array.min, array.prefix.length + 1); i++) {
      if (!this.isInhabited(itemSchema(array, i))) return false;
    }
    return true;
  }

  isInhabitedObject({ named, rest, witness, min }: ObjectPlan): boolean {
    let most = 0;
    spend(named.size + rest.length);
    for (const { schema, required } of named.values()) {
      const isInhabited = this.isInhabited(schema);
      if (required && !isInhabited) return false;
      if (isInhabited) most++;
    }
    const isOpen = rest.some(({ schema }) => this.isInhabited(schema));
    if (witness?.some(({ schema }) => this.isInhabited(schema)) === false) return false;
    return isOpen || most >= min;
  }
}

function planOf(reader: SchemaReader, term: Term, set: ValueSet): TermPlan {
  const pointer = reader.pointerOf(term);
  return {
    set,
    arrays: set.arrays.map((shape) => {
      return shape.unique || shape.contains.length > 0 ? itemAutomaton(reader, shape, pointer) : shape;
    }),
    objects: set.objects
      .flatMap((shape) => withWitnessesUnnamed(reader.terms, shape))
      .map((shape) => objectPlan(reader, shape, pointer)),
  };
}

function objectPlan(reader: SchemaReader, shape: ObjectShape, pointer: string): ObjectPlan {
  const names = [...shape.named.keys()];
  const named = (classes: readonly KeyClass[]) =>
    classes
      .map(({ keys, schema }) => ({ keys: stringsWithout(keys, names), schema }))
      .filter(({ keys, schema }) => schema !== NEVER && !isNoString(keys));
  const rest = named(shape.rest);
  const [first, second] = shape.witnesses;
  if (second !== undefined) refuse(pointer, "what it negates needs more than one unnamed property to be there.");
  const witness = first === undefined ? undefined : named(intersectClasses(reader.terms, rest, [first]));
  return { ...shape, rest, witness };
}

function* childrenOf({ arrays, objects }: TermPlan): Generator<Term> {
  for (const array of arrays) {
    if ("states" in array) for (const state of array.states) for (const { item } of state.edges) yield item;
    else yield* [...array.prefix, array.rest];
  }
  for (const { named, rest, witness } of objects) {
    for (const { schema } of named.values()) yield schema;
    for (const { schema } of [...rest, ...(witness ?? [])]) yield schema;
  }
}
