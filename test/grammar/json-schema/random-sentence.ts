import { liveBytes, step } from "#dist/grammar/regular/automaton.js";
import { partitionOf } from "#dist/grammar/regular/partition.js";
import type { Regular } from "#dist/grammar/regular/regular.js";
import type { GrammarNode, Rule } from "#dist/grammar/rules.js";

/** How deep a node's shortest text nests, for all nodes that a rule leads to. */
function depthsOf(root: Rule): Map<GrammarNode, number> {
  const nodes = new Set<GrammarNode>([root]);
  for (const node of nodes) for (const part of partsOf(node)) nodes.add(part);
  const depths = new Map<GrammarNode, number>();
  const depthOf = (node: GrammarNode) => depths.get(node) ?? Number.POSITIVE_INFINITY;
  const inner = [...nodes].reverse();
  for (let isChanged = true; isChanged; ) {
    isChanged = false;
    for (const node of inner) {
      const depth = depth1(node, depthOf);
      if (depth < depthOf(node)) {
        depths.set(node, depth);
        isChanged = true;
      }
    }
  }
  return depths;
}

function partsOf(node: GrammarNode): readonly GrammarNode[] {
  switch (node.kind) {
    case "sequence":
      return node.items;
    case "choice":
      return node.options;
    case "repetition":
      return [node.item];
    case "rule":
      return node.body === undefined ? [] : [node.body];
    default:
      return [];
  }
}

function depth1(node: GrammarNode, depthOf: (node: GrammarNode) => number): number {
  switch (node.kind) {
    case "sequence":
      return Math.max(0, ...node.items.map(depthOf));
    case "choice":
      return Math.min(...node.options.map(depthOf));
    case "repetition":
      return node.min === 0 ? 0 : depthOf(node.item);
    case "rule":
      return 1 + depthOf(node.body as GrammarNode);
    default:
      return 0;
  }
}

/** Texts of a grammar at random. Fails where a node has no text, as what is written may then lead nowhere. */
export class SentenceMaker {
  readonly #root: Rule;
  readonly #depths: Map<GrammarNode, number>;
  readonly #random: () => number;
  #bytes: number[] = [];
  #budget = 0;

  constructor(root: Rule, random: () => number) {
    this.#root = root;
    this.#random = random;
    this.#depths = depthsOf(root);
    for (const [node, depth] of this.#depths) {
      if (node.kind === "choice" && node.options.some((option) => this.#depths.get(option) === undefined)) {
        throw new Error(`an option leads nowhere, at depth ${depth}`);
      }
    }
  }

  /** A text; after about `budget` steps, whatever ends it soonest. */
  make(budget: number): string {
    this.#bytes = [];
    this.#budget = budget;
    this.#write(this.#root);
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(new Uint8Array(this.#bytes));
  }

  #write(node: GrammarNode): void {
    this.#budget--;
    switch (node.kind) {
      case "sequence":
        for (const item of node.items) this.#write(item);
        return;
      case "choice":
        this.#write(this.#option(node.options));
        return;
      case "repetition": {
        const most = this.#budget > 0 ? Math.min(node.max, node.min + Math.floor(this.#random() ** 2 * 5)) : node.min;
        for (let i = 0; i < most; i++) this.#write(node.item);
        return;
      }
      case "rule":
        this.#write(node.body as GrammarNode);
        return;
      case "terminal":
        this.#walk(node.language);
        return;
      default:
        throw new Error("a token");
    }
  }

  #option(options: readonly GrammarNode[]): GrammarNode {
    if (this.#budget > 0) return options[Math.floor(this.#random() * options.length)] as GrammarNode;
    const depths = options.map((option) => this.#depths.get(option) as number);
    return options[depths.indexOf(Math.min(...depths))] as GrammarNode;
  }

  /**
   * Classes of bytes are as likely as one another, so that rare ones such as the quote at the end come soon enough. A
   * text that has become long takes the shortest way to an end: chance may not find the one word that a pattern asks
   * for.
   */
  #walk(language: Regular): void {
    let state = language;
    for (let length = 0; length < 60; length++) {
      const classes = classesOf(state);
      if (state.isNullable && (classes.length === 0 || this.#random() < 0.3 || this.#budget <= 0)) return;
      const group = classes[Math.floor(this.#random() * classes.length)] as number[];
      const byte = group[Math.floor(this.#random() * group.length)] as number;
      this.#bytes.push(byte);
      this.#budget -= 0.1;
      state = step(state, byte);
    }
    this.#bytes.push(...shortestEnd(state));
  }
}

/** Bytes that may come next, by what they lead to. */
function classesOf(state: Regular): number[][] {
  const live = liveBytes(state);
  const { classOf } = partitionOf(state);
  const byClass = new Map<number, number[]>();
  for (let byte = 0; byte < 256; byte++) {
    if (!live.has(byte)) continue;
    const group = byClass.get(classOf[byte] as number);
    if (group === undefined) byClass.set(classOf[byte] as number, [byte]);
    else group.push(byte);
  }
  return [...byClass.values()];
}

function shortestEnd(from: Regular): number[] {
  const ways = new Map<Regular, readonly number[]>([[from, []]]);
  for (const [state, way] of ways) {
    if (state.isNullable) return [...way];
    for (const [byte] of classesOf(state)) {
      const next = step(state, byte as number);
      if (!ways.has(next)) ways.set(next, [...way, byte as number]);
    }
  }
  throw new Error("a state leads nowhere");
}
