/**
 * RMSNorm (Zhang and Sennrich 2019): y = x r w with r = 1 / sqrt(mean(x^2) + epsilon). x and y (tokens, n),
 * w (n,), scales (tokens,) keeps r for the way back. n is a multiple of 4.
 */
export function rmsnorm(x: usize, w: usize, y: usize, scales: usize, tokens: u32, n: u32, epsilon: f32): void {
  const bytes = (<usize>n) << 2;
  for (let t: u32 = 0; t < tokens; t++, x += bytes, y += bytes, scales += 4) {
    let squares = f32x4.splat(0);
    for (let i: usize = 0; i < bytes; i += 16) {
      const value = v128.load(x + i);
      squares = f32x4.add(squares, f32x4.mul(value, value));
    }
    const r = <f32>(1 / Math.sqrt(<f64>sum(squares) / <f64>n + <f64>epsilon));
    store<f32>(scales, r);
    for (let i: usize = 0; i < bytes; i += 16) {
      v128.store(y + i, f32x4.mul(f32x4.mul(v128.load(x + i), f32x4.splat(r)), v128.load(w + i)));
    }
  }
}

/**
 * dx += r (dy w) - x r^3 / n sum(dy w x), and dw += dy x r over all tokens. Shapes as above.
 */
export function rmsnormBackward(
  x: usize,
  w: usize,
  scales: usize,
  dy: usize,
  dx: usize,
  dw: usize,
  tokens: u32,
  n: u32,
): void {
  const bytes = (<usize>n) << 2;
  for (let t: u32 = 0; t < tokens; t++, x += bytes, dy += bytes, dx += bytes, scales += 4) {
    const r = load<f32>(scales);
    let products = f32x4.splat(0);
    for (let i: usize = 0; i < bytes; i += 16) {
      const weighted = f32x4.mul(v128.load(dy + i), v128.load(w + i));
      products = f32x4.add(products, f32x4.mul(weighted, v128.load(x + i)));
    }
    const pull = f32x4.splat((sum(products) * r * r * r) / <f32>n);
    const scale = f32x4.splat(r);
    for (let i: usize = 0; i < bytes; i += 16) {
      const value = v128.load(x + i);
      const gradient = v128.load(dy + i);
      const direct = f32x4.mul(f32x4.mul(gradient, v128.load(w + i)), scale);
      v128.store(dx + i, f32x4.add(v128.load(dx + i), f32x4.sub(direct, f32x4.mul(value, pull))));
      v128.store(dw + i, f32x4.add(v128.load(dw + i), f32x4.mul(gradient, f32x4.mul(value, scale))));
    }
  }
}

function sum(v: v128): f32 {
  return f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3);
}
