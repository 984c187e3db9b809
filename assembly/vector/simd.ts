/**
 * The few vector idioms that every kernel uses. `ASC_FEATURE_RELAXED_SIMD` is known at compile time: the
 * `relaxed` build has one instruction where the `simd` build has two, from this one source.
 */

/** a * b + c in four lanes; the relaxed build may round once (fused) or twice, as the machine does. */
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** The sum of four f32 lanes, pairwise. */
export function sumF32x4(v: v128): f32 {
  const pairs = f32x4.add(v, upperHalf(v));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

/** The largest of four f32 lanes. */
export function maxF32x4(v: v128): f32 {
  return max(
    max(f32x4.extract_lane(v, 0), f32x4.extract_lane(v, 1)),
    max(f32x4.extract_lane(v, 2), f32x4.extract_lane(v, 3)),
  );
}

/** The four vectors' lane sums as the lanes of one: (sum a, sum b, sum c, sum d), of f32. */
export function sumsF32x4(a: v128, b: v128, c: v128, d: v128): v128 {
  // (a0 b0 a1 b1) + (a2 b2 a3 b3) leaves two partial sums of a and of b side by side.
  const ab = f32x4.add(zipLow(a, b), zipHigh(a, b));
  const cd = f32x4.add(zipLow(c, d), zipHigh(c, d));
  return f32x4.add(lowerHalves(ab, cd), upperHalves(ab, cd));
}

/** The same, ((lane 0 + lane 1) + lane 2) + lane 3 of each: as one would add them up one by one. */
export function orderedSumsF32x4(a: v128, b: v128, c: v128, d: v128): v128 {
  const abLow = zipLow(a, b);
  const cdLow = zipLow(c, d);
  const abHigh = zipHigh(a, b);
  const cdHigh = zipHigh(c, d);
  const first = f32x4.add(lowerHalves(abLow, cdLow), upperHalves(abLow, cdLow));
  return f32x4.add(f32x4.add(first, lowerHalves(abHigh, cdHigh)), upperHalves(abHigh, cdHigh));
}

/** The same as sumsF32x4 of i32. */
export function sumsI32x4(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = i32x4.add(zipLow(a, b), zipHigh(a, b));
  const cd = i32x4.add(zipLow(c, d), zipHigh(c, d));
  return i32x4.add(lowerHalves(ab, cd), upperHalves(ab, cd));
}

/** (a0 b0 a1 b1), lanes of 32 bits */
export function zipLow(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
}

/** (a2 b2 a3 b3), lanes of 32 bits */
export function zipHigh(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
}

/** (a0 a1 b0 b1), lanes of 32 bits */
export function lowerHalves(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
}

/** (a2 a3 b2 b3), lanes of 32 bits */
export function upperHalves(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
}

/** Writes (a0 b0 c0 d0), (a1 b1 c1 d1) ... `stride` bytes apart, lanes of 32 bits. */
export function storeTurned(a: v128, b: v128, c: v128, d: v128, target: usize, stride: usize): void {
  const abLow = zipLow(a, b);
  const cdLow = zipLow(c, d);
  const abHigh = zipHigh(a, b);
  const cdHigh = zipHigh(c, d);
  v128.store(target, lowerHalves(abLow, cdLow));
  v128.store(target + stride, upperHalves(abLow, cdLow));
  v128.store(target + 2 * stride, lowerHalves(abHigh, cdHigh));
  v128.store(target + 3 * stride, upperHalves(abHigh, cdHigh));
}

/** The sum of all lanes of two vectors of f32 in double precision: the last additions of a long dot product. */
export function preciseSum(a: v128, b: v128): f64 {
  const low = f64x2.add(f64x2.promote_low_f32x4(a), f64x2.promote_low_f32x4(b));
  const high = f64x2.add(f64x2.promote_low_f32x4(upperHalf(a)), f64x2.promote_low_f32x4(upperHalf(b)));
  const total = f64x2.add(low, high);
  return f64x2.extract_lane(total, 0) + f64x2.extract_lane(total, 1);
}

/** Lanes 2 and 3 in the place of 0 and 1. */
export function upperHalf(v: v128): v128 {
  return i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
}

/** (a0 b0 a1 b1 a2 b2 a3 b3), lanes of 16 bits */
export function interleaveLow(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23);
}

/** (a4 b4 a5 b5 a6 b6 a7 b7), lanes of 16 bits */
export function interleaveHigh(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31);
}

/** Lane k, 0..3, in all four. One instruction, where loading a lane into all four takes V8 two. */
export function splatLane32(v: v128, k: u32): v128 {
  switch (k) {
    case 0:
      return i8x16.shuffle(v, v, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3);
    case 1:
      return i8x16.shuffle(v, v, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7);
    case 2:
      return i8x16.shuffle(v, v, 8, 9, 10, 11, 8, 9, 10, 11, 8, 9, 10, 11, 8, 9, 10, 11);
    default:
      return i8x16.shuffle(v, v, 12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15);
  }
}
