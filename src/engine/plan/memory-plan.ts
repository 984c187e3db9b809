import type { CacheLayout } from "./cache-layout.js";
import type { PlacedLayer, PlacedTensor } from "./placed.js";
import type { Scratch } from "./scratch.js";

/** What lies in one memory. */
export interface BankPlan {
  readonly layers: readonly PlacedLayer[];
  readonly scratch: Scratch;
  /** Bytes in use before any cache. */
  readonly bytes: number;
  /** Bytes in this bank of a cache for the model's context. */
  readonly cacheBytes: number;
}

/** Where everything lies. */
export interface MemoryPlan {
  readonly banks: readonly BankPlan[];
  /** Of a cache for the model's context; a session may have another. */
  readonly cache: CacheLayout;
  readonly embedding: PlacedTensor;
  readonly outputNorm: PlacedTensor;
  readonly output: PlacedTensor;
  /** Control words, in bank 0; see team/protocol.ts. */
  readonly control: number;
  /** (LOGIT_ROWS, vocabulary) f32 in the last bank. */
  readonly logits: number;
  /** Every tensor once, in the order of its address in its bank. */
  readonly tensors: readonly PlacedTensor[];
}
