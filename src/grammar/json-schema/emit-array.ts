import {
  choice,
  choiceOf,
  type GrammarNode,
  optional,
  Rule,
  repetition,
  sequence,
  sequenceOf,
  terminal,
} from "../rules.js";
import { type ArrayShape, itemSchema } from "./arrays.js";
import type { Emitter } from "./emit.js";
import type { ItemAutomaton } from "./item-automaton.js";
import { CLOSE_ARRAY, COMMA, EMPTY_ARRAY, OPEN_ARRAY } from "./json-text.js";

/** The arrays of a shape by position, then any number of others between its bounds. */
export function arrayNode(emitter: Emitter, shape: ArrayShape): GrammarNode {
  let { max } = shape;
  let prefix = shape.prefix.findIndex((item) => !emitter.isInhabited(item));
  if (prefix >= 0) max = Math.min(max, prefix);
  else prefix = shape.prefix.length;
  if (!emitter.isInhabited(shape.rest)) max = Math.min(max, prefix);
  const options: GrammarNode[] = shape.min === 0 ? [terminal(EMPTY_ARRAY)] : [];
  if (max > 0) {
    const first = emitter.value(itemSchema(shape, 0));
    options.push(
      sequenceOf([terminal(OPEN_ARRAY), first, ...furtherItems(emitter, shape, max), terminal(CLOSE_ARRAY)]),
    );
  }
  return choice(...options);
}

/** What follows the first item; `max` is how many items there can be. */
function furtherItems(emitter: Emitter, shape: ArrayShape, max: number): GrammarNode[] {
  const { prefix, min } = shape;
  const positions = Math.min(prefix.length, max);
  const further = (index: number) => sequence(terminal(COMMA), emitter.value(itemSchema(shape, index)));
  const from = Math.max(1, positions);
  let rest: GrammarNode[] = [];
  if (max > from) rest = [repetition(further(from), Math.max(0, min - from), max - from)];
  // From the last position backwards: what is not needed is one optional group inside another.
  for (let index = positions - 1; index >= Math.max(1, min); index--) {
    rest = [optional(sequence(further(index), ...rest))];
  }
  const needed = Array.from({ length: Math.max(0, Math.min(positions, min) - 1) }, (_, i) => further(i + 1));
  return needed.concat(rest);
}

/** The arrays of an automaton: a rule for what may follow in each state. */
export function automatonNode(emitter: Emitter, automaton: ItemAutomaton): GrammarNode {
  const live = automaton.live((term) => emitter.isInhabited(term));
  const rules = automaton.states.map((_, number) => new Rule(`items-${number}`));
  automaton.states.forEach(({ edges, isAccepting }, number) => {
    const options: GrammarNode[] = isAccepting ? [terminal(number === 0 ? EMPTY_ARRAY : CLOSE_ARRAY)] : [];
    for (const { item, target } of edges) {
      if (!live.has(target) || !emitter.isInhabited(item)) continue;
      const before = terminal(number === 0 ? OPEN_ARRAY : COMMA);
      options.push(sequence(before, emitter.value(item), rules[target] as Rule));
    }
    (rules[number] as Rule).body = choiceOf(options);
  });
  return rules[0] as Rule;
}
