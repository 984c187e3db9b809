import { load1, load4 } from "../formats/dense/dense";
import { madd, sumsF32x4 } from "../vector/simd";

/**
 * The second product of LoRA (Hu et al. 2021): out[from..to) += scale * (B[from..to) @ x).
 * B (rows, rank) of T, x (rank,) f32, out (rows,) f32. Ranks are small, so four rows at a time share each load of x and
 * their sums are added up together; a row's sum is the same in whatever four it is.
 */
function addLowRank<T>(b: usize, x: usize, out: usize, from: u32, to: u32, rank: u32, scale: f32): void {
  const rowBytes = <usize>rank * sizeof<T>();
  const scales = f32x4.splat(scale);
  let row = from;
  for (; row + 4 <= to; row += 4) {
    const sums = fourRows<T>(b + <usize>row * rowBytes, rowBytes, x, rank);
    const at = out + ((<usize>row) << 2);
    v128.store(at, f32x4.add(v128.load(at), f32x4.mul(scales, sums)));
  }
  for (; row < to; row++) {
    const sums = fourRows<T>(b + <usize>row * rowBytes, 0, x, rank);
    const at = out + ((<usize>row) << 2);
    store<f32>(at, load<f32>(at) + scale * f32x4.extract_lane(sums, 0));
  }
}

/** The products of four rows, `rowBytes` apart, with x, as lanes. */
function fourRows<T>(b: usize, rowBytes: usize, x: usize, rank: u32): v128 {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  const vectors = rank & ~3;
  let i: u32 = 0;
  for (; i < vectors; i += 4) {
    const at = b + <usize>i * sizeof<T>();
    const values = v128.load(x + ((<usize>i) << 2));
    s0 = madd(load4<T>(at), values, s0);
    s1 = madd(load4<T>(at + rowBytes), values, s1);
    s2 = madd(load4<T>(at + 2 * rowBytes), values, s2);
    s3 = madd(load4<T>(at + 3 * rowBytes), values, s3);
  }
  let sums = sumsF32x4(s0, s1, s2, s3);
  for (; i < rank; i++) {
    const at = b + <usize>i * sizeof<T>();
    let weights = f32x4.splat(load1<T>(at));
    weights = f32x4.replace_lane(weights, 1, load1<T>(at + rowBytes));
    weights = f32x4.replace_lane(weights, 2, load1<T>(at + 2 * rowBytes));
    weights = f32x4.replace_lane(weights, 3, load1<T>(at + 3 * rowBytes));
    sums = f32x4.add(sums, f32x4.mul(weights, f32x4.splat(load<f32>(x + ((<usize>i) << 2)))));
  }
  return sums;
}

/** B of F32; see {@link addLowRank}. */
export function add_low_rank_f32(b: usize, x: usize, out: usize, from: u32, to: u32, rank: u32, scale: f32): void {
  addLowRank<f32>(b, x, out, from, to, rank, scale);
}

/** B of F16. */
export function add_low_rank_f16(b: usize, x: usize, out: usize, from: u32, to: u32, rank: u32, scale: f32): void {
  addLowRank<u16>(b, x, out, from, to, rank, scale);
}

/** B of BF16. */
export function add_low_rank_bf16(b: usize, x: usize, out: usize, from: u32, to: u32, rank: u32, scale: f32): void {
  addLowRank<i16>(b, x, out, from, to, rank, scale);
}
