/**
 * RoPE (Su et al. 2021) on neighbouring pairs, in place: x (tokens, heads, headSize) with tokens xRow apart is
 * rotated by the angles of each token's position. table (positions, headSize / 2, 2) holds cos and sin, positions
 * (tokens,) u32. With `direction` -1 the rotation is undone: that is its gradient, for rotations are orthogonal.
 */
export function rotate(
  x: usize,
  xRow: usize,
  table: usize,
  positions: usize,
  tokens: u32,
  heads: u32,
  headSize: u32,
  direction: f32,
): void {
  const headBytes = (<usize>headSize) << 2;
  for (let t: u32 = 0; t < tokens; t++, x += xRow, positions += 4) {
    const angles = table + <usize>load<u32>(positions) * headBytes;
    for (let i: usize = 0; i < <usize>heads * headBytes; i += 8) {
      const angle = angles + (i % headBytes);
      const cos = load<f32>(angle);
      const sin = load<f32>(angle, 4) * direction;
      const a = load<f32>(x + i);
      const b = load<f32>(x + i, 4);
      store<f32>(x + i, a * cos - b * sin);
      store<f32>(x + i, a * sin + b * cos, 4);
    }
  }
}
