import { q8RowBytes } from "../../activations/q8";
import { matmulFew } from "./few";
import { matmulTile, TILE } from "./tile";

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
