import { fitAffine, fitSigned, levelsOf, MINIMA } from "./fit";
import { fromHalf, isInfinite, toHalf } from "./half";

/** The super-block under way: its values in pairs of sub-blocks, what was found for each sub-block, and the levels. */
const PAIRS: usize = memory.data(2048, 16);
const FITS: usize = memory.data(128, 16);
const FIT_MINIMA: usize = memory.data(128, 16);
/** Integer scales and minima, a byte each. */
export const SCALES: usize = memory.data(16, 16);
export const MINS: usize = memory.data(16, 16);
/** A byte a value. */
export const LEVELS: usize = memory.data(256, 16);

/** The halves of the last super-block that was fitted. */
export let d: u32 = 0;
export let dmin: u32 = 0;

/** Sub-blocks of `size` values, two and two: value i of both is a pair of doubles. */
function makePairs(values: usize, size: usize): void {
  let pair = PAIRS;
  for (let first = values; first < values + 1024; first += size << 3) {
    for (let at = first; at < first + (size << 2); at += 4, pair += 16) {
      store<f64>(pair, <f64>load<f32>(at));
      store<f64>(pair, <f64>load<f32>(at + (size << 2)), 8);
    }
  }
}

function greatest(numbers: usize, count: usize): f64 {
  let found: f64 = 0;
  for (let i: usize = 0; i < count; i++) found = max(found, load<f64>(numbers + (i << 3)));
  return found;
}

/** Integers from low to high for numbers in units of `unit`, a byte each. */
function putIntegers(numbers: usize, count: usize, unit: f64, low: f64, high: f64, out: usize): void {
  for (let i: usize = 0; i < count; i += 2) {
    const levels = levelsOf(v128.load(numbers + (i << 3)), f64x2.splat(unit), low, high);
    putTwo(out + i, out + i + 1, levels);
  }
}

function putTwo(first: usize, second: usize, levels: v128): void {
  const integers = i32x4.trunc_sat_f64x2_s_zero(levels);
  store<u8>(first, <u8>i32x4.extract_lane(integers, 0));
  store<u8>(second, <u8>i32x4.extract_lane(integers, 1));
}

function pairOf(first: f64, second: f64): v128 {
  return f64x2.replace_lane(f64x2.splat(first), 1, second);
}

/** Sub-blocks x ~ d * scales[j] * level - dmin * mins[j]; false where a scale is beyond a half. */
export function fitAffineBlock(
  values: usize,
  size: usize,
  top: f64,
  scaleTop: f64,
  first: f64,
  step: f64,
  count: i32,
): bool {
  const parts: usize = 256 / size;
  makePairs(values, size);
  for (let j: usize = 0; j < parts; j += 2) {
    v128.store(FITS + (j << 3), fitAffine(PAIRS + ((j * size) << 3), size, top, first, step, count));
    v128.store(FIT_MINIMA + (j << 3), v128.load(MINIMA));
  }
  d = toHalf(<f32>(greatest(FITS, parts) / scaleTop));
  dmin = toHalf(<f32>(greatest(FIT_MINIMA, parts) / scaleTop));
  if (isInfinite(d) || isInfinite(dmin)) return false;
  const unit = fromHalf(d);
  const minUnit = fromHalf(dmin);
  putIntegers(FITS, parts, unit, 0, scaleTop, SCALES);
  putIntegers(FIT_MINIMA, parts, minUnit, 0, scaleTop, MINS);
  for (let j: usize = 0; j < parts; j += 2) {
    const scale = pairOf(unit * <f64>load<u8>(SCALES + j), unit * <f64>load<u8>(SCALES + j + 1));
    const minimum = pairOf(minUnit * <f64>load<u8>(MINS + j), minUnit * <f64>load<u8>(MINS + j + 1));
    const pairs = PAIRS + ((j * size) << 3);
    const levels = LEVELS + j * size;
    for (let i: usize = 0; i < size; i++) {
      const x = f64x2.add(v128.load(pairs + (i << 4)), minimum);
      putTwo(levels + i, levels + size + i, levelsOf(x, scale, 0, top));
    }
  }
  return true;
}

/** Sub-blocks of 16, x ~ d * scales[j] * (level - half); false where the scale is beyond a half. */
export function fitSignedBlock(values: usize, half: f64, scaleHalf: f64): bool {
  makePairs(values, 16);
  for (let j: usize = 0; j < 16; j += 2) v128.store(FITS + (j << 3), fitSigned(PAIRS + (j << 7), 16, half));
  let extreme: f64 = 0;
  for (let j: usize = 0; j < 16; j++) {
    const scale = load<f64>(FITS + (j << 3));
    if (abs(scale) > abs(extreme)) extreme = scale;
  }
  // The extreme scale gets the level that only the negative side has.
  d = toHalf(<f32>(extreme / -scaleHalf));
  if (isInfinite(d)) return false;
  const unit = fromHalf(d);
  putIntegers(FITS, 16, unit, -scaleHalf, scaleHalf - 1, SCALES);
  for (let j: usize = 0; j < 16; j += 2) {
    const scale = pairOf(unit * <f64>load<i8>(SCALES + j), unit * <f64>load<i8>(SCALES + j + 1));
    const pairs = PAIRS + (j << 7);
    const levels = LEVELS + (j << 4);
    for (let i: usize = 0; i < 16; i++) {
      const level = levelsOf(v128.load(pairs + (i << 4)), scale, -half, half - 1);
      putTwo(levels + i, levels + 16 + i, f64x2.add(level, f64x2.splat(half)));
    }
  }
  return true;
}
