/** The residual connection: x = x + y. x (n,), y (n,) f32. */
export function add(x: usize, y: usize, n: u32): void {
  const vectors = n & ~3;
  let i: u32 = 0;
  for (; i < vectors; i += 4) {
    const at = (<usize>i) << 2;
    v128.store(x + at, f32x4.add(v128.load(x + at), v128.load(y + at)));
  }
  for (; i < n; i++) {
    const at = (<usize>i) << 2;
    store<f32>(x + at, load<f32>(x + at) + load<f32>(y + at));
  }
}

/** What counts in part only: x = x + scale * y. x (n,), y (n,) f32. */
export function add_scaled(x: usize, y: usize, scale: f32, n: u32): void {
  const scales = f32x4.splat(scale);
  const vectors = n & ~3;
  let i: u32 = 0;
  for (; i < vectors; i += 4) {
    const at = (<usize>i) << 2;
    v128.store(x + at, f32x4.add(v128.load(x + at), f32x4.mul(scales, v128.load(y + at))));
  }
  for (; i < n; i++) {
    const at = (<usize>i) << 2;
    store<f32>(x + at, load<f32>(x + at) + scale * load<f32>(y + at));
  }
}
