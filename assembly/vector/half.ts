/**
 * IEEE 754 half precision and bfloat16, to single precision. Both are exact: every half and every bfloat16
 * is a float.
 *
 * ```
 * half      s eeeee mmmmmmmmmm             bias 15
 * bfloat16  s eeeeeeee mmmmmmm             the upper half of a float
 * float     s eeeeeeee mmmmmmm mmmmmmmm mmmmmmmm   bias 127
 * ```
 */

/** 2^112: takes a half's exponent field, moved into a float's place, from bias 15 to bias 127. */
const REBIAS: f32 = 5.192296858534828e33;
/** Halves with all exponent bits set are infinite or NaN; this is where they land in a float's place. */
const HALF_INFINITY: u32 = 0x0f800000;

/** Converts one half, given as its 16 bits. */
export function halfToFloat(half: u32): f32 {
  const magnitude = (half & 0x7fff) << 13;
  const scaled = reinterpret<u32>(reinterpret<f32>(magnitude) * REBIAS);
  const special = magnitude >= HALF_INFINITY ? 0x7f800000 | magnitude : scaled;
  return reinterpret<f32>(special | ((half & 0x8000) << 16));
}

/** Constants of {@link halfToFloatX4}, loaded rather than written as literals (constants.ts says why). */
const MAGNITUDES: usize = memory.data<u32>([0x7fff, 0x7fff, 0x7fff, 0x7fff], 16);
const REBIASES: usize = memory.data<f32>([REBIAS, REBIAS, REBIAS, REBIAS], 16);
const LARGEST: usize = memory.data<u32>([0x0f7fffff, 0x0f7fffff, 0x0f7fffff, 0x0f7fffff], 16);
const INFINITIES: usize = memory.data<u32>([0x7f800000, 0x7f800000, 0x7f800000, 0x7f800000], 16);

/**
 * Converts four halves, each in the low 16 bits of its lane. The multiplication also makes subnormals right, but
 * slowly: processors take a detour for them.
 */
export function halfToFloatX4(halves: v128): v128 {
  const magnitudes = v128.and(halves, v128.load(MAGNITUDES));
  const sign = i32x4.shl(v128.xor(halves, magnitudes), 16);
  const magnitude = i32x4.shl(magnitudes, 13);
  const scaled = f32x4.mul(magnitude, v128.load(REBIASES));
  // Signed comparison is right here, because no sign bit is set, and is one instruction.
  const special = v128.and(i32x4.gt_s(magnitude, v128.load(LARGEST)), v128.load(INFINITIES));
  return v128.or(v128.or(scaled, special), sign);
}

const SIGN_AND_MAGNITUDE: usize = memory.data<u32>([0x8fffe000, 0x8fffe000, 0x8fffe000, 0x8fffe000], 16);

/** The same of finite halves, each as the signed 16 bits of its lane, in a third of the instructions. */
export function finiteHalfToFloatX4(halves: v128): v128 {
  return f32x4.mul(v128.and(i32x4.shl(halves, 13), v128.load(SIGN_AND_MAGNITUDE)), v128.load(REBIASES));
}

/** Constants of {@link smallHalfToFloatX4}. */
const LARGEST_SUBNORMAL: usize = memory.data<u32>([0x3ff, 0x3ff, 0x3ff, 0x3ff], 16);
/** What the exponents' biases differ by, in a float's place. */
const BIAS_112: usize = memory.data<u32>([0x38000000, 0x38000000, 0x38000000, 0x38000000], 16);
/** 2^-24, the unit of subnormal halves. */
const SUBNORMAL_UNIT: usize = memory.data<u32>([0x33800000, 0x33800000, 0x33800000, 0x33800000], 16);

/**
 * Converts four finite halves, each in the low 16 bits of its lane. More instructions, but as fast for subnormal
 * halves, which the scales of super-blocks often are: a weight of 0.1 has a scale of 2e-5 in Q6_K.
 */
export function smallHalfToFloatX4(halves: v128): v128 {
  const magnitude = v128.and(halves, v128.load(MAGNITUDES));
  const sign = i32x4.shl(v128.xor(halves, magnitude), 16);
  const bias = v128.load(BIAS_112);
  const normal = i32x4.add(i32x4.shl(magnitude, 13), bias);
  const subnormal = f32x4.mul(f32x4.convert_i32x4_s(magnitude), v128.load(SUBNORMAL_UNIT));
  const isNormal = i32x4.gt_s(magnitude, v128.load(LARGEST_SUBNORMAL));
  return v128.or(v128.bitselect(normal, subnormal, isNormal), sign);
}

/** Converts four bfloat16, each in the low 16 bits of its lane. */
export function bfloatToFloatX4(bfloats: v128): v128 {
  return i32x4.shl(bfloats, 16);
}
