/**
 * Scales for two sub-blocks side by side, one a lane, each in the very steps of src/quantize/fit.ts, which has the
 * reasons: what is an `if` there is a mask here. The values are doubles in pairs, value i of both at `x + 16 * i`.
 */

/** Math.round: halves go up. */
function round(x: v128): v128 {
  const below = f64x2.floor(x);
  const isUp = f64x2.ge(f64x2.sub(x, below), f64x2.splat(0.5));
  return f64x2.add(below, v128.and(isUp, f64x2.splat(1)));
}

function clamp(x: v128, low: v128, high: v128): v128 {
  return f64x2.pmin(f64x2.pmax(x, low), high);
}

/** Levels of values for scales as they are stored; 0 where a scale vanished. */
export function levelsOf(x: v128, scale: v128, low: f64, high: f64): v128 {
  const level = clamp(round(f64x2.div(x, scale)), f64x2.splat(low), f64x2.splat(high));
  return v128.andnot(level, f64x2.eq(scale, f64x2.splat(0)));
}

/** The scale s of x ~ s * l with levels l from -half to half - 1, weighted by x^2. */
export function fitSigned(x: usize, n: usize, half: f64): v128 {
  const end = x + (n << 4);
  const zero = f64x2.splat(0);
  let extreme = zero;
  for (let at = x; at < end; at += 16) {
    const value = v128.load(at);
    extreme = v128.bitselect(value, extreme, f64x2.gt(f64x2.abs(value), f64x2.abs(extreme)));
  }
  const low = f64x2.splat(-half);
  const high = f64x2.splat(half - 1);
  let best = zero;
  let bestGain = zero;
  for (let candidate = -9; candidate <= 9; candidate++) {
    const inverse = f64x2.div(f64x2.splat(-(half + 0.1 * <f64>candidate)), extreme);
    let xl = zero;
    let ll = zero;
    for (let at = x; at < end; at += 16) {
      const value = v128.load(at);
      const level = clamp(round(f64x2.mul(inverse, value)), low, high);
      const weight = f64x2.mul(value, value);
      xl = f64x2.add(xl, f64x2.mul(f64x2.mul(weight, value), level));
      ll = f64x2.add(ll, f64x2.mul(f64x2.mul(weight, level), level));
    }
    const gain = f64x2.div(f64x2.mul(xl, xl), ll);
    const isBetter = v128.and(f64x2.gt(ll, zero), f64x2.gt(gain, bestGain));
    bestGain = v128.bitselect(gain, bestGain, isBetter);
    best = v128.bitselect(f64x2.div(xl, ll), best, isBetter);
  }
  return v128.andnot(best, f64x2.lt(f64x2.abs(extreme), f64x2.splat(1e-15)));
}

/** Where {@link fitAffine} leaves its minima; its scales it returns. */
export const MINIMA: usize = memory.data(16, 16);
/** Values less the lowest, of 32 pairs. */
const DISTANCES: usize = memory.data(512, 16);

function errorOf(x: usize, end: usize, top: v128, scale: v128, minimum: v128): v128 {
  const zero = f64x2.splat(0);
  const inverse = f64x2.div(f64x2.splat(1), scale);
  let error = zero;
  for (let at = x; at < end; at += 16) {
    const value = v128.load(at);
    const level = clamp(round(f64x2.mul(f64x2.add(value, minimum), inverse)), zero, top);
    const difference = f64x2.sub(f64x2.sub(f64x2.mul(scale, level), minimum), value);
    error = f64x2.add(error, f64x2.mul(difference, difference));
  }
  return error;
}

/** The scale and minimum of x ~ scale * l - min with levels l from 0 to top. */
export function fitAffine(x: usize, n: usize, top: f64, first: f64, step: f64, count: i32): v128 {
  const end = x + (n << 4);
  const zero = f64x2.splat(0);
  const tops = f64x2.splat(top);
  const sizes = f64x2.splat(<f64>n);
  let low = zero;
  let high = f64x2.splat(-Infinity);
  let total = zero;
  for (let at = x; at < end; at += 16) {
    const value = v128.load(at);
    low = f64x2.pmin(low, value);
    high = f64x2.pmax(high, value);
    total = f64x2.add(total, value);
  }
  for (let i: usize = 0; i < n << 4; i += 16) v128.store(DISTANCES + i, f64x2.sub(v128.load(x + i), low));
  const range = f64x2.sub(high, low);
  let best = f64x2.div(range, tops);
  let bestMinimum = f64x2.neg(low);
  let bestError = errorOf(x, end, tops, best, bestMinimum);
  for (let k = 0; k <= count; k++) {
    const inverse = f64x2.div(f64x2.splat(top + first + step * <f64>k), range);
    let l = zero;
    let ll = zero;
    let xl = zero;
    for (let i: usize = 0; i < n << 4; i += 16) {
      const level = clamp(round(f64x2.mul(inverse, v128.load(DISTANCES + i))), zero, tops);
      l = f64x2.add(l, level);
      ll = f64x2.add(ll, f64x2.mul(level, level));
      xl = f64x2.add(xl, f64x2.mul(level, v128.load(x + i)));
    }
    const determinant = f64x2.sub(f64x2.mul(sizes, ll), f64x2.mul(l, l));
    let scale = f64x2.div(f64x2.sub(f64x2.mul(sizes, xl), f64x2.mul(total, l)), determinant);
    let minimum = f64x2.div(f64x2.sub(f64x2.mul(l, xl), f64x2.mul(ll, total)), determinant);
    const isNegative = f64x2.lt(minimum, zero);
    minimum = v128.andnot(minimum, isNegative);
    scale = v128.bitselect(f64x2.div(xl, ll), scale, isNegative);
    const error = errorOf(x, end, tops, scale, minimum);
    const isValid = v128.and(f64x2.gt(determinant, zero), f64x2.gt(scale, zero));
    const isBetter = v128.and(isValid, f64x2.lt(error, bestError));
    bestError = v128.bitselect(error, bestError, isBetter);
    best = v128.bitselect(scale, best, isBetter);
    bestMinimum = v128.bitselect(minimum, bestMinimum, isBetter);
  }
  const isFlat = f64x2.le(high, low);
  v128.store(MINIMA, v128.bitselect(f64x2.neg(low), bestMinimum, isFlat));
  return v128.andnot(best, isFlat);
}
