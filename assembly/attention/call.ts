/**
 * What a call of attention is about, as a structure in memory. Its layout is written here and nowhere else: TypeScript
 * finds every field by its name (fields.ts, src/kernels/attention.ts). The scratch lies
 * behind the structure (scratch.ts).
 */
@unmanaged
export class Call {
  /** (tokens, heads, headSize) f32, tokens `tokenStride` bytes apart: query heads that share one KV head */
  queries: usize;
  /** Rows of that KV head, of the types below (cache.ts): position p is row p % `rows` */
  keys: usize;
  values: usize;
  /** As the queries */
  out: usize;
  tokens: u32;
  tokenStride: u32;
  heads: u32;
  headSize: u32;
  /** Of the first token; those behind it have the next ones */
  position: u32;
  /** Positions that a token sees at most: its own and those right before it */
  window: u32;
  /** Rows of the cache. Where they are fewer than the positions, a multiple of 32, and at least window + tokens - 1 */
  rows: u32;
  /** What scores are multiplied with */
  scale: f32;
  keyType: u32;
  valueType: u32;
}

/** The first position that a token sees which sees those below `end`. */
export function firstSeen(end: u32, window: u32): u32 {
  return end > window ? end - window : 0;
}
