import type { Place } from "./document.js";
import type { NamedProperty, ObjectShape } from "./objects.js";
import { readList, readReferences } from "./read-combined.js";
import { readMap } from "./read-objects.js";
import type { Reader } from "./reader.js";
import type { Term } from "./terms.js";
import type { ValueSet } from "./value-set.js";

/** Keywords that may declare properties. */
const DECLARING = ["properties", "$ref", "allOf", "anyOf", "oneOf"];

/** The objects of a schema with their properties in the order in which its text declares them. */
export function inSchemaOrder(reader: Reader, place: Place, set: ValueSet): ValueSet {
  const keywords = Object.keys(place.schema).filter((keyword) => DECLARING.includes(keyword));
  if (keywords.length < 2 || keywords[0] === "properties" || !set.objects.some(({ named }) => named.size > 1))
    return set;
  const order = new Set<string>();
  const add = (term: Term) => {
    for (const { named } of reader.normal(term).objects) {
      for (const [name, { declared }] of named) if (declared) order.add(name);
    }
  };
  for (const keyword of keywords) {
    if (keyword === "properties") for (const name of readMap(reader, place, keyword).keys()) order.add(name);
    else if (keyword === "$ref") readReferences(reader, place).forEach(add);
    else if (keyword.endsWith("Of")) readList(reader, place, keyword)?.forEach(add);
  }
  const ranks = new Map([...order].map((name, rank) => [name, rank]));
  const rankOf = ([name]: readonly [string, NamedProperty]) => ranks.get(name) ?? ranks.size;
  const sorted = ({ named, ...rest }: ObjectShape): ObjectShape => ({
    ...rest,
    named: new Map([...named].sort((a, b) => rankOf(a) - rankOf(b))),
  });
  return { ...set, objects: set.objects.map(sorted) };
}
