/**
 * Grouped-query attention (Ainslie et al. 2023) with online softmax over tiles of the cache (Milakov & Gimelshein
 * 2018, Dao et al. 2022): out = softmax(scale q K^T) V for all query heads and tokens that share one KV head.
 * A row of the cache is read once for up to 32 of them.
 *
 * What one query gets does not depend on which others go with it, so heads may be dealt out to workers in any way.
 */
import { attendBlock } from "./attention/block";
import { attendOne } from "./attention/one";
import { QUERIES } from "./attention/tile";
import { LOG2_E } from "./exp";

/**
 * q (tokens, heads, headSize) f32 and out alike, tokens `tokenStride` bytes apart; keys and values
 * (length + tokens - 1, headSize) of the cache's types (kv-cache.ts). Token t sees the first `length + t` positions.
 * scratch: see attention/tile.ts.
 */
export function attention(
  q: usize,
  keys: usize,
  values: usize,
  scratch: usize,
  out: usize,
  tokens: u32,
  tokenStride: u32,
  heads: u32,
  group: u32,
  headSize: u32,
  length: u32,
  scale: f32,
  keyType: u32,
  valueType: u32,
): void {
  // What follows takes powers of 2 of the scores.
  scale *= LOG2_E;
  if (tokens === 1 && group === 1 && (headSize & 31) === 0) {
    attendOne(q, keys, values, scratch, out, headSize, length, scale, keyType, valueType);
    return;
  }
  for (let head: u32 = 0; head < heads; head += QUERIES) {
    const count = min(heads - head, QUERIES);
    const perBlock = QUERIES / count;
    const offset = (<usize>(head * headSize)) << 2;
    for (let token: u32 = 0; token < tokens; token += perBlock) {
      const at = offset + <usize>token * <usize>tokenStride;
      const n = min(tokens - token, perBlock);
      attendBlock(
        q + at,
        keys,
        values,
        scratch,
        out + at,
        n,
        tokenStride,
        count,
        headSize,
        length + token,
        scale,
        keyType,
        valueType,
      );
    }
  }
}
