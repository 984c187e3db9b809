import type { Objective } from "../network/output.js";

/**
 * Half the squared error of a value, and of the value held within `clip` of what it was: the larger counts (Ziegler et
 * al. 2019). Signals: each token's value when it was drawn, and its return. The gradient is 0 where the held one is
 * the larger.
 */
export function clippedValue(clip: number): Objective {
  return {
    head: "scalar",
    measure({ memory, values }, { tokens, weights, signals }, factor) {
      const [old, returns] = signals as [Float32Array, Float32Array];
      const value = new Float32Array(memory.buffer, values, tokens);
      let loss = 0;
      let clipped = 0;
      for (let t = 0; t < tokens; t++) {
        const weight = weights[t] as number;
        const now = value[t] as number;
        const before = old[t] as number;
        const free = now - (returns[t] as number);
        const held = Math.min(Math.max(now, before - clip), before + clip) - (returns[t] as number);
        const isClipped = held * held > free * free;
        loss += weight * 0.5 * Math.max(free * free, held * held);
        if (isClipped) clipped += weight;
        value[t] = isClipped ? 0 : factor * weight * free;
      }
      return { loss, clipped };
    },
  };
}
