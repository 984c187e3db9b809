/** A scalar head: out (tokens,) = x (tokens, n) w (n,), in double precision; n is a multiple of 4. */
export function dotRows(x: usize, w: usize, out: usize, tokens: u32, n: u32): void {
  const bytes = (<usize>n) << 2;
  for (let t: u32 = 0; t < tokens; t++, x += bytes, out += 4) {
    let low = f64x2.splat(0);
    let high = f64x2.splat(0);
    for (let i: usize = 0; i < bytes; i += 16) {
      const product = f32x4.mul(v128.load(x + i), v128.load(w + i));
      low = f64x2.add(low, f64x2.promote_low_f32x4(product));
      high = f64x2.add(high, f64x2.promote_low_f32x4(i64x2.shuffle(product, product, 1, 0)));
    }
    const total = f64x2.add(low, high);
    store<f32>(out, <f32>(f64x2.extract_lane(total, 0) + f64x2.extract_lane(total, 1)));
  }
}

/** dOut (tokens,) -> dx (tokens, n) = dOut w, which is overwritten, and dw (n,) += sum(dOut x) */
export function dotRowsBackward(x: usize, w: usize, dOut: usize, dx: usize, dw: usize, tokens: u32, n: u32): void {
  const bytes = (<usize>n) << 2;
  for (let t: u32 = 0; t < tokens; t++, x += bytes, dOut += 4, dx += bytes) {
    const gradient = v128.load32_splat(dOut);
    for (let i: usize = 0; i < bytes; i += 16) {
      v128.store(dx + i, f32x4.mul(gradient, v128.load(w + i)));
      v128.store(dw + i, f32x4.add(v128.load(dw + i), f32x4.mul(gradient, v128.load(x + i))));
    }
  }
}
