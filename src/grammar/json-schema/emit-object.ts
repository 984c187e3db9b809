import { text } from "../regular/utf8.js";
import { choice, choiceOf, type GrammarNode, optional, Rule, repetition, sequence, terminal } from "../rules.js";
import { COST, spend } from "../work.js";
import type { Emitter } from "./emit.js";
import { CLOSE_OBJECT, COLON, COMMA, EMPTY_OBJECT, keyText, OPEN_OBJECT } from "./json-text.js";
import type { KeyClass } from "./objects.js";
import type { ObjectPlan } from "./plan.js";
import { refuse } from "./refusal.js";
import { stringText } from "./string-text.js";

/** A named property as it is written. */
interface Member {
  readonly node: GrammarNode;
  readonly required: boolean;
  readonly declared: boolean;
}

const MAX_COUNTED = 20_000;
/** Members that one rule lists before it goes on in another: fewer of many, as a rule begins at each optional one. */
const runLength = (members: number) => (members > 100 ? 6 : 32);
/** Members without an order of their own that are taken in any order. */
const MAX_LOOSE = 4;

const COLON_NODE = terminal(COLON);
const COMMA_NODE = terminal(COMMA);
const OPEN_NODE = terminal(OPEN_OBJECT);
const CLOSE_NODE = terminal(CLOSE_OBJECT);

/**
 * The objects of a shape: properties that the schema declares in their order, then all others; among these, names that
 * are required and nothing else, in any order.
 */
export function objectNode(emitter: Emitter, plan: ObjectPlan, pointer: string, name: string): GrammarNode {
  const members: Member[] = [];
  for (const [key, { schema, required, declared }] of plan.named) {
    if (!emitter.isInhabited(schema)) continue;
    const node = sequence(terminal(text(JSON.stringify(key))), COLON_NODE, emitter.value(schema));
    members.push({ node, required, declared });
  }
  const other = unnamed(emitter, plan.rest);
  const witness = plan.witness === undefined ? undefined : unnamed(emitter, plan.witness);
  const required = members.filter((member) => member.required).length + (witness === undefined ? 0 : 1);
  const most = other === undefined ? members.length : Number.POSITIVE_INFINITY;
  if (plan.min > Math.max(1, required) || plan.max < most) {
    if (witness !== undefined) refuse(pointer, "what it negates cannot be combined with a number of properties.");
    return countedObject(plan, members, other, pointer, name);
  }
  const isEmptyAllowed = plan.min === 0 && required === 0;
  return new ObjectWriter(members, other, witness, name).write(isEmptyAllowed);
}

class ObjectWriter {
  readonly #ordered: readonly Member[];
  readonly #loose: readonly Member[];
  readonly #other: GrammarNode | undefined;
  readonly #witness: GrammarNode | undefined;
  readonly #name: string;
  readonly #further: readonly GrammarNode[];
  readonly #tails = new Map<number, GrammarNode>();
  readonly #ends = new Map<number, Rule>();

