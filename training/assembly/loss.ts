import { expShifted } from "./softmax";

/**
 * Cross entropy of softmax(logits), and its gradient in their place: the sum over tokens of
 * -weight log p(target), with logits = factor weight (p - 1[target]) afterwards. logits (tokens, n), targets
 * (tokens,) u32, weights (tokens,) f32.
 */
export function crossEntropy(logits: usize, targets: usize, weights: usize, tokens: u32, n: u32, factor: f32): f64 {
  const bytes = (<usize>n) << 2;
  let total: f64 = 0;
  for (let t: u32 = 0; t < tokens; t++, logits += bytes, targets += 4, weights += 4) {
    const weight = load<f32>(weights);
    if (weight === 0) {
      memory.fill(logits, 0, bytes);
      continue;
    }
    const target = logits + ((<usize>load<u32>(targets)) << 2);
    const sum = expShifted(logits, n);
    total -= <f64>weight * Math.log(<f64>max(load<f32>(target), <f32>1e-37) / <f64>sum);
    const scale = f32x4.splat((factor * weight) / sum);
    for (let i: usize = 0; i < bytes; i += 16) v128.store(logits + i, f32x4.mul(v128.load(logits + i), scale));
    store<f32>(target, load<f32>(target) - factor * weight);
  }
  return total;
}
