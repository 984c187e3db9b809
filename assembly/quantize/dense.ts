import { bfloatToFloatX4, halfToFloatX4 } from "../vector/half";
import { toHalf } from "./half";

/** source (n,) f16 -> target (n,) f32 */
export function widen_f16(source: usize, target: usize, n: i32): void {
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    v128.store(target + ((<usize>i) << 2), halfToFloatX4(v128.load16x4_u(source + ((<usize>i) << 1))));
  }
  for (; i < n; i++) {
    const half = i32x4.splat(load<u16>(source + ((<usize>i) << 1)));
    store<f32>(target + ((<usize>i) << 2), f32x4.extract_lane(halfToFloatX4(half), 0));
  }
}

/** source (n,) bf16 -> target (n,) f32 */
export function widen_bf16(source: usize, target: usize, n: i32): void {
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    v128.store(target + ((<usize>i) << 2), bfloatToFloatX4(v128.load16x4_u(source + ((<usize>i) << 1))));
  }
  for (; i < n; i++) store<u32>(target + ((<usize>i) << 2), (<u32>load<u16>(source + ((<usize>i) << 1))) << 16);
}

/** The first of n floats that is NaN or infinite; -1 where all are finite. */
export function findNotFinite(values: usize, n: i32): i32 {
  for (let i = 0; i < n; i++) {
    if ((load<u32>(values + ((<usize>i) << 2)) & 0x7f800000) === 0x7f800000) return i;
  }
  return -1;
}

/**
 * As every `write_…` here: values (blocks of the type) f32 -> out; returns the first block without a finite scale, or
 * -1.
 */
export function write_f16(values: usize, out: usize, blocks: i32): i32 {
  for (let i = 0; i < blocks; i++) {
    const half = toHalf(load<f32>(values + ((<usize>i) << 2)));
    if ((half & 0x7c00) === 0x7c00) return i;
    store<u16>(out + ((<usize>i) << 1), <u16>half);
  }
  return -1;
}

/** Ties to even. */
export function write_bf16(values: usize, out: usize, blocks: i32): i32 {
  for (let i = 0; i < blocks; i++) {
    const bits = load<u32>(values + ((<usize>i) << 2));
    const rounded = (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
    if ((rounded & 0x7f80) === 0x7f80) return i;
    store<u16>(out + ((<usize>i) << 1), <u16>rounded);
  }
  return -1;
}
