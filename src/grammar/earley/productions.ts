import { grammarError } from "../errors.js";
import { isEmpty } from "../regular/automaton.js";
import { Regular } from "../regular/regular.js";
import type { GrammarNode, Rule, TokenTerminal } from "../rules.js";
import { COST, spend } from "../work.js";
import { Collapse } from "./collapse.js";
import { orderRules } from "./rule-order.js";

/** What may stand in a production. */
export type ProductionSymbol =
  | { readonly kind: "terminal"; readonly language: Regular }
  | { readonly kind: "token"; readonly terminal: TokenTerminal }
  | { readonly kind: "nonterminal"; readonly nonterminal: Nonterminal };

/** A nonterminal has either productions, any of which it may be, or a loop. */
export interface Nonterminal {
  readonly id: number;
  productions: readonly Production[];
  loop: Loop | undefined;
  isNullable: boolean;
  isProductive: boolean;
}

/** An item that comes from `min` to `max` times. */
export interface Loop {
  readonly symbol: ProductionSymbol;
  min: number;
  readonly max: number;
}

export type Production = readonly ProductionSymbol[];

/** A grammar as productions, every one of which takes part in some text. */
export interface Productions {
  readonly root: Nonterminal;
  readonly nonterminals: readonly Nonterminal[];
  readonly tokens: readonly TokenTerminal[];
}

/**
 * Compiles rules: what is regular becomes terminals, the rest productions; what no text can use is dropped.
 * @throws LlamaError `grammar` where a rule is not defined, no text matches, or there is too much of it
 */
export function compileRules(rule: Rule): Productions {
  const order = orderRules(rule);
  const compiler = new Compiler(new Collapse(order));
  const root = compiler.rootOf(rule);
  const productions = { root, nonterminals: compiler.nonterminals, tokens: compiler.tokens };
  markProductive(productions.nonterminals);
  if (!root.isProductive) throw grammarError("The grammar matches no text at all, not even an empty one.");
  markNullable(productions.nonterminals);
  return productions;
}

class Compiler {
  readonly nonterminals: Nonterminal[] = [];
  readonly tokens: TokenTerminal[] = [];
  readonly #collapse: Collapse;
  readonly #byRule = new Map<Rule, Nonterminal>();
  /** Rules whose productions are still to be made; a list, because chains of rules may be long. */
  readonly #pending: Rule[] = [];

  constructor(collapse: Collapse) {
    this.#collapse = collapse;
  }

