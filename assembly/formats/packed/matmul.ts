import { q8RowBytes } from "../../activations/q8";
import { EIGHT, eightsBytes, matmulEights } from "./eights";
import { matmulFew } from "./few";
import { matmulTile, TILE, tileBytes } from "./tile";

/**
 * W (rows, n) packed, X (tokens, n) q8: out[:, from..to) = W[from..to) @ X; out (tokens, rows) f32, tokens of out
 * `outStride` bytes apart. T is a class as few.ts and tile.ts want it. A token has the very same results as alone.
 */
export function matmulAny<T>(
  w: usize,
  x: usize,
  out: usize,
  from: u32,
  to: u32,
  n: u32,
  tokens: u32,
  outStride: u32,
  scratch: usize,
): void {
  if (from >= to) return;
  const rowBytes = <usize>q8RowBytes(n);
  for (let token: u32 = 0; token < tokens; token += TILE) {
    const count = min(TILE, tokens - token);
    const values = x + <usize>token * rowBytes;
    const target = out + <usize>token * outStride;
    if (count <= changetype<T>(0).few()) matmulFew<T>(w, values, target, from, to, n, count, outStride, scratch);
    else matmulTile<T>(w, values, target, from, to, n, count, outStride, scratch);
  }
}

/**
 * The same for a class as eights.ts wants it, too. Vectors that V8 joins hold eight rows already, and there tile.ts is
 * faster; so it is from DRAM with more tokens than two eights, but in plain SIMD.
 */
export function matmulByEights<T>(
  w: usize,
  x: usize,
  out: usize,
  from: u32,
  to: u32,
  n: u32,
  tokens: u32,
  outStride: u32,
  scratch: usize,
): void {
  if (JOINS_VECTORS || (ASC_FEATURE_RELAXED_SIMD && tokens > 2 * EIGHT)) {
    matmulAny<T>(w, x, out, from, to, n, tokens, outStride, scratch);
    return;
  }
  if (from >= to) return;
  const few = changetype<T>(0).few();
  for (let token: u32 = 0; token < tokens; ) {
    const left = tokens - token;
    // A few that are left over cost less by themselves than as eight.
    const isFew = left <= few;
    const count = isFew || left % EIGHT > few ? min(TILE, left) : min(TILE, left - (left % EIGHT));
    const values = x + <usize>token * q8RowBytes(n);
    const target = out + <usize>token * outStride;
    if (isFew) matmulFew<T>(w, values, target, from, to, n, count, outStride, scratch);
    else matmulEights<T>(w, values, target, from, to, n, count, outStride, scratch);
    token += count;
  }
}

/** Scratch memory that products need, in bytes. */
export function matmulBytes(): usize {
  return max(tileBytes(), eightsBytes());
}
