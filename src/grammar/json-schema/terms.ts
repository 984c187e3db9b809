import { COST, spend } from "../work.js";
import type { Place } from "./document.js";
import { refuse } from "./refusal.js";

/**
 * A set of JSON values, as an expression over the schemas of the document: the number of its node in a table that holds
 * each expression once. What a term means is worked out when it is asked for, so that recursive schemas are finite.
 */
export type Term = number;

/** Every value, and none. */
export const ANY: Term = 0;
export const NEVER: Term = 1;

export type TermNode =
  | { readonly kind: "any" | "never" }
  | { readonly kind: "schema"; readonly place: Place }
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "and" | "or"; readonly parts: readonly Term[] }
  | { readonly kind: "not"; readonly part: Term };

const MAX_TERMS = 50_000;
const MAX_PARTS = 256;

/** The table of terms of one compilation. */
export class Terms {
  readonly #nodes: TermNode[] = [{ kind: "any" }, { kind: "never" }];
  readonly #schemas = new Map<object, Term>();
  readonly #others = new Map<string, Term>();

  node(term: Term): TermNode {
    return this.#nodes[term] as TermNode;
  }

  schema(place: Place | boolean): Term {
    if (typeof place === "boolean") return place ? ANY : NEVER;
    let term = this.#schemas.get(place.schema);
    if (term === undefined) {
      term = this.#add({ kind: "schema", place });
      this.#schemas.set(place.schema, term);
    }
    return term;
  }

  /** The one JSON value. */
  value(value: unknown): Term {
    return this.#once(`value ${canonical(value)}`, { kind: "value", value });
  }

  and(...terms: readonly Term[]): Term {
    const parts = this.#flatten("and", terms, ANY);
    if (parts.includes(NEVER) || this.#clash(parts)) return NEVER;
    return this.#joined("and", parts, ANY);
  }

  or(...terms: readonly Term[]): Term {
    const parts = this.#flatten("or", terms, NEVER);
    if (parts.includes(ANY)) return ANY;
    return this.#joined("or", parts, NEVER);
  }

  not(term: Term): Term {
    if (term === ANY) return NEVER;
    if (term === NEVER) return ANY;
    const node = this.node(term);
    return node.kind === "not" ? node.part : this.#once(`not ${term}`, { kind: "not", part: term });
  }

  /** A term and its complement, or two values, have nothing in common. */
  #clash(parts: readonly Term[]): boolean {
    let values = 0;
    for (const part of parts) {
      const node = this.node(part);
      if (node.kind === "not" && parts.includes(node.part)) return true;
      if (node.kind === "value") values++;
    }
    return values > 1;
  }

  #flatten(kind: "and" | "or", terms: readonly Term[], neutral: Term): Term[] {
    const parts = new Set<Term>();
    spend(COST.found);
    for (const term of terms) {
      const node = this.node(term);
      spend(node.kind === kind ? 2 * node.parts.length : 2);
      if (node.kind === kind) for (const part of node.parts) parts.add(part);
      else if (term !== neutral) parts.add(term);
    }
    return [...parts];
  }

  #joined(kind: "and" | "or", parts: readonly Term[], neutral: Term): Term {
    if (parts.length === 0) return neutral;
    if (parts.length === 1) return parts[0] as Term;
    if (parts.length > MAX_PARTS) refuse("", `more than ${MAX_PARTS} schemas apply to one value.`);
    const key = kind === "and" ? parts.join(" ") : [...parts].sort((a, b) => a - b).join(" ");
    return this.#once(`${kind} ${key}`, { kind, parts });
  }

  #once(key: string, node: TermNode): Term {
    spend(COST.found + key.length / 8);
    let term = this.#others.get(key);
    if (term === undefined) {
      term = this.#add(node);
      this.#others.set(key, term);
    }
    return term;
  }

  #add(node: TermNode): Term {
    spend(COST.made);
    if (this.#nodes.length >= MAX_TERMS) refuse("", "its combinations of schemas are too many to compile.");
    this.#nodes.push(node);
    return this.#nodes.length - 1;
  }
}

/** JSON text that is equal for equal values, whatever the order of their properties. */
export function canonical(value: unknown): string {
  spend(COST.found);
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return `{${entries.map(([key, part]) => `${JSON.stringify(key)}:${canonical(part)}`).join(",")}}`;
  }
  return JSON.stringify(Object.is(value, -0) ? 0 : value);
}
