/**
 * Rows of the KV cache: the keys or values of one head at one position, in the cache's own type.
 *
 * ```
 * f32    n floats
 * f16    n halves; a row with a value beyond the halves is NaN throughout
 * q8_0   blocks of 32, the last as short as n leaves it:  f16 d | i8 q[32]     value = d * q
 * ```
 *
 * One NaN poisons its whole f16 row, so that readers need to look at one value of a row only: they convert finite
 * halves, which costs half as much as converting all of them.
 */
import { floatToHalf, halfToFloat } from "./half";
import { maxF32x4 } from "./simd";

/** The types by the numbers that TypeScript passes (src/engine/kv-cache.ts). */
export const F32: u32 = 0;
export const F16: u32 = 1;
export const Q8_0: u32 = 2;

/** 2^112: takes a half's exponent field, moved into a float's place, from bias 15 to bias 127. */
const REBIASES: usize = memory.data<f32>(
  [5.192296858534828e33, 5.192296858534828e33, 5.192296858534828e33, 5.192296858534828e33],
  16,
);
/** Where sign, exponent and the upper bits of the fraction of a half end up in the upper half of a float. */
export const HALF_MASKS: usize = memory.data<u32>([0x8fff8fff, 0x8fff8fff, 0x8fff8fff, 0x8fff8fff], 16);

/** Bytes of a row of n values. */
export function rowBytes(type: u32, n: u32): usize {
  if (type === F32) return (<usize>n) << 2;
  if (type === F16) return (<usize>n) << 1;
  return <usize>n + ((<usize>(n + 31) >> 5) << 1);
}

/** Whether an f16 row stands for values that halves cannot hold. */
export function isPoisoned(row: usize): bool {
  return (load<u16>(row) & 0x7c00) === 0x7c00;
}

/** Writes keys or values into a cache of f32. source (n,) f32, target (n,) f32 */
export function store_f32(source: usize, target: usize, n: u32): void {
  memory.copy(target, source, (<usize>n) << 2);
}

/** Writes keys or values into a cache of halves. source (n,) f32, target (n,) f16 */
export function store_f16(source: usize, target: usize, n: u32): void {
  let fits = true;
  for (let i: u32 = 0; i < n; i++) {
    const half = floatToHalf(load<f32>(source + ((<usize>i) << 2)));
    fits = fits && (half & 0x7c00) !== 0x7c00;
    store<u16>(target + ((<usize>i) << 1), <u16>half);
  }
  if (fits) return;
  for (let i: u32 = 0; i < n; i++) store<u16>(target + ((<usize>i) << 1), 0x7e00);
}

/**
 * Writes keys or values into a cache of q8_0, by ggml's rule: d = max |x| / 127. source (n,) f32, target (n,) q8_0.
 * Where a block has a NaN or infinity, or values beyond 8.3 million, d is no finite half and all of it reads as NaN.
 */
export function store_q8_0(source: usize, target: usize, n: u32): void {
  for (let first: u32 = 0; first < n; first += 32, source += 128, target += 34) {
    const count = min(n - first, 32);
    let highest: f32 = 0;
    if (count === 32) {
      let lanes = f32x4.abs(v128.load(source));
      for (let i: usize = 16; i < 128; i += 16) lanes = f32x4.max(lanes, f32x4.abs(v128.load(source + i)));
      highest = maxF32x4(lanes);
    } else {
      for (let i: u32 = 0; i < count; i++) highest = max(highest, abs(load<f32>(source + ((<usize>i) << 2))));
    }
    const scale = highest / 127;
    const inverse: f32 = scale > 0 ? 1 / scale : 0;
    store<u16>(target, <u16>floatToHalf(scale));
    for (let i: u32 = 0; i < count; i++) {
      const scaled = nearest(load<f32>(source + ((<usize>i) << 2)) * inverse);
      store<i8>(target + i, <i8>(<i32>scaled), 2);
    }
  }
}

/** A row as f32: source (n,) of the type -> target (n,) f32. */
export function expandRow(type: u32, source: usize, target: usize, n: u32): void {
  if (type === F32) memory.copy(target, source, (<usize>n) << 2);
  else if (type === F16) expandF16(source, target, n);
  else expandQ8_0(source, target, n);
}

/**
 * ```
 * half                   s eeeee mmmmmmmmmm
 * upper half of a float  s 000eeeee mmmmmmm     the half >> 3, arithmetically, without copies of s
 * lower half of a float  mmm 0000000000000      the half << 13
 * ```
 * times 2^112. The multiplication also makes subnormals right.
 */
function expandF16(source: usize, target: usize, n: u32): void {
  if (isPoisoned(source)) {
    for (let i: u32 = 0; i < n; i++) store<f32>(target + ((<usize>i) << 2), f32.NaN);
    return;
  }
  const masks = v128.load(HALF_MASKS);
  const rebias = v128.load(REBIASES);
  // Four vectors a turn: V8 checks its stack in each.
  for (; n >= 32; n -= 32, source += 64, target += 128) {
    expand8(v128.load(source), target, masks, rebias);
    expand8(v128.load(source, 16), target + 32, masks, rebias);
    expand8(v128.load(source, 32), target + 64, masks, rebias);
    expand8(v128.load(source, 48), target + 96, masks, rebias);
  }
  for (; n >= 8; n -= 8, source += 16, target += 32) expand8(v128.load(source), target, masks, rebias);
  for (; n > 0; n--, source += 2, target += 4) store<f32>(target, halfToFloat(load<u16>(source)));
}

/** Eight halves -> target (8,) f32 */
function expand8(halves: v128, target: usize, masks: v128, rebias: v128): void {
  const upper = v128.and(i16x8.shr_s(halves, 3), masks);
  const lower = i16x8.shl(halves, 13);
  v128.store(target, f32x4.mul(interleaveLow(lower, upper), rebias));
  v128.store(target, f32x4.mul(interleaveHigh(lower, upper), rebias), 16);
}

/** (a0 b0 a1 b1 a2 b2 a3 b3), lanes of 16 bits */
export function interleaveLow(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23);
}

/** (a4 b4 a5 b5 a6 b6 a7 b7), lanes of 16 bits */
export function interleaveHigh(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31);
}

function expandQ8_0(source: usize, target: usize, n: u32): void {
  let first: u32 = 0;
  for (; first + 32 <= n; first += 32, source += 34, target += 128) {
    const scale = f32x4.splat(halfToFloat(load<u16>(source)));
    for (let i: usize = 0; i < 32; i += 8) {
      const words = v128.load8x8_s(source + i, 2);
      const at = target + (i << 2);
      v128.store(at, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(words)), scale));
      v128.store(at, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(words)), scale), 16);
    }
  }
  if (first === n) return;
  const scale = halfToFloat(load<u16>(source));
  for (let i: u32 = 0; i < n - first; i++) {
    store<f32>(target + ((<usize>i) << 2), scale * <f32>load<i8>(source + i, 2));
  }
}
