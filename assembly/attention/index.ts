/**
 * Grouped-query attention (Ainslie et al. 2023) with online softmax over tiles of the cache (Milakov & Gimelshein
 * 2018, Dao et al. 2022): out = softmax(scale q K^T) V for all query heads and tokens that share one KV head.
 * A row of the cache is read once for up to 32 of them.
 *
 * What one query gets does not depend on which others go with it, bit for bit: heads may be dealt out to workers in any
 * way, and tokens to batches.
 */
import { attendBlock } from "./block";
import { Call } from "./call";
import { attendOne } from "./one";
import { QUERIES } from "./scratch";

/**
 * Token t sees the positions up to `position + t`, the last `window` of them. call: with its scratch, attentionBytes
 */
export function attention(call: Call): void {
  const tokens = call.tokens;
  const heads = call.heads;
  if (tokens * heads === 1 && (call.headSize & 31) === 0) {
    attendOne(call);
    return;
  }
  for (let head: u32 = 0; head < heads; head += QUERIES) {
    const count = min(heads - head, QUERIES);
    const perBlock = QUERIES / count;
    for (let token: u32 = 0; token < tokens; token += perBlock) {
      attendBlock(call, token, min(tokens - token, perBlock), head, count);
    }
  }
}
