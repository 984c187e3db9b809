import { expShifted, maximum } from "./softmax";

/** The sum of the last row that {@link logProbability} left behind. */
let lastSum: f32 = 0;

/**
 * log p(target) of a row of logits, which becomes e^(x - max). Sampler, learner and reference all go this way, so that
 * a policy that has not moved has a ratio of exactly 1.
 */
function logProbability(logits: usize, target: u32, n: u32): f32 {
  const shifted = load<f32>(logits + ((<usize>target) << 2)) - maximum(logits, n);
  lastSum = expShifted(logits, n);
  return logShare(shifted, lastSum);
}

function logShare(shifted: f32, sum: f32): f32 {
  return <f32>(<f64>shifted - Math.log(<f64>sum));
}

/** out (tokens,) = log softmax(logits)[targets]; logits (tokens, n), which are overwritten, targets (tokens,) u32 */
export function logProbabilities(logits: usize, targets: usize, out: usize, tokens: u32, n: u32): void {
  for (let t: u32 = 0; t < tokens; t++, logits += (<usize>n) << 2, targets += 4, out += 4) {
    store<f32>(out, logProbability(logits, load<u32>(targets), n));
  }
}

/** logits (tokens, n) -> log softmax, in place */
export function logSoftmax(logits: usize, tokens: u32, n: u32): void {
  const bytes = (<usize>n) << 2;
  for (let t: u32 = 0; t < tokens; t++, logits += bytes) {
    const highest = maximum(logits, n);
    let sum: f64 = 0;
    for (let i: usize = 0; i < bytes; i += 4) sum += Math.exp(<f64>(load<f32>(logits + i) - highest));
    const shift = <f64>highest + Math.log(sum);
    for (let i: usize = 0; i < bytes; i += 4) store<f32>(logits + i, <f32>(<f64>load<f32>(logits + i) - shift));
  }
}

/**
 * Draws from softmax(logits / temperature) with a uniform number from 0 to 1: the first id whose cumulated share goes
 * beyond it. logits and scratch (n,). The id's log p, at that temperature, is stored at `out`.
 */
export function draw(logits: usize, scratch: usize, n: u32, temperature: f32, uniform: f64, out: usize): u32 {
  const bytes = (<usize>n) << 2;
  for (let i: usize = 0; i < bytes; i += 4) store<f32>(scratch + i, load<f32>(logits + i) / temperature);
  const highest = maximum(scratch, n);
  const sum = expShifted(scratch, n);
  const aim = uniform * <f64>sum;
  let passed: f64 = 0;
  let id: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const share = load<f32>(scratch + ((<usize>i) << 2));
    // What has no share is never drawn, not even by a sum that rounding left behind.
    if (share === 0) continue;
    id = i;
    passed += <f64>share;
    if (passed > aim) break;
  }
  const shifted = load<f32>(logits + ((<usize>id) << 2)) / temperature - highest;
  store<f32>(out, logShare(shifted, sum));
  return id;
}

/** The id of the highest logit, the first of equals. */
export function best(logits: usize, n: u32): u32 {
  const highest = maximum(logits, n);
  let id: u32 = 0;
  while (load<f32>(logits + ((<usize>id) << 2)) !== highest && id < n - 1) id++;
  return id;
}

/**
 * PPO's clipped surrogate (Schulman et al. 2017): the sum over tokens of -weight min(r A, clamp(r, 1 - clip, 1 + clip)
 * A), r = p(target) / e^old, with logits = factor times its gradient afterwards, which is 0 where the clamped one is
 * the smaller. logits (tokens, n), targets (tokens,) u32, weights, old and advantages (tokens,); figures, three
 * f64, are sums by weight: of the clipped, of old - log p, and of |r - 1|.
 */
export function policyLoss(
  logits: usize,
  targets: usize,
  weights: usize,
  old: usize,
  advantages: usize,
  tokens: u32,
  n: u32,
  clip: f64,
  factor: f64,
  figures: usize,
): f64 {
  const bytes = (<usize>n) << 2;
  let total: f64 = 0;
  let clippedWeight: f64 = 0;
  let divergence: f64 = 0;
  let distance: f64 = 0;
  for (let t: usize = 0; t < (<usize>tokens) << 2; t += 4, logits += bytes) {
    const weight = <f64>load<f32>(weights + t);
    if (weight === 0) {
      memory.fill(logits, 0, bytes);
      continue;
    }
    const target = load<u32>(targets + t);
    const change = <f64>logProbability(logits, target, n) - <f64>load<f32>(old + t);
    const ratio = Math.exp(change);
    const advantage = <f64>load<f32>(advantages + t);
    const free = ratio * advantage;
    const clamped = min(max(ratio, 1 - clip), 1 + clip) * advantage;
    divergence -= weight * change;
    distance += weight * Math.abs(ratio - 1);
    total -= weight * min(free, clamped);
    if (clamped < free) {
      clippedWeight += weight;
      memory.fill(logits, 0, bytes);
      continue;
    }
    // d(-weight r A) / d logits = -weight r A (1[target] - p)
    const slope = factor * weight * free;
    const scale = f32x4.splat(<f32>(slope / <f64>lastSum));
    for (let i: usize = 0; i < bytes; i += 16) v128.store(logits + i, f32x4.mul(v128.load(logits + i), scale));
    const at = logits + ((<usize>target) << 2);
    store<f32>(at, <f32>(<f64>load<f32>(at) - slope));
  }
  store<f64>(figures, clippedWeight);
  store<f64>(figures + 8, divergence);
  store<f64>(figures + 16, distance);
  return total;
}
