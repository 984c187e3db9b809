import type { Kernels } from "../../kernels/exports.js";
import type { CacheTypes } from "./cache-layout.js";

/** Tokens whose logits can be computed in one job. */
export const LOGIT_ROWS = 32;

/** What a plan depends on apart from the model. */
export interface EngineShape {
  readonly workers: number;
  /** Positions of the cache that every session has unless it asks for another. */
  readonly contextSize: number;
  /**
   * Caches of that size that the banks have room for at least; beyond 1 there may be more banks than the weights need.
   */
  readonly sequences: number;
  /** Tokens that go through the network together. */
  readonly batchSize: number;
  readonly cacheTypes: CacheTypes;
  /** An instance of the kernels, which know what they need. */
  readonly kernels: Kernels;
  /** Words that the main thread and the workers talk by, in bytes. */
  readonly controlBytes: number;
  /** 4 GiB, less in tests of models that span banks. */
  readonly maxBankBytes: number;
}
