/**
 * AdamW (Loshchilov and Hutter 2019), one step of n parameters (a multiple of 4):
 * m = b1 m + (1 - b1) g, v = b2 v + (1 - b2) g^2, p -= rate (m / c1 / (sqrt(v / c2) + epsilon) + decay p),
 * where g is the gradient times `scale` (clipping) and c1, c2 correct the bias of the first steps.
 */
export function adamw(
  p: usize,
  gradient: usize,
  m: usize,
  v: usize,
  n: u32,
  scale: f32,
  rate: f32,
  decay: f32,
  b1: f32,
  b2: f32,
  c1: f32,
  c2: f32,
  epsilon: f32,
): void {
  const rates = f32x4.splat(rate);
  const epsilons = f32x4.splat(epsilon);
  for (let i: usize = 0; i < (<usize>n) << 2; i += 16) {
    const g = f32x4.mul(v128.load(gradient + i), f32x4.splat(scale));
    const mean = f32x4.add(f32x4.mul(v128.load(m + i), f32x4.splat(b1)), f32x4.mul(g, f32x4.splat(1 - b1)));
    const square = f32x4.add(
      f32x4.mul(v128.load(v + i), f32x4.splat(b2)),
      f32x4.mul(f32x4.mul(g, g), f32x4.splat(1 - b2)),
    );
    v128.store(m + i, mean);
    v128.store(v + i, square);
    const step = f32x4.div(
      f32x4.mul(mean, f32x4.splat(1 / c1)),
      f32x4.add(f32x4.sqrt(f32x4.mul(square, f32x4.splat(1 / c2))), epsilons),
    );
    const value = v128.load(p + i);
    const total = f32x4.add(step, f32x4.mul(value, f32x4.splat(decay)));
    v128.store(p + i, f32x4.sub(value, f32x4.mul(rates, total)));
  }
}

/** x += y, both (n,), n a multiple of 4 */
export function add(x: usize, y: usize, n: u32): void {
  for (let i: usize = 0; i < (<usize>n) << 2; i += 16) {
    v128.store(x + i, f32x4.add(v128.load(x + i), v128.load(y + i)));
  }
}

/** sum(x^2) of x (n,), in double precision; n is a multiple of 4 */
export function squaredNorm(x: usize, n: u32): f64 {
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  for (let i: usize = 0; i < (<usize>n) << 2; i += 16) {
    const value = v128.load(x + i);
    const square = f32x4.mul(value, value);
    low = f64x2.add(low, f64x2.promote_low_f32x4(square));
    high = f64x2.add(high, f64x2.promote_low_f32x4(i64x2.shuffle(square, square, 1, 0)));
  }
  const total = f64x2.add(low, high);
  return f64x2.extract_lane(total, 0) + f64x2.extract_lane(total, 1);
}
