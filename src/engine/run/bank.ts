import type { TensorType } from "../../gguf/format.js";
import { Attention } from "../../kernels/attention.js";
import { type CacheFormat, type CacheType, cacheFormat } from "../../kernels/cache-types.js";
import type { Kernels } from "../../kernels/exports.js";
import { type Format, Formats } from "../../kernels/formats.js";
import { instantiateKernels } from "../../kernels/load.js";
import type { BankPlan } from "../plan/memory-plan.js";

/** One worker's view of a bank: its memory, and an instance of the kernels that works on it. */
export class Bank {
  readonly index: number;
  readonly plan: BankPlan;
  readonly kernels: Kernels;
  readonly attention: Attention;
  readonly #memory: WebAssembly.Memory;
  readonly #formats: Formats;
  readonly #cacheFormats = new Map<CacheType, CacheFormat>();
  #floats: Float32Array;
  #bytes: Uint8Array;

  constructor(index: number, plan: BankPlan, module: WebAssembly.Module, memory: WebAssembly.Memory, worker: number) {
    this.index = index;
    this.plan = plan;
    this.kernels = instantiateKernels(module, memory);
    this.attention = new Attention(this.kernels, memory, plan.scratch.perWorker[worker]?.attention ?? 0);
    this.#formats = new Formats(this.kernels);
    this.#memory = memory;
    this.#floats = new Float32Array(memory.buffer);
    this.#bytes = new Uint8Array(memory.buffer);
  }

  format(type: TensorType): Format {
    return this.#formats.of(type);
  }

  cacheFormat(type: CacheType): CacheFormat {
    const found = this.#cacheFormats.get(type) ?? cacheFormat(this.kernels, type);
    this.#cacheFormats.set(type, found);
    return found;
  }

  /** The whole memory as f32; sessions that came later may have grown it. */
  get floats(): Float32Array {
    if (this.#floats.buffer !== this.#memory.buffer) this.#floats = new Float32Array(this.#memory.buffer);
    return this.#floats;
  }

  get bytes(): Uint8Array {
    if (this.#bytes.buffer !== this.#memory.buffer) this.#bytes = new Uint8Array(this.#memory.buffer);
    return this.#bytes;
  }
}
