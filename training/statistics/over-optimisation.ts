import { bestOfK, bestOfKl, type Scored } from "./best-of-k.js";
import { bootstrapMean } from "./bootstrap.js";
import type { Estimate } from "./interval.js";

/** How the proxy and the gold stand at a distance from the first model: for best-of-K, or for a checkpoint of PPO. */
export interface OptimisationPoint {
  readonly label: string;
  /** In nats an answer. */
  readonly kl: number;
  readonly proxy: Estimate;
  readonly gold: Estimate;
}

/** @param prompts the samples of each, as many of all */
export function bestOfKCurve(prompts: readonly (readonly Scored[])[], ks: readonly number[]): OptimisationPoint[] {
  return ks.map((k) => {
    const best = prompts.map((samples) => bestOfK(samples, k));
    return {
      label: `${k}`,
      kl: bestOfKl(k),
      proxy: bootstrapMean(best.map(({ proxy }) => proxy)),
      gold: bootstrapMean(best.map(({ gold }) => gold)),
    };
  });
}

export interface Turning {
  /** Where gold is highest. */
  readonly peak: OptimisationPoint;
  /** Whether gold falls behind it by more than the intervals allow, while the proxy goes on rising. */
  readonly isOverOptimised: boolean;
}

export function findTurning(points: readonly OptimisationPoint[]): Turning {
  const sorted = [...points].sort((a, b) => a.kl - b.kl);
  const peak = sorted.reduce((best, point) => (point.gold.value > best.gold.value ? point : best));
  const isOverOptimised = sorted.some(
    ({ kl, gold, proxy }) => kl > peak.kl && gold.high < peak.gold.low && proxy.value > peak.proxy.value,
  );
  return { peak, isOverOptimised };
}
