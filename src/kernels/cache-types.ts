import { constantOf, type Kernels } from "./exports.js";

/** The element types that a KV cache may have, by the names that people give; the kernels have their own. */
const KERNEL_NAMES = { f32: "f32", f16: "i16", q8_0: "q8_0" } as const;
/**
 * Element type of a KV cache: `f32`; `f16` at half the memory, whose rows are 16-bit integers that share a scale, more
 * precise than halves and multiplied as they are; or `q8_0` (int8, a scale for each 32) at a quarter.
 */
export type CacheType = keyof typeof KERNEL_NAMES;
export const CACHE_TYPES = Object.keys(KERNEL_NAMES) as readonly CacheType[];

/** One of these types, as its kernels are; assembly/attention/cache.ts draws the rows. */
export interface CacheFormat {
  /** What a call of attention names it by. */
  readonly number: number;
  /** Bytes of a row of n values, of any n. */
  rowBytes(n: number): number;
  /** source (n,) f32 -> target, a row */
  store(source: number, target: number, n: number): void;
}

export function cacheFormat(kernels: Kernels, type: CacheType): CacheFormat {
  const name = KERNEL_NAMES[type];
  const number = constantOf(kernels, `cache_${name}`);
  return { number, rowBytes: (n) => kernels.cacheRowBytes(number, n), store: kernels[`store_${name}`] };
}
