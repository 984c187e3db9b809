import type { TensorType } from "../gguf/format.js";
import { Attention } from "../kernels/attention.js";
import { type FormatKernels, formatKernels, type Kernels } from "../kernels/exports.js";
import { instantiateKernels } from "../kernels/load.js";
import type { BankPlan } from "./memory.js";

/** One worker's view of a bank: its memory, and an instance of the kernels that works on it. */
export class Bank {
  readonly plan: BankPlan;
  readonly kernels: Kernels;
  readonly attention: Attention;
  readonly #memory: WebAssembly.Memory;
  readonly #formats = new Map<string, FormatKernels>();
  #floats: Float32Array;
  #bytes: Uint8Array;

  constructor(plan: BankPlan, module: WebAssembly.Module, memory: WebAssembly.Memory, worker: number) {
    this.plan = plan;
    this.kernels = instantiateKernels(module, memory);
    this.attention = new Attention(this.kernels, memory, plan.scratch.own[worker]?.attention ?? 0);
    this.#memory = memory;
    this.#floats = new Float32Array(memory.buffer);
    this.#bytes = new Uint8Array(memory.buffer);
  }

  format(type: TensorType): FormatKernels {
    const known = this.#formats.get(type.name);
    if (known !== undefined) return known;
    const found = formatKernels(this.kernels, type);
    this.#formats.set(type.name, found);
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
