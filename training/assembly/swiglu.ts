import { expF32x4 } from "../../assembly/vector/exp";

/**
 * SwiGLU (Shazeer 2020): h = silu(gate) up. gateUp (tokens, 2 n) holds both side by side, h (tokens, n); n is a
 * multiple of 4.
 */
export function swiglu(gateUp: usize, h: usize, tokens: u32, n: u32): void {
  const bytes = (<usize>n) << 2;
  for (let t: u32 = 0; t < tokens; t++, gateUp += bytes << 1, h += bytes) {
    for (let i: usize = 0; i < bytes; i += 16) {
      const gate = v128.load(gateUp + i);
      v128.store(h + i, f32x4.mul(f32x4.mul(gate, sigmoid(gate)), v128.load(gateUp + bytes + i)));
    }
  }
}

/** dh (tokens, n) -> dGateUp (tokens, 2 n), which is overwritten */
export function swigluBackward(gateUp: usize, dh: usize, dGateUp: usize, tokens: u32, n: u32): void {
  const bytes = (<usize>n) << 2;
  const one = f32x4.splat(1);
  for (let t: u32 = 0; t < tokens; t++, gateUp += bytes << 1, dGateUp += bytes << 1, dh += bytes) {
    for (let i: usize = 0; i < bytes; i += 16) {
      const gate = v128.load(gateUp + i);
      const gradient = v128.load(dh + i);
      const s = sigmoid(gate);
      const silu = f32x4.mul(gate, s);
      // silu' = s (1 + gate (1 - s))
      const slope = f32x4.mul(s, f32x4.add(one, f32x4.mul(gate, f32x4.sub(one, s))));
      v128.store(dGateUp + i, f32x4.mul(f32x4.mul(gradient, v128.load(gateUp + bytes + i)), slope));
      v128.store(dGateUp + bytes + i, f32x4.mul(gradient, silu));
    }
  }
}

function sigmoid(x: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.div(one, f32x4.add(one, expF32x4(f32x4.neg(x))));
}
