import { text } from "../regular/utf8.js";
import { choice, type GrammarNode, optional, repetition, Rule, sequence, terminal } from "../rules.js";
import type { Emitter } from "./emit.js";
import { keyText } from "./emit.js";
import { CLOSE_OBJECT, COMMA, EMPTY_OBJECT, OPEN_OBJECT } from "./json-text.js";
import type { KeyClass } from "./objects.js";
import type { ObjectPlan } from "./plan.js";
import { refuse } from "./refusal.js";
import { stringText } from "./string-text.js";

/** A named property as it is written. */
interface Member {
  readonly node: GrammarNode;
  readonly required: boolean;
}

const MAX_COUNTED = 20_000;
/** Members that one rule lists before it goes on in another. */
const RUN = 32;

/** The objects of a shape: named properties in their order, then all others. */
export function objectNode(emitter: Emitter, plan: ObjectPlan, pointer: string, name: string): GrammarNode {
  const members: Member[] = [];
  for (const [key, { schema, required }] of plan.named) {
    if (!emitter.isInhabited(schema)) continue;
    const keyed = terminal(keyText(text(JSON.stringify(key))));
    members.push({ node: sequence(keyed, emitter.value(schema)), required });
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
  const options: GrammarNode[] = isEmptyAllowed ? [terminal(EMPTY_OBJECT)] : [];
  const comma = terminal(COMMA);
  const further = members.map(({ node, required }) => {
    const next = sequence(comma, node);
    return required ? next : optional(next);
  });
  const others: GrammarNode[] = [];
  if (other !== undefined) others.push(repetition(sequence(comma, other), 0, Number.POSITIVE_INFINITY));
  // A key written twice would hide the witness, so nothing but a witness comes after it.
  if (witness !== undefined) others.push(sequence(comma, witness));
  const tails = new Map<number, GrammarNode>();
  const tail = (from: number): GrammarNode => {
    let node = tails.get(from);
    if (node === undefined) {
      const end = Math.min(further.length, (Math.floor(from / RUN) + 1) * RUN);
      const listed = further.slice(from, end);
      const body = end < further.length ? [...listed, tail(end)] : [...listed, ...others];
      node = body.length < 2 ? sequence(...body) : new Rule(`${name}-${from}`, sequence(...body));
      tails.set(from, node);
    }
    return node;
  };
  const starts = (first: GrammarNode, rest: GrammarNode) =>
    options.push(sequence(terminal(OPEN_OBJECT), first, rest, terminal(CLOSE_OBJECT)));
  for (const [i, member] of members.entries()) {
    starts(member.node, tail(i + 1));
    if (member.required) return choice(...options);
  }
  if (other !== undefined) starts(other, sequence(...others));
  if (witness !== undefined) starts(witness, sequence());
  return choice(...options);
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
  const open = terminal(OPEN_OBJECT);
  const comma = terminal(COMMA);
  const end = (count: number): GrammarNode | undefined => {
    const missing = Math.max(0, min - count);
    const close = terminal(count === 0 ? EMPTY_OBJECT : CLOSE_OBJECT);
    if (other === undefined || count >= max) return missing > 0 ? undefined : close;
    // Keys of a class may be written twice, and are then one property.
    if (missing > 1) refuse(pointer, "minProperties is supported where at most one property has no name of its own.");
    const first = sequence(count === 0 ? open : comma, other);
    const further = repetition(sequence(comma, other), 0, max - count - 1);
    const some = sequence(first, further, terminal(CLOSE_OBJECT));
    return missing > 0 ? some : choice(close, some);
  };
  /** By number of properties before the member at hand; from the last member backwards. */
  let after: (GrammarNode | undefined)[] = [];
  let required = members.filter((member) => member.required).length;
  for (let i = members.length; i >= 0; i--) {
    const here: (GrammarNode | undefined)[] = [];
    const member = members[i];
    if (member?.required === true) required--;
    for (let count = Math.min(required, cap); count <= Math.min(i, cap); count++) {
      if (member === undefined) {
        here[count] = end(count);
        continue;
      }
      const taken = count < max ? after[Math.min(count + 1, cap)] : undefined;
      const skipped = member.required ? undefined : after[count];
      const options = skipped === undefined ? [] : [skipped];
      if (taken !== undefined) options.unshift(sequence(count === 0 ? open : comma, member.node, taken));
      here[count] = options.length === 0 ? undefined : new Rule(`${name}-${i}-${count}`, choice(...options));
    }
    after = here;
  }
  return after[0] ?? choice();
}
