import type { MemoryPlan } from "./memory-plan.js";

/** What a plan asks of the machine, in bytes. */
export interface MemoryNeed {
  readonly weights: number;
  readonly scratch: number;
  /** The KV cache of one session with the model's context. */
  readonly cache: number;
  readonly total: number;
}

export function memoryNeed(plan: MemoryPlan): MemoryNeed {
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const weights = sum(plan.tensors.map((tensor) => tensor.info.bytes));
  const cache = sum(plan.banks.map((bank) => bank.cacheBytes));
  const total = sum(plan.banks.map((bank) => bank.bytes)) + cache;
  return { weights, cache, scratch: total - weights - cache, total };
}
