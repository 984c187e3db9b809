import { gemm, transpose } from "./gemm";
import { expShifted } from "./softmax";

/** Queries that are handled together: what a block may not see yet is not computed beyond the block's border. */
const BLOCK: u32 = 32;

/** Keys in a row of scores: `length` rounded up, as gemm wants it. */
function paddedLength(length: u32): u32 {
  return (length + 7) & ~7;
}

/**
 * Causal attention of one query head over one document: P = softmax(q k^T scale), out = P v.
 * q, k, v (length, headSize) with rows `row` apart; out likewise with rows outRow apart; p (length, padded length) is
 * kept for the way back; keys is scratch (headSize, padded length). headSize is a multiple of 8.
 */
export function attend(
  q: usize,
  k: usize,
  v: usize,
  row: usize,
  out: usize,
  outRow: usize,
  p: usize,
  keys: usize,
  length: u32,
  headSize: u32,
  scale: f32,
): void {
  const width = paddedLength(length);
  const pRow = (<usize>width) << 2;
  memory.fill(keys, 0, <usize>headSize * pRow);
  transpose(k, row, keys, pRow, length, headSize);
  for (let from: u32 = 0; from < length; from += BLOCK) {
    const count = min(BLOCK, length - from);
    const seen = min(width, from + BLOCK);
    const pBlock = p + <usize>from * pRow;
    gemm(q + <usize>from * row, row, 4, keys, pRow, pBlock, pRow, count, seen, headSize, false);
    for (let i: u32 = 0; i < count; i++) {
      const visible = from + i + 1;
      const scores = pBlock + <usize>i * pRow;
      for (let j: usize = 0; j < (<usize>visible) << 2; j += 4) store<f32>(scores + j, load<f32>(scores + j) * scale);
      const factor: f32 = <f32>1 / expShifted(scores, visible);
      for (let j: usize = 0; j < (<usize>visible) << 2; j += 4) store<f32>(scores + j, load<f32>(scores + j) * factor);
      memory.fill(scores + ((<usize>visible) << 2), 0, (<usize>(seen - visible)) << 2);
    }
    gemm(pBlock, pRow, 4, v, row, out + <usize>from * outRow, outRow, count, headSize, min(seen, length), false);
  }
}

/**
 * dOut -> dq = ..., dk += ..., dv += ... (key heads are shared by several query heads). dq, dk and dv have rows
 * `row` apart as q, k and v have; values is scratch (headSize, padded length), dp scratch (32, padded length).
 */
export function attendBackward(
  q: usize,
  k: usize,
  v: usize,
  row: usize,
  p: usize,
  dOut: usize,
  outRow: usize,
  dq: usize,
  dk: usize,
  dv: usize,
  values: usize,
  dp: usize,
  length: u32,
  headSize: u32,
  scale: f32,
): void {
  const width = paddedLength(length);
  const pRow = (<usize>width) << 2;
  memory.fill(values, 0, <usize>headSize * pRow);
  transpose(v, row, values, pRow, length, headSize);
  for (let from: u32 = 0; from < length; from += BLOCK) {
    const count = min(BLOCK, length - from);
    const seen = min(width, from + BLOCK);
    const real = min(seen, length);
    const pBlock = p + <usize>from * pRow;
    const dOutBlock = dOut + <usize>from * outRow;
    gemm(dOutBlock, outRow, 4, values, pRow, dp, pRow, count, seen, headSize, false);
    gemm(pBlock, 4, pRow, dOutBlock, outRow, dv, row, real, headSize, count, true);
    for (let i: u32 = 0; i < count; i++) softmaxBackward(pBlock + <usize>i * pRow, dp + <usize>i * pRow, seen, scale);
    gemm(dp, pRow, 4, k, row, dq + <usize>from * row, row, count, headSize, real, false);
    gemm(dp, 4, pRow, q + <usize>from * row, row, dk, row, real, headSize, count, true);
  }
}

/** dp = scale p (dp - sum(p dp)), in place; n is a multiple of 8 */
function softmaxBackward(p: usize, dp: usize, n: u32, scale: f32): void {
  const bytes = (<usize>n) << 2;
  let products = f32x4.splat(0);
  for (let i: usize = 0; i < bytes; i += 16) {
    products = f32x4.add(products, f32x4.mul(v128.load(p + i), v128.load(dp + i)));
  }
  const total =
    f32x4.extract_lane(products, 0) +
    f32x4.extract_lane(products, 1) +
    f32x4.extract_lane(products, 2) +
    f32x4.extract_lane(products, 3);
  for (let i: usize = 0; i < bytes; i += 16) {
    const centred = f32x4.sub(v128.load(dp + i), f32x4.splat(total));
    v128.store(dp + i, f32x4.mul(f32x4.mul(v128.load(p + i), centred), f32x4.splat(scale)));
  }
}
