/**
 * Rotary position embedding (Su et al. 2021) on neighbouring pairs, as Llama's own code has it:
 * (a, b) -> (a cos t - b sin t, a sin t + b cos t).
 * x (heads, headSize) f32, in place; table (headSize / 2, 2) f32: cos and sin of each pair's angle.
 */
export function rope(x: usize, table: usize, heads: u32, headSize: u32): void {
  for (let head: u32 = 0; head < heads; head++, x += headSize << 2) {
    for (let i: u32 = 0; i < headSize; i += 2) {
      const at = (<usize>i) << 2;
      const a = load<f32>(x + at);
      const b = load<f32>(x + at, 4);
      const cos = load<f32>(table + at);
      const sin = load<f32>(table + at, 4);
      store<f32>(x + at, a * cos - b * sin);
      store<f32>(x + at, a * sin + b * cos, 4);
    }
  }
}
