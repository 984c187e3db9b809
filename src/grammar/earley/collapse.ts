import { concatenationOf, repetition, unionOf } from "../regular/build.js";
import type { Regular } from "../regular/regular.js";
import type { GrammarNode } from "../rules.js";
import { spend } from "../work.js";
import type { RuleOrder } from "./rule-order.js";

/** Above this an expression is left to the parser: its states would be many, and shared with nothing. */
const LARGEST = 2000;
/** Above this, a sequence is cut behind rules with long texts, which then have one automaton wherever they stand. */
const LARGEST_WITH_LONG_RULES = 250;

/** Finds the parts of a grammar that are regular languages, which an automaton reads faster than a parser. */
export class Collapse {
  readonly #languages = new Map<GrammarNode, Regular | undefined>();

  constructor({ rules, recursive }: RuleOrder) {
    for (const rule of rules) {
      const isRegular = !recursive.has(rule) && rule.body !== undefined;
      this.#languages.set(rule, isRegular ? this.languageOf(rule.body as GrammarNode) : undefined);
    }
  }

  /** The language of a node that is to be one terminal; undefined for the others. */
  languageOf(node: GrammarNode): Regular | undefined {
    if (node.kind === "terminal") return node.language;
    if (!this.#languages.has(node)) this.#languages.set(node, this.#find(node));
    return this.#languages.get(node);
  }

  #find(node: GrammarNode): Regular | undefined {
    spend(5);
    switch (node.kind) {
      case "terminal":
        return node.language;
      case "token":
        return undefined;
      case "rule":
        // One that is recursive; the others are known.
        return undefined;
      case "sequence": {
        const languages = this.#all(node.items);
        if (languages === undefined) return undefined;
        const hasLongRules = node.items.some((item, i) => item.kind === "rule" && !(languages[i] as Regular).isShort);
        if (hasLongRules && languages.length > 1 && sizeOf(languages) > LARGEST_WITH_LONG_RULES) return undefined;
        return concatenationOf(languages);
      }
      case "choice": {
        const languages = this.#all(node.options);
        return languages === undefined ? undefined : unionOf(languages);
      }
      case "repetition": {
        const language = this.languageOf(node.item);
        return language === undefined ? undefined : repetition(language, node.min, node.max);
      }
    }
  }

  /** The items of a sequence, neighbours joined to one terminal where the first of them has only short texts. */
  join(items: readonly GrammarNode[]): (GrammarNode | Regular)[] {
    const joined: (GrammarNode | Regular[])[] = [];
    let size = 0;
    for (const item of items) {
      const language = this.languageOf(item);
      const last = joined.at(-1);
      if (language === undefined) joined.push(item);
      else if (Array.isArray(last) && last.at(-1)?.isShort && size + language.size <= LARGEST) {
        last.push(language);
        size += language.size;
      } else {
        joined.push([language]);
        size = language.size;
      }
    }
    return joined.map((part) => (Array.isArray(part) ? concatenationOf(part) : part));
  }

  #all(nodes: readonly GrammarNode[]): Regular[] | undefined {
    const languages: Regular[] = [];
    for (const node of nodes) {
      const language = this.languageOf(node);
      if (language === undefined) return undefined;
      languages.push(language);
    }
    return languages.length > 1 && sizeOf(languages) > LARGEST && !languages.every(isPlain) ? undefined : languages;
  }
}

/** Terminals that a front end made large by itself are not cut up. */
function isPlain(language: Regular): boolean {
  return language.isShort && language.size <= LARGEST;
}

function sizeOf(languages: readonly Regular[]): number {
  return languages.reduce((size, language) => size + language.size, 0);
}
