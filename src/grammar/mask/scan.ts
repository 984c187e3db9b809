import { isOver, step } from "../regular/automaton.js";
import { partitionOf } from "../regular/partition.js";
import { Life, NOTHING, type Regular } from "../regular/regular.js";
import { spend } from "../work.js";
import type { TokenTrie } from "./trie.js";

/** How a language meets the tokens of a tree. */
export interface Scan {
  /** A mask of the tokens that a text of the language may begin with or consist of; or, where few, their nodes. */
  readonly tokens: Uint32Array;
  readonly isMask: boolean;
  /** Nodes with others below at which a text of the language may end: there what follows it takes over. */
  readonly accepting: Uint32Array;
}

/** Nodes that one scan found, in memory that scans share. */
class NodeList {
  nodes = new Uint32Array(1024);
  length = 0;

  push(node: number): void {
    if (this.length === this.nodes.length) {
      const larger = new Uint32Array(this.length * 2);
      larger.set(this.nodes);
      this.nodes = larger;
    }
    this.nodes[this.length++] = node;
  }

  copy(): Uint32Array {
    return this.nodes.slice(0, this.length);
  }
}

/** States by depth; scans do not overlap. */
const path: Regular[] = [];
const usualPath: Regular[] = [];
const found = new NodeList();
const accepting = new NodeList();

/** Scans the whole tree. @param words of a mask */
export function scanTrie(language: Regular, trie: TokenTrie, words: number): Scan {
  scanNodes(language, trie);
  const isMask = found.length > words;
  if (!isMask) return { tokens: found.copy(), isMask, accepting: accepting.copy() };
  const mask = new Uint32Array(words);
  for (let i = 0; i < found.length; i++) trie.mark(found.nodes[i] as number, mask);
  return { tokens: mask, isMask, accepting: accepting.copy() };
}

/**
 * The state to which most bytes lead from a language and, from there, back to it: of the names that an object may not
 * have, any name at all. Undefined where there is none, or the language is that state itself.
 */
export function usualState(language: Regular): Regular | undefined {
  const usual = mostReached(language);
  return usual === language || usual === undefined || mostReached(usual) !== usual ? undefined : usual;
}

function mostReached(language: Regular): Regular | undefined {
  const { classOf, representatives } = partitionOf(language);
  spend(64);
  const counts = new Array<number>(representatives.length).fill(0);
  for (const number of classOf) counts[number] = (counts[number] as number) + 1;
  const reached = new Map<Regular, number>();
  representatives.forEach((byte, number) => {
    const target = step(language, byte);
    reached.set(target, (reached.get(target) ?? 0) + (counts[number] as number));
  });
  let most: Regular | undefined;
  for (const [target, count] of reached) {
    if (target !== NOTHING && count > (most === undefined ? FEWEST_USUAL : (reached.get(most) as number)))
      most = target;
  }
  return most;
}

/** Of the 256 bytes; those of ASCII letters and digits are 62. */
const FEWEST_USUAL = 60;

/**
 * Scans only where a language differs from its usual state, whose scan is a mask: below a node at which both are in one
 * state they have the same tokens.
 */
export function scanBeside(language: Regular, usual: Regular, scan: Scan, trie: TokenTrie): Scan {
  const { bytes, depths, ends, tokens, size } = trie;
  const mask = scan.tokens.slice();
  const added: number[] = [];
  const removed = new Set<number>();
  path[0] = language;
  usualPath[0] = usual;
  let visited = 0;
  for (let node = 0; node < size; visited++) {
    const depth = depths[node] as number;
    const byte = bytes[node] as number;
    const next = step(path[depth] as Regular, byte);
    const other = step(usualPath[depth] as Regular, byte);
    const end = ends[node] as number;
    if (next === other) {
      node = end;
      continue;
    }
    if ((tokens[node] as number) >= 0) {
      if (next === NOTHING) trie.unmark(node, mask);
      else trie.mark(node, mask);
    }
    if (end > node + 1 && next.isNullable !== other.isNullable) {
      if (next.isNullable) added.push(node);
      else removed.add(node);
    }
    path[depth + 1] = next;
    usualPath[depth + 1] = other;
    node = isOver(next) && isOver(other) ? end : node + 1;
  }
  spend(visited + mask.length / 16);
  const kept = removed.size === 0 ? scan.accepting : scan.accepting.filter((node) => !removed.has(node));
  return { tokens: mask, isMask: true, accepting: added.length === 0 ? kept : Uint32Array.from([...kept, ...added]) };
}

function scanNodes(language: Regular, trie: TokenTrie): void {
  const { bytes, depths, ends, tokens } = trie;
  found.length = 0;
  accepting.length = 0;
  path[0] = language;
  let visited = 0;
  for (let node = 0; node < trie.size; visited++) {
    const depth = depths[node] as number;
    const state = path[depth] as Regular;
    const byte = bytes[node] as number;
    // What `step` would return, without the call where it is known.
    const { partition } = state;
    let next = partition === undefined ? undefined : state.targets[partition.classOf[byte] as number];
    if (next === undefined || next.life === Life.unknown) next = step(state, byte);
    const end = ends[node] as number;
    if (next === NOTHING) {
      node = end;
      continue;
    }
    if ((tokens[node] as number) >= 0) found.push(node);
    if (next.isNullable && end > node + 1) accepting.push(node);
    if (isOver(next)) {
      node = end;
      continue;
    }
    path[depth + 1] = next;
    node++;
  }
  spend(visited);
}
