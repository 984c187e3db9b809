import { grammarError, LIMITS, tooComplex } from "../errors.js";
import type { GrammarNode, Rule } from "../rules.js";
import { spend } from "../work.js";

/** The rules that a grammar reaches. */
export interface RuleOrder {
  /** Every rule after those it refers to, but for those that refer back to it. */
  readonly rules: readonly Rule[];
  /** Rules that can stand within themselves. */
  readonly recursive: ReadonlySet<Rule>;
}

interface Visit {
  readonly rule: Rule;
  readonly references: readonly Rule[];
  readonly index: number;
  next: number;
  low: number;
}

/**
 * Finds the rules and which of them are recursive, by Tarjan's strongly connected components (1972), without
 * recursion: chains of rules may be long.
 * @throws LlamaError `grammar` where a rule has no body, or there are too many
 */
export function orderRules(root: Rule): RuleOrder {
  const rules: Rule[] = [];
  const recursive = new Set<Rule>();
  const visits = new Map<Rule, Visit>();
  const open: Rule[] = [];
  const isOpen = new Set<Rule>();
  const path: Visit[] = [];
  let symbols = 0;

  const enter = (rule: Rule) => {
    const references = referencesOf(rule, (count) => {
      symbols += count;
      if (symbols > LIMITS.symbols) throw tooComplex(`it has more than ${LIMITS.symbols} symbols`);
    });
    if (visits.size >= LIMITS.rules) throw tooComplex(`it has more than ${LIMITS.rules} rules`);
    const visit = { rule, references, index: visits.size, next: 0, low: visits.size };
    visits.set(rule, visit);
    open.push(rule);
    isOpen.add(rule);
    path.push(visit);
  };

  enter(root);
  for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) {
    const reference = visit.references[visit.next++];
    if (reference !== undefined) {
      const seen = visits.get(reference);
      if (reference === visit.rule) recursive.add(reference);
      if (seen === undefined) enter(reference);
      else if (isOpen.has(reference)) visit.low = Math.min(visit.low, seen.index);
      continue;
    }
    path.pop();
    const parent = path.at(-1);
    if (parent !== undefined) parent.low = Math.min(parent.low, visit.low);
    rules.push(visit.rule);
    if (visit.low !== visit.index) continue;
    const component = open.splice(open.lastIndexOf(visit.rule));
    for (const rule of component) {
      isOpen.delete(rule);
      if (component.length > 1) recursive.add(rule);
    }
  }
  return { rules, recursive };
}

/** @param count hears how many symbols there are */
function referencesOf(rule: Rule, count: (symbols: number) => void): Rule[] {
  if (rule.body === undefined) throw grammarError(`The rule ${rule.name} is used, but not defined.`);
  const references = new Set<Rule>();
  const open: { node: GrammarNode; depth: number }[] = [{ node: rule.body, depth: 0 }];
  for (let last = open.pop(); last !== undefined; last = open.pop()) {
    const { node, depth } = last;
    if (depth > DEEPEST) throw tooComplex(`the rule ${rule.name} nests more than ${DEEPEST} levels deep`);
    count(1);
    spend(20);
    if (node.kind === "rule") references.add(node);
    else if (node.kind === "sequence") for (const item of node.items) open.push({ node: item, depth: depth + 1 });
    else if (node.kind === "choice") for (const option of node.options) open.push({ node: option, depth: depth + 1 });
    else if (node.kind === "repetition") open.push({ node: node.item, depth: depth + 1 });
  }
  return [...references];
}

const DEEPEST = 1000;
