import { gemm, transpose } from "./gemm";
import { expShifted } from "./softmax";

/**
 * Writes the keys and values of `count` tokens of one head, (count, headSize) with rows `row` apart, into its part of a
 * KV cache from position `from` on: keys (headSize, capacity) with rows keysRow apart, values (capacity, headSize).
 */
export function keep(
  k: usize,
  v: usize,
  row: usize,
  keys: usize,
  keysRow: usize,
  values: usize,
  from: u32,
  count: u32,
  headSize: u32,
): void {
  const head = (<usize>headSize) << 2;
  transpose(k, row, keys + ((<usize>from) << 2), keysRow, count, headSize);
  for (let t: u32 = 0; t < count; t++) memory.copy(values + <usize>(from + t) * head, v + <usize>t * row, head);
}

/**
 * Attention of the last token of a sequence, for the query heads that share one head of the KV cache: q and out
 * (queries, headSize), keys (headSize, capacity) with rows keysRow apart, values (length, headSize). scores is scratch
 * (queries, length rounded up to 8), the capacity a multiple of 8. Bit for bit what `attend` gives for the last row.
 */
export function attendCached(
  q: usize,
  keys: usize,
  keysRow: usize,
  values: usize,
  out: usize,
  scores: usize,
  queries: u32,
  length: u32,
  headSize: u32,
  scale: f32,
): void {
  const width = (length + 7) & ~7;
  const row = (<usize>width) << 2;
  const head = (<usize>headSize) << 2;
  const end = (<usize>length) << 2;
  gemm(q, head, 4, keys, keysRow, scores, row, queries, width, headSize, false);
  for (let i: u32 = 0; i < queries; i++) {
    const at = scores + <usize>i * row;
    for (let j: usize = 0; j < end; j += 4) store<f32>(at + j, load<f32>(at + j) * scale);
    const factor: f32 = <f32>1 / expShifted(at, length);
    for (let j: usize = 0; j < end; j += 4) store<f32>(at + j, load<f32>(at + j) * factor);
  }
  gemm(scores, row, 4, values, head, out, head, queries, headSize, length, false);
}
