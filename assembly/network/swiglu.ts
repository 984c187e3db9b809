import { exp, expF32x4 } from "../vector/exp";

/** SwiGLU (Shazeer 2020): gate = silu(gate) * up, silu(x) = x / (1 + e^-x). gate (n,) f32, in place; up (n,) f32. */
export function swiglu(gate: usize, up: usize, n: u32): void {
  const one = f32x4.splat(1);
  const vectors = n & ~3;
  let i: u32 = 0;
  for (; i < vectors; i += 4) {
    const at = (<usize>i) << 2;
    const x = v128.load(gate + at);
    const silu = f32x4.div(x, f32x4.add(one, expF32x4(f32x4.neg(x))));
    v128.store(gate + at, f32x4.mul(silu, v128.load(up + at)));
  }
  for (; i < n; i++) {
    const at = (<usize>i) << 2;
    const x = load<f32>(gate + at);
    store<f32>(gate + at, (x / (1 + exp(-x))) * load<f32>(up + at));
  }
}
