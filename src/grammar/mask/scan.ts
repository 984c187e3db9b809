import { isOver, step } from "../regular/automaton.js";
import { Life, NOTHING, type Regular } from "../regular/regular.js";
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

function scanNodes(language: Regular, trie: TokenTrie): void {
  const { bytes, depths, ends, tokens } = trie;
  found.length = 0;
  accepting.length = 0;
  path[0] = language;
  for (let node = 0; node < trie.size; ) {
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
}
