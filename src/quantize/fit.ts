/**
 * Scales for a few values: candidates around the obvious scale are tried, each refined by least squares for the
 * levels it gives, and the one with the least error is kept.
 */

function clamp(x: number, low: number, high: number): number {
  return x < low ? low : x > high ? high : x;
}

/** The scale s of x ~ s * l with levels l from -half to half - 1, weighted by x^2. */
export function fitSigned(x: Float32Array, half: number): number {
  let extreme = 0;
  for (const value of x) if (Math.abs(value) > Math.abs(extreme)) extreme = value;
  if (Math.abs(extreme) < 1e-15) return 0;
  let best = 0;
  let bestGain = 0;
  for (let candidate = -9; candidate <= 9; candidate++) {
    const inverse = -(half + 0.1 * candidate) / extreme;
    let xl = 0;
    let ll = 0;
    for (const value of x) {
      const level = clamp(Math.round(inverse * value), -half, half - 1);
      const weight = value * value;
      xl += weight * value * level;
      ll += weight * level * level;
    }
    // The error falls by xl^2 / ll against a scale of zero.
    if (ll > 0 && (xl * xl) / ll > bestGain) {
      bestGain = (xl * xl) / ll;
      best = xl / ll;
    }
  }
  return best;
}

export interface AffineFit {
  readonly scale: number;
  /** Not negative: x ~ scale * l - min. */
  readonly min: number;
}

/** How candidates of {@link fitAffine} are spread: the k-th divides the range into top + first + step * k parts. */
export interface Candidates {
  readonly first: number;
  readonly step: number;
  readonly count: number;
}

/**
 * The scale and minimum of x ~ scale * l - min with levels l from 0 to top. Every value counts alike: favouring large
 * ones, as llama.cpp does, made the logits of the reference model worse in Q2_K, Q4_K_M and Q5_K_M.
 */
export function fitAffine(x: Float32Array, top: number, candidates: Candidates): AffineFit {
  let low = 0;
  let high = Number.NEGATIVE_INFINITY;
  let total = 0;
  for (const value of x) {
    low = Math.min(low, value);
    high = Math.max(high, value);
    total += value;
  }
  if (high <= low) return { scale: 0, min: -low };
  let best = { scale: (high - low) / top, min: -low };
  let bestError = errorOf(x, top, best);
  for (let k = 0; k <= candidates.count; k++) {
    const inverse = (top + candidates.first + candidates.step * k) / (high - low);
    let l = 0;
    let ll = 0;
    let xl = 0;
    for (const value of x) {
      const level = clamp(Math.round(inverse * (value - low)), 0, top);
      l += level;
      ll += level * level;
      xl += level * value;
    }
    const determinant = x.length * ll - l * l;
    if (determinant <= 0) continue;
    let scale = (x.length * xl - total * l) / determinant;
    let min = (l * xl - ll * total) / determinant;
    if (min < 0) {
      min = 0;
      scale = xl / ll;
    }
    const error = errorOf(x, top, { scale, min });
    if (scale > 0 && error < bestError) {
      bestError = error;
      best = { scale, min };
    }
  }
  return best;
}

function errorOf(x: Float32Array, top: number, { scale, min }: AffineFit): number {
  if (scale <= 0) return Number.POSITIVE_INFINITY;
  const inverse = 1 / scale;
  let error = 0;
  for (const value of x) {
    const difference = scale * clamp(Math.round((value + min) * inverse), 0, top) - min - value;
    error += difference * difference;
  }
  return error;
}

/** Level of a value for a scale as it is stored; 0 where the scale vanished. */
export function levelOf(x: number, scale: number, low: number, high: number): number {
  return scale === 0 ? clamp(0, low, high) : clamp(Math.round(x / scale), low, high);
}
