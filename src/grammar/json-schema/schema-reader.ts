import { isObject } from "../../json-object.js";
import { COST, spend } from "../work.js";
import { type ArrayShape, itemSchema } from "./arrays.js";
import { refStandsAlone, UNSUPPORTED_KEYWORDS } from "./dialect.js";
import type { Document, Place } from "./document.js";
import type { ObjectShape } from "./objects.js";
import { inSchemaOrder } from "./property-order.js";
import { readArrayKeywords } from "./read-arrays.js";
import { readAnyOf, readCondition, readDependencies, readList, readOneOf, readReferences } from "./read-combined.js";
import { readObjectKeywords } from "./read-objects.js";
import { readNumberKeywords, readStringKeywords } from "./read-scalars.js";
import { readType, readValues, setOfValues } from "./read-types.js";
import { readUnevaluated } from "./read-unevaluated.js";
import type { Reader } from "./reader.js";
import { refuse, rethrowAt, step } from "./refusal.js";
import { isSurelyNoString } from "./strings.js";
import { ANY, NEVER, type Term, Terms } from "./terms.js";
import { ALL_VALUES, NO_VALUES, type ValueSet, ValueSets } from "./value-set.js";

const MAX_NESTING = 300;
/** How far below a value, and how deep in the work at hand, one looks to see that it cannot be. */
const LOOK_AHEAD = 3;
const MAX_NESTING_TO_LOOK = 40;

