import { unionOf } from "../regular/build.js";
import type { Regular } from "../regular/regular.js";
import { text } from "../regular/utf8.js";
import { choice, type GrammarNode, Rule, terminal } from "../rules.js";
import { arrayNode, automatonNode } from "./emit-array.js";
import { objectNode } from "./emit-object.js";
import { steppedText } from "./number-steps.js";
import { isPlain, rangeText } from "./number-text.js";
import type { Plans, TermPlan } from "./plan.js";
import { rethrowAt } from "./refusal.js";
import type { SchemaReader } from "./schema-reader.js";
import { stringText } from "./string-text.js";
import { isNoString } from "./strings.js";
import type { Term } from "./terms.js";

/** Writes the rules of the JSON texts of terms: a rule for each plan. */
export class Emitter {
  readonly #reader: SchemaReader;
  readonly #plans: Plans;
  readonly #rules = new Map<TermPlan, Rule>();
  readonly #waiting: [Rule, Term][] = [];

  constructor(reader: SchemaReader, plans: Plans) {
    this.#reader = reader;
    this.#plans = plans;
  }

  /** The root, with all rules that it leads to. */
  emit(root: Term): Rule {
    const first = this.value(root);
    for (let next = this.#waiting.pop(); next !== undefined; next = this.#waiting.pop()) {
      const [rule, term] = next;
      const pointer = this.#reader.pointerOf(term);
      try {
        rule.body = this.#body(term, this.#plans.get(term), pointer);
      } catch (error) {
        rethrowAt(pointer, error);
      }
    }
    return first;
  }

  isInhabited(term: Term): boolean {
    return this.#plans.isInhabited(term);
  }

  /** A term as part of a rule; its own rule is written later, so that schemas of any depth need no stack. */
  value(term: Term): Rule {
    const plan = this.#plans.get(term);
    let rule = this.#rules.get(plan);
    if (rule === undefined) {
      rule = new Rule(`value-${term}`);
      this.#waiting.push([rule, term]);
      this.#rules.set(plan, rule);
    }
    return rule;
  }

  #body(term: Term, { set, arrays, objects }: TermPlan, pointer: string): GrammarNode {
    const scalars: Regular[] = [];
    const options: GrammarNode[] = [];
    if (set.null) scalars.push(text("null"));
    if ((set.booleans & 1) !== 0) scalars.push(text("false"));
    if ((set.booleans & 2) !== 0) scalars.push(text("true"));
    for (const range of set.numbers) {
      if (isPlain(range)) scalars.push(rangeText(range));
      else options.push(steppedText(range, pointer));
    }
    if (!isNoString(set.strings)) scalars.push(stringText(set.strings));
    if (scalars.length > 0) options.unshift(terminal(unionOf(scalars)));
    for (const array of arrays) {
      if (!this.#plans.isInhabitedArray(array)) continue;
      options.push("states" in array ? automatonNode(this, array) : arrayNode(this, array));
    }
    for (const object of objects) {
      if (this.#plans.isInhabitedObject(object)) options.push(objectNode(this, object, pointer, `value-${term}`));
    }
    return choice(...options);
  }
}