  rootOf(rule: Rule): Nonterminal {
    const root = this.#add();
    root.productions = [[this.#symbol(rule)]];
    for (let next = this.#pending.pop(); next !== undefined; next = this.#pending.pop()) {
      const nonterminal = this.#byRule.get(next) as Nonterminal;
      nonterminal.productions = this.#productions(next.body as GrammarNode);
    }
    return root;
  }

  #productions(node: GrammarNode): Production[] {
    if (node.kind === "choice" && this.#collapse.languageOf(node) === undefined) {
      return node.options.flatMap((option) => this.#productions(option));
    }
    if (node.kind === "repetition" && node.min === 0 && node.max === 1) return [...this.#productions(node.item), []];
    return [this.#production(node)];
  }

  #production(node: GrammarNode): Production {
    if (this.#collapse.languageOf(node) !== undefined || node.kind !== "sequence") return [this.#symbol(node)];
    return this.#collapse.join(node.items).map((item) => this.#symbol(item));
  }

  #symbol(node: GrammarNode | Regular): ProductionSymbol {
    if (node instanceof Regular) return { kind: "terminal", language: node };
    const language = this.#collapse.languageOf(node);
    if (language !== undefined) return { kind: "terminal", language };
    if (node.kind === "token") {
      this.tokens.push(node);
      return { kind: "token", terminal: node };
    }
    return { kind: "nonterminal", nonterminal: this.#nonterminal(node) };
  }

  #nonterminal(node: GrammarNode): Nonterminal {
    if (node.kind === "rule") {
      let known = this.#byRule.get(node);
      if (known === undefined) {
        known = this.#add();
        this.#byRule.set(node, known);
        this.#pending.push(node);
      }
      return known;
    }
    const nonterminal = this.#add();
    if (node.kind === "repetition" && node.max > 1) {
      nonterminal.loop = { symbol: this.#symbol(node.item), min: node.min, max: node.max };
    } else if (node.kind === "repetition" && node.max === 0) nonterminal.productions = [[]];
    else nonterminal.productions = this.#productions(node.kind === "repetition" && node.min === 1 ? node.item : node);
    return nonterminal;
  }

  #add(): Nonterminal {
    spend(COST.made);
    const id = this.nonterminals.length;
    const nonterminal = { id, productions: [], loop: undefined, isNullable: false, isProductive: false };
    this.nonterminals.push(nonterminal);
    return nonterminal;
  }
}

/** Finds the nonterminals of which some text is made, and drops the productions with others. */
function markProductive(nonterminals: readonly Nonterminal[]): void {
  const isProductive = (symbol: ProductionSymbol) => {
    if (symbol.kind === "terminal") return !isEmpty(symbol.language);
    return symbol.kind === "token" || symbol.nonterminal.isProductive;
  };
  spread(nonterminals, (nonterminal) => {
    if (nonterminal.isProductive) return false;
    const { loop, productions } = nonterminal;
    spend(sizeOf(productions));
    nonterminal.isProductive =
      loop === undefined
        ? productions.some((production) => production.every(isProductive))
        : loop.min <= loop.max && (loop.min === 0 || isProductive(loop.symbol));
    return nonterminal.isProductive;
  });
  for (const nonterminal of nonterminals) {
    nonterminal.productions = nonterminal.productions.filter((production) => production.every(isProductive));
    if (nonterminal.loop !== undefined && !isProductive(nonterminal.loop.symbol)) {
      nonterminal.loop = undefined;
      nonterminal.productions = nonterminal.isProductive ? [[]] : [];
    }
  }
}

/** Finds the nonterminals that may be empty. An item that may be empty can be left out, so its loop needs none. */
function markNullable(nonterminals: readonly Nonterminal[]): void {
  const isNullable = (symbol: ProductionSymbol) => {
    if (symbol.kind === "terminal") return symbol.language.isNullable;
    return symbol.kind === "nonterminal" && symbol.nonterminal.isNullable;
  };
  spread(nonterminals, (nonterminal) => {
    if (nonterminal.isNullable) return false;
    const { loop, productions } = nonterminal;
    spend(sizeOf(productions));
    if (loop !== undefined && isNullable(loop.symbol)) loop.min = 0;
    nonterminal.isNullable =
      loop === undefined ? productions.some((production) => production.every(isNullable)) : loop.min === 0;
    return nonterminal.isNullable;
  });
}

function sizeOf(productions: readonly Production[]): number {
  return productions.reduce((size, { length }) => size + length, 1);
}

/** Applies a rule that holds for ever once it holds, until it holds for no more nonterminals. */
function spread(nonterminals: readonly Nonterminal[], apply: (nonterminal: Nonterminal) => boolean): void {
  const users = new Map<Nonterminal, Nonterminal[]>();
  for (const nonterminal of nonterminals) {
    for (const symbol of [...nonterminal.productions.flat(), ...(nonterminal.loop ? [nonterminal.loop.symbol] : [])]) {
      if (symbol.kind !== "nonterminal") continue;
      const known = users.get(symbol.nonterminal);
      if (known === undefined) users.set(symbol.nonterminal, [nonterminal]);
      else known.push(nonterminal);
    }
  }
  // Those made last are used by others, and come first; each waits once, however many it waits for.
  const waiting = new Set([...nonterminals].reverse());
  for (const next of waiting) {
    waiting.delete(next);
    if (apply(next)) for (const user of users.get(next) ?? []) waiting.add(user);
  }
}
