/** Tokens that have text, as a tree of their bytes in flat arrays, in the order of a walk that goes down first. */
export class TokenTrie {
  /** (nodes) the byte that leads to a node, and how many lead to it from the root, less one. */
  readonly bytes: Uint8Array;
  readonly depths: Uint16Array;
  /** (nodes) the first node that is not below a node. */
  readonly ends: Int32Array;
  /** (nodes) a token that is spelled by the way to a node, or -1. */
  readonly tokens: Int32Array;
  /** Bytes of the longest token. */
  readonly longest: number;
  /** By token, the next token of the same spelling. */
  readonly #same: ReadonlyMap<number, number>;

  /** @param tokens ids with their bytes, at least one and at most 65,535 of them each */
  constructor(tokens: readonly (readonly [id: number, bytes: Uint8Array])[]) {
    const sorted = tokens.toSorted((a, b) => compare(a[1], b[1]) || a[0] - b[0]);
    const nodes = countNodes(sorted.map(([, bytes]) => bytes));
    this.bytes = new Uint8Array(nodes);
    this.depths = new Uint16Array(nodes);
    this.ends = new Int32Array(nodes);
    this.tokens = new Int32Array(nodes).fill(-1);
    const same = new Map<number, number>();
    /** The nodes on the way to the last token. */
    const path: number[] = [];
    let next = 0;
    let longest = 0;
    let previous: Uint8Array = new Uint8Array(0);
    for (const [id, bytes] of sorted) {
      const shared = sharedLength(previous, bytes);
      for (const done of path.splice(shared)) this.ends[done] = next;
      for (let depth = shared; depth < bytes.length; depth++) {
        this.bytes[next] = bytes[depth] as number;
        this.depths[next] = depth;
        path.push(next++);
      }
      const node = path.at(-1) as number;
      const first = this.tokens[node] as number;
      if (first >= 0) same.set(id, first);
      this.tokens[node] = id;
      longest = Math.max(longest, bytes.length);
      previous = bytes;
    }
    for (const done of path) this.ends[done] = next;
    this.longest = longest;
    this.#same = same;
  }

  get size(): number {
    return this.bytes.length;
  }

  /** The node that bytes, of which there is at least one, lead to; undefined where no token begins with them. */
  find(bytes: Uint8Array): number | undefined {
    let found: number | undefined;
    let [node, end] = [0, this.size];
    for (const byte of bytes) {
      while (node < end && this.bytes[node] !== byte) node = this.ends[node] as number;
      if (node >= end) return undefined;
      found = node;
      end = this.ends[node] as number;
      node++;
    }
    return found;
  }

  /** Sets the bits of the tokens at a node. */
  mark(node: number, mask: Uint32Array): void {
    for (let id: number | undefined = this.tokens[node]; id !== undefined; id = this.#same.get(id)) {
      mask[id >>> 5] = (mask[id >>> 5] as number) | (1 << (id & 31));
      if (this.#same.size === 0) return;
    }
  }

  /** Clears the bits of the tokens at a node. */
  unmark(node: number, mask: Uint32Array): void {
    for (let id: number | undefined = this.tokens[node]; id !== undefined; id = this.#same.get(id)) {
      mask[id >>> 5] = (mask[id >>> 5] as number) & ~(1 << (id & 31));
    }
  }
}

function compare(a: Uint8Array, b: Uint8Array): number {
  const shared = sharedLength(a, b);
  return (a[shared] ?? -1) - (b[shared] ?? -1);
}

function sharedLength(a: Uint8Array, b: Uint8Array): number {
  const most = Math.min(a.length, b.length);
  for (let i = 0; i < most; i++) if (a[i] !== b[i]) return i;
  return most;
}

function countNodes(sorted: readonly Uint8Array[]): number {
  let previous: Uint8Array = new Uint8Array(0);
  let nodes = 0;
  for (const bytes of sorted) {
    nodes += bytes.length - sharedLength(previous, bytes);
    previous = bytes;
  }
  return nodes;
}
