import { ALL_ARRAYS } from "./arrays.js";
import type { Place } from "./document.js";
import { list, map } from "./keyword-values.js";
import { objectShape } from "./objects.js";
import { patternStrings } from "./patterns.js";
import { readList, readReferences } from "./read-combined.js";
import { withAll, without } from "./read-objects.js";
import type { Reader } from "./reader.js";
import { refuse, step } from "./refusal.js";
import {
  ALL_STRINGS,
  complementStrings,
  isNoString,
  listedStrings,
  NO_STRINGS,
  type StringSet,
  uniteStrings,
} from "./strings.js";
import { ANY, NEVER, type Term } from "./terms.js";
import { ALL_VALUES, NO_VALUES, type ValueSet } from "./value-set.js";

/** Values, with what the schemas that hold for them have looked at. */
interface Case {
  readonly set: ValueSet;
  readonly keys: StringSet;
  /** Items from the first on; Infinity for all. */
  readonly items: number;
  /** Schemas whose items have been looked at wherever they stand, as `contains` does. */
  readonly matching: readonly Term[];
}

const MAX_CASES = 64;

/** unevaluatedProperties and unevaluatedItems: what holds for the properties and items that nothing else looked at. */
export function readUnevaluated(reader: Reader, place: Place, own: (place: Place) => ValueSet): ValueSet {
  const { pointer } = place;
  const [properties, items] = [reader.child(place, "unevaluatedProperties"), reader.child(place, "unevaluatedItems")];
  let set = NO_VALUES;
  for (const found of new CaseReader(reader, own).without(place)) {
    const rest = [
      { keys: found.keys, schema: ANY },
      { keys: complementStrings(found.keys), schema: properties ?? ANY },
    ];
    const classes = rest.filter(({ keys, schema }) => schema !== NEVER && !isNoString(keys));
    const prefix = found.items === Number.POSITIVE_INFINITY ? [] : Array.from({ length: found.items }, () => ANY);
    const others = reader.terms.or(items ?? ANY, ...found.matching);
    const array = { ...ALL_ARRAYS, prefix, rest: found.items === Number.POSITIVE_INFINITY ? ANY : others };
    const max = array.rest === NEVER ? prefix.length : Number.POSITIVE_INFINITY;
    const rule: ValueSet = {
      ...ALL_VALUES,
      arrays: [{ ...array, max }],
      objects: [objectShape(ALL_STRINGS, { rest: classes })],
    };
    set = reader.sets.unite(set, reader.sets.intersect(found.set, rule, pointer), pointer);
  }
  return set;
}

/** Divides what a schema allows by which of the schemas inside it hold. */
class CaseReader {
  readonly #reader: Reader;
  readonly #own: (place: Place) => ValueSet;
  readonly #inWork = new Set<Place>();

  constructor(reader: Reader, own: (place: Place) => ValueSet) {
    this.#reader = reader;
    this.#own = own;
  }