  constructor(
    members: readonly Member[],
    other: GrammarNode | undefined,
    witness: GrammarNode | undefined,
    name: string,
  ) {
    const loose = members.filter(({ declared }) => !declared);
    const isLoose = loose.length <= MAX_LOOSE;
    this.#loose = isLoose ? loose : [];
    this.#ordered = isLoose ? members.filter(({ declared }) => declared) : members;
    this.#other = other;
    this.#witness = witness;
    this.#name = name;
    this.#further = this.#ordered.map(({ node, required }) => {
      const next = sequence(COMMA_NODE, node);
      return required ? next : optional(next);
    });
  }

  write(isEmptyAllowed: boolean): GrammarNode {
    const options: GrammarNode[] = isEmptyAllowed ? [terminal(EMPTY_OBJECT)] : [];
    const start = (first: GrammarNode, rest: GrammarNode) => options.push(sequence(OPEN_NODE, first, rest, CLOSE_NODE));
    for (const [i, member] of this.#ordered.entries()) {
      start(member.node, this.#tail(i + 1));
      if (member.required) return choiceOf(options);
    }
    this.#loose.forEach(({ node }, i) => {
      start(node, this.#end(1 << i));
    });
    if (this.#other !== undefined) start(this.#other, this.#end(0));
    if (this.#witness !== undefined && !this.#loose.some((member) => member.required)) {
      start(this.#witness, sequence());
    }
    return choiceOf(options);
  }

  /** What follows the ordered members before one of them. */
  #tail(from: number): GrammarNode {
    const { length } = this.#further;
    const run = runLength(length);
    const runs = [from];
    for (let at = from; at < length && !this.#tails.has(at); ) {
      at = Math.min(length, (Math.floor(at / run) + 1) * run);
      runs.push(at);
    }
    // The last one first, as each goes on in the next.
    let rest = this.#tails.get(runs.at(-1) as number) ?? this.#end(0);
    for (let i = runs.length - 2; i >= 0; i--) {
      const [at, end] = [runs[i] as number, runs[i + 1] as number];
      rest = new Rule(`${this.#name}-${at}`, sequence(...this.#further.slice(at, end), rest));
      this.#tails.set(at, rest);
    }
    return rest;
  }

  /** What follows the ordered members; `seen` has a bit for each of the loose ones that has been written. */
  #end(seen: number): GrammarNode {
    const known = this.#ends.get(seen);
    if (known !== undefined) return known;
    const rule = new Rule(`${this.#name}-end-${seen}`);
    this.#ends.set(seen, rule);
    const others = this.#other;
    const rest = others === undefined ? [] : [repetition(sequence(COMMA_NODE, others), 0, Number.POSITIVE_INFINITY)];
    const options: GrammarNode[] = [];
    if (this.#loose.every((member, i) => !member.required || ((seen >> i) & 1) === 1)) {
      // A key written twice would hide the witness, so nothing comes after it.
      options.push(this.#witness === undefined ? sequence() : sequence(COMMA_NODE, this.#witness));
    }
    this.#loose.forEach(({ node }, i) => {
      if (((seen >> i) & 1) === 0) options.push(sequence(COMMA_NODE, node, this.#end(seen | (1 << i))));
    });
    rule.body = sequence(...rest, choice(...options));
    return rule;
  }
}

/** A property of any of the classes; undefined where there can be none. */
function unnamed(emitter: Emitter, classes: readonly KeyClass[]): GrammarNode | undefined {
  const options = classes
    .filter(({ schema }) => emitter.isInhabited(schema))
    .map(({ keys, schema }) => sequence(terminal(keyText(stringText(keys))), emitter.value(schema)));
  return options.length === 0 ? undefined : choice(...options);
}

/** The objects of a shape with a number of properties: a rule for each named property and number of those before. */
function countedObject(
  { min, max }: ObjectPlan,
  members: readonly Member[],
  other: GrammarNode | undefined,
  pointer: string,
  name: string,
): GrammarNode {
  // Beyond this number, all are alike.
  const cap = max === Number.POSITIVE_INFINITY ? min : Math.min(max, members.length + 1);
  if ((members.length + 1) * (cap + 1) > MAX_COUNTED) refuse(pointer, "it counts too many properties.");
  const end = (count: number): GrammarNode | undefined => {
    const missing = Math.max(0, min - count);
    const close = count === 0 ? terminal(EMPTY_OBJECT) : CLOSE_NODE;
    if (other === undefined || count >= max) return missing > 0 ? undefined : close;
    // Keys of a class may be written twice, and are then one property.
    if (missing > 1) refuse(pointer, "minProperties is supported where at most one property has no name of its own.");
    const first = sequence(count === 0 ? OPEN_NODE : COMMA_NODE, other);
    const further = repetition(sequence(COMMA_NODE, other), 0, max - count - 1);
    const some = sequence(first, further, CLOSE_NODE);
    return missing > 0 ? some : choice(close, some);
  };
  /** By number of properties before the member at hand; from the last member backwards. */
  let after: (GrammarNode | undefined)[] = [];
  let required = members.filter((member) => member.required).length;
  for (let i = members.length; i >= 0; i--) {
    const here: (GrammarNode | undefined)[] = [];
    const member = members[i];
    if (member?.required === true) required--;
    spend(COST.made * (Math.min(i, cap) + 1));
    for (let count = Math.min(required, cap); count <= Math.min(i, cap); count++) {
      if (member === undefined) {
        here[count] = end(count);
        continue;
      }
      const taken = count < max ? after[Math.min(count + 1, cap)] : undefined;
      const skipped = member.required ? undefined : after[count];
      const options = skipped === undefined ? [] : [skipped];
      if (taken !== undefined) options.unshift(sequence(count === 0 ? OPEN_NODE : COMMA_NODE, member.node, taken));
      here[count] = options.length === 0 ? undefined : new Rule(`${name}-${i}-${count}`, choice(...options));
    }
    after = here;
  }
  return after[0] ?? choice();
}