/** Works out what schemas mean, each when it is asked for, and once. */
export class SchemaReader implements Reader {
  readonly document: Document;
  readonly terms = new Terms();
  readonly sets: ValueSets;
  readonly #known = new Map<Term, ValueSet>([
    [ANY, ALL_VALUES],
    [NEVER, NO_VALUES],
  ]);
  readonly #empty = new Map<Term, boolean>();
  readonly #inWork = new Set<Term>();

  constructor(document: Document) {
    this.document = document;
    this.sets = new ValueSets(this.terms, (set) => this.isPlainlyEmpty(set));
  }

  term(schema: unknown, pointer: string, parent: Place): Term {
    if (typeof schema === "boolean") return this.terms.schema(schema);
    if (!isObject(schema)) refuse(pointer, "a schema must be an object or a boolean.");
    return this.terms.schema(this.document.place(schema, pointer, parent));
  }

  child(place: Place, keyword: string): Term | undefined {
    const schema = place.schema[keyword];
    return schema === undefined ? undefined : this.term(schema, step(place.pointer, keyword), place);
  }

  /** Where a term comes from, for messages. */
  pointerOf(term: Term): string {
    const node = this.terms.node(term);
    if (node.kind === "schema") return node.place.pointer;
    if (node.kind === "not") return this.pointerOf(node.part);
    const parts = node.kind === "and" || node.kind === "or" ? node.parts : [];
    return parts.map((part) => this.pointerOf(part)).find((pointer) => pointer !== "") ?? "";
  }

  normal(term: Term): ValueSet {
    const known = this.#known.get(term);
    if (known !== undefined) return known;
    const pointer = this.pointerOf(term);
    if (this.#inWork.has(term)) refuse(pointer, "it refers back to itself with no value in between.");
    if (this.#inWork.size > MAX_NESTING) refuse(pointer, `more than ${MAX_NESTING} schemas apply inside one another.`);
    this.#inWork.add(term);
    spend(4 * COST.made);
    try {
      const set = this.#read(term, pointer);
      this.#known.set(term, set);
      return set;
    } catch (error) {
      return rethrowAt(pointer, error);
    } finally {
      this.#inWork.delete(term);
    }
  }

  #read(term: Term, pointer: string): ValueSet {
    const node = this.terms.node(term);
    switch (node.kind) {
      case "any":
        return ALL_VALUES;
      case "never":
        return NO_VALUES;
      case "value":
        return setOfValues(this.terms, [node.value]);
      case "and":
        return this.#intersection(node.parts, pointer);
      case "or":
        return this.sets.uniteAll(
          node.parts.map((part) => this.normal(part)),
          pointer,
        );
      case "not":
        return this.sets.complement(this.normal(node.part), pointer);
      case "schema":
        return this.#readSchema(node.place);
    }
  }

  #intersection(parts: readonly Term[], pointer: string): ValueSet {
    return parts.reduce((set, part) => this.sets.intersect(set, this.normal(part), pointer), ALL_VALUES);
  }

  #readSchema(place: Place): ValueSet {
    const { schema, pointer } = place;
    const references = readReferences(this, place);
    if (references.length > 0 && refStandsAlone(place.dialect)) return this.#intersection(references, pointer);
    for (const [keyword, instead] of UNSUPPORTED_KEYWORDS) {
      if (schema[keyword] !== undefined) refuse(step(pointer, keyword), `${keyword} is not supported; ${instead}.`);
    }
    if (schema["unevaluatedProperties"] !== undefined || schema["unevaluatedItems"] !== undefined) {
      return inSchemaOrder(
        this,
        place,
        readUnevaluated(this, place, (inside) => this.#own(inside)),
      );
    }
    const both = (a: ValueSet, b: ValueSet) => this.sets.intersect(a, b, pointer);
    let set = this.#own(place);
    for (const term of [...references, ...(readList(this, place, "allOf") ?? [])]) set = both(set, this.normal(term));
    const not = this.child(place, "not");
    if (not !== undefined) set = both(set, this.normal(this.terms.not(not)));
    set = both(set, readCondition(this, place));
    set = readDependencies(this, place, set, ["dependentSchemas"]);
    set = readOneOf(this, place, readAnyOf(this, place, set));
    return inSchemaOrder(this, place, set);
  }

  /** What a schema asks without applying others to the value itself. */
  #own(place: Place): ValueSet {
    const both = (a: ValueSet, b: ValueSet) => this.sets.intersect(a, b, place.pointer);
    let set = both(readType(place), both(readNumberKeywords(place), readStringKeywords(place)));
    for (const values of readValues(this.terms, place)) set = both(set, values);
    set = both(set, both(readArrayKeywords(this, place), readObjectKeywords(this, place)));
    return readDependencies(this, place, set, ["dependentRequired", "dependencies"]);
  }

  isPlainlyEmpty(set: ValueSet, depth = LOOK_AHEAD): boolean {
    return (
      !set.null &&
      set.booleans === 0 &&
      set.numbers.length === 0 &&
      isSurelyNoString(set.strings) &&
      set.arrays.every((shape) => this.#isEmptyArray(shape, depth)) &&
      set.objects.every((shape) => this.#isEmptyObject(shape, depth))
    );
  }

  #isEmptyArray(shape: ArrayShape, depth: number): boolean {
    const least = Math.min(shape.min, shape.prefix.length + 1);
    spend(1 + least);
    for (let i = 0; i < least; i++) if (this.#isPlainlyNever(itemSchema(shape, i), depth)) return true;
    return shape.contains.some(({ schema, min }) => min > 0 && this.#isPlainlyNever(schema, depth));
  }

  #isEmptyObject(shape: ObjectShape, depth: number): boolean {
    spend(1 + shape.named.size);
    for (const { schema, required } of shape.named.values()) {
      if (required && this.#isPlainlyNever(schema, depth)) return true;
    }
    return false;
  }

  #isPlainlyNever(term: Term, depth: number): boolean {
    if (term === NEVER) return true;
    if (depth <= 0 || this.#inWork.has(term) || this.#inWork.size > MAX_NESTING_TO_LOOK) return false;
    let isEmpty = this.#empty.get(term);
    if (isEmpty === undefined) {
      isEmpty = this.isPlainlyEmpty(this.normal(term), depth - 1);
      this.#empty.set(term, isEmpty);
    }
    return isEmpty;
  }
}