  /** The cases of a schema but for its own unevaluated keywords. */
  without(place: Place): Case[] {
    const { schema, pointer } = place;
    if (this.#inWork.has(place)) refuse(pointer, "it refers back to itself with no value in between.");
    this.#inWork.add(place);
    let cases: Case[] = [{ ...this.#looked(place), set: this.#own(place) }];
    for (const term of [...readReferences(this.#reader, place), ...this.#terms(place, "allOf")]) {
      cases = this.#both(cases, this.#of(term), pointer);
    }
    if (schema["not"] !== undefined) {
      cases = this.#both(cases, this.#not(this.#reader.child(place, "not") as Term), pointer);
    }
    cases = this.#both(cases, this.#condition(place), pointer);
    for (const [name, part] of Object.entries(map(place, "dependentSchemas") ?? {})) {
      const at = step(step(pointer, "dependentSchemas"), name);
      const absent = plain({ ...ALL_VALUES, objects: [without(name)] });
      const present = plain({ ...NO_VALUES, objects: [withAll([name])] });
      const dependent = this.#both([present], this.#of(this.#reader.term(part, at, place)), pointer);
      cases = this.#both(cases, [absent, ...dependent], pointer);
    }
    cases = this.#both(cases, this.#anyOf(this.#terms(place, "anyOf"), pointer), pointer);
    cases = this.#both(cases, this.#oneOf(this.#terms(place, "oneOf"), pointer), pointer);
    this.#inWork.delete(place);
    return cases;
  }

  #terms(place: Place, keyword: string): readonly Term[] {
    return readList(this.#reader, place, keyword) ?? [];
  }

  /** The cases of a schema inside, whose own unevaluated keywords look at everything that is left. */
  #of(term: Term): Case[] {
    const node = this.#reader.terms.node(term);
    if (node.kind !== "schema") return [plain(this.#reader.normal(term))];
    const { schema } = node.place;
    const looksAtKeys = schema["unevaluatedProperties"] !== undefined;
    const looksAtItems = schema["unevaluatedItems"] !== undefined;
    if (!looksAtKeys && !looksAtItems) return this.without(node.place);
    const inside = this.without(node.place);
    const whole = this.#reader.normal(term);
    return inside.map((found) => ({
      ...found,
      set: this.#reader.sets.intersect(found.set, whole, node.place.pointer),
      keys: looksAtKeys ? ALL_STRINGS : found.keys,
      items: looksAtItems ? Number.POSITIVE_INFINITY : found.items,
    }));
  }

  #not(term: Term): Case[] {
    return [plain(this.#reader.normal(this.#reader.terms.not(term)))];
  }

  #condition(place: Place): Case[] {
    const condition = this.#reader.child(place, "if");
    if (condition === undefined) return [plain(ALL_VALUES)];
    const branch = (when: Case[], keyword: string) => {
      const then = this.#reader.child(place, keyword);
      return then === undefined ? when : this.#both(when, this.#of(then), place.pointer);
    };
    return [...branch(this.#of(condition), "then"), ...branch(this.#not(condition), "else")];
  }

  #anyOf(terms: readonly Term[], pointer: string): Case[] {
    if (terms.length === 0) return [plain(ALL_VALUES)];
    const all = terms.map((term) => this.#of(term));
    if (all.flat().every(looksAtNothing)) return [plain(this.#union(all.flat(), pointer))];
    // Each branch holds or does not; not holding in any is taken out at the end.
    let cases: (Case & { readonly holds: boolean })[] = [{ ...plain(ALL_VALUES), holds: false }];
    for (const [i, term] of terms.entries()) {
      const yes = this.#both(cases, all[i] as Case[], pointer).map((found) => ({ ...found, holds: true }));
      const no = cases.flatMap((before) =>
        this.#both([before], this.#not(term), pointer).map((found) => ({ ...found, holds: before.holds })),
      );
      cases = [...yes, ...no];
    }
    return cases.filter(({ holds }) => holds);
  }

  #oneOf(terms: readonly Term[], pointer: string): Case[] {
    if (terms.length === 0) return [plain(ALL_VALUES)];
    return terms.flatMap((term, i) => {
      let cases = this.#of(term);
      for (const [j, other] of terms.entries()) {
        if (i !== j) cases = this.#both(cases, this.#not(other), pointer);
      }
      return cases;
    });
  }

  #union(cases: readonly Case[], pointer: string): ValueSet {
    return this.#reader.sets.uniteAll(
      cases.map(({ set }) => set),
      pointer,
    );
  }

  #both(a: readonly Case[], b: readonly Case[], pointer: string): Case[] {
    if (a.length * b.length > MAX_CASES * MAX_CASES) refuse(pointer, TOO_MANY);
    const cases = a.flatMap((x) =>
      b.map((y) => ({
        set: this.#reader.sets.intersect(x.set, y.set, pointer),
        keys: uniteStrings(x.keys, y.keys),
        items: Math.max(x.items, y.items),
        matching: [...new Set([...x.matching, ...y.matching])],
      })),
    );
    const possible = cases.filter(({ set }) => !this.#reader.isPlainlyEmpty(set));
    if (possible.length > MAX_CASES) refuse(pointer, TOO_MANY);
    return possible;
  }

  /** What the keywords beside one another in a schema look at. */
  #looked(place: Place): Omit<Case, "set"> {
    const { schema, pointer } = place;
    let keys = listedStrings(Object.keys(map(place, "properties") ?? {}));
    for (const source of Object.keys(map(place, "patternProperties") ?? {})) {
      keys = uniteStrings(keys, patternStrings(source, step(step(pointer, "patternProperties"), source)));
    }
    if (schema["additionalProperties"] !== undefined) keys = ALL_STRINGS;
    const isList = Array.isArray(schema["items"]);
    const prefix = isList ? (schema["items"] as unknown[]).length : (list(place, "prefixItems")?.length ?? 0);
    const looksAtAll = isList ? schema["additionalItems"] !== undefined : schema["items"] !== undefined;
    const contains = place.dialect === "2019-09" ? undefined : this.#reader.child(place, "contains");
    return {
      keys,
      items: looksAtAll ? Number.POSITIVE_INFINITY : prefix,
      matching: contains === undefined ? [] : [contains],
    };
  }
}

const TOO_MANY = "its alternatives combine in too many ways for unevaluatedProperties or unevaluatedItems.";

/** Values of a schema that looks at nothing inside them. */
function plain(set: ValueSet): Case {
  return { set, keys: NO_STRINGS, items: 0, matching: [] };
}

function looksAtNothing({ keys, items, matching }: Case): boolean {
  return keys === NO_STRINGS && items === 0 && matching.length === 0;
}
