/// <reference path="../../src/kernels/webassembly.d.ts" />
import assert from "node:assert/strict";
import type { TensorType } from "#dist/gguf/format.js";
import { Attention } from "#dist/kernels/attention.js";
import { type CacheFormat, type CacheType, cacheFormat } from "#dist/kernels/cache-types.js";
import type { Kernels } from "#dist/kernels/exports.js";
import { type Format, Formats } from "#dist/kernels/formats.js";
import { compileKernels, instantiateKernels, type KernelBuild } from "#dist/kernels/load.js";

const modules = new Map<KernelBuild, WebAssembly.Module>();

/** What is between buffers and in new ones: NaN as a float of any width. */
const POISON = 0xff;
/** Bytes of it on either side of a buffer. */
const GUARD_BYTES = 256;

/**
 * Kernels on a memory of their own. Buffers begin poisoned and lie in poison, so that what is read of neither shows in
 * results, and what is written beside them is found by {@link verify}.
 */
export class Workspace {
  readonly kernels: Kernels;
  readonly #formats: Formats;
  readonly #memory: WebAssembly.Memory;
  readonly #buffer: SharedArrayBuffer;
  readonly #bytes: Uint8Array;
  readonly #start: number;
  /** From where to where there are buffers. */
  #buffers: { readonly from: number; readonly to: number }[] = [];
  #next: number;

  /** @param start the first address handed out */
  constructor(build: KernelBuild, bytes: number, start?: number) {
    const pages = Math.ceil(bytes / 65536);
    const memory = new WebAssembly.Memory({ initial: pages, maximum: 65536, shared: true });
    const module = modules.get(build) ?? compileKernels(build).module;
    modules.set(build, module);
    this.kernels = instantiateKernels(module, memory);
    this.#formats = new Formats(this.kernels);
    this.#memory = memory;
    this.#buffer = memory.buffer;
    this.#bytes = new Uint8Array(memory.buffer);
    this.#start = start ?? this.kernels.heapBase() >>> 0;
    this.#next = this.#start;
  }

  /** Forgets all buffers. */
  reset(): void {
    this.#buffers = [];
    this.#next = this.#start;
  }

  /** Finds bytes that were written beside the buffers. */
  verify(): void {
    let from = this.#start;
    for (const buffer of [...this.#buffers, { from: this.#next + GUARD_BYTES, to: 0 }]) {
      const gap = this.#bytes.subarray(from, buffer.from);
      const at = gap.findIndex((byte) => byte !== POISON);
      assert.equal(at, -1, `byte ${at} of ${gap.length} behind a buffer was written`);
      from = buffer.to;
    }
  }

  format(type: TensorType): Format {
    return this.#formats.of(type);
  }

  cacheFormat(type: CacheType): CacheFormat {
    return cacheFormat(this.kernels, type);
  }

  /** Odd multiples of 2, unless more is asked for: nothing but f32 may count on alignment. */
  allocate(bytes: number, alignment = 2): number {
    const from = Math.ceil((this.#next + GUARD_BYTES) / alignment) * alignment;
    this.#bytes.fill(POISON, this.#next, from + bytes + GUARD_BYTES);
    this.#buffers.push({ from, to: from + bytes });
    this.#next = from + bytes;
    return from;
  }

  /** The last bytes of the memory: the engine ends what reads or writes behind them. */
  allocateLast(bytes: number): number {
    const from = this.#buffer.byteLength - bytes;
    assert.ok(from >= this.#next + GUARD_BYTES, "the memory is too small");
    this.#bytes.fill(POISON, from);
    return from;
  }

  put(bytes: Uint8Array): number {
    const address = this.allocate(bytes.length);
    this.write(address, bytes);
    return address;
  }

  write(address: number, bytes: Uint8Array): void {
    this.#bytes.set(bytes, address);
  }

  attention(headSize: number, at?: number): Attention {
    const address = at ?? this.allocate(this.kernels.attentionBytes(headSize), 64);
    return new Attention(this.kernels, this.#memory, address);
  }

  /** Lays W (rows, n) down as the format's products want it. */
  putMatrix(type: TensorType, bytes: Uint8Array, rows: number, n: number): number {
    return this.format(type).packing === undefined ? this.put(bytes) : this.pack(type, bytes, rows, n).address;
  }

  /** Packs W (rows, n), and says whether all its scales are finite. */
  pack(type: TensorType, bytes: Uint8Array, rows: number, n: number) {
    const { packing } = this.format(type);
    if (packing === undefined) throw new RangeError(`${type.name} has no packing`);
    const source = this.put(bytes);
    const address = this.allocate(this.#formats.placedBytes(type, rows, bytes.length / rows));
    return { address, areFinite: packing.repack(source, address, rows, n) !== 0 };
  }

  /** Scratch memory for products. */
  tiles(): number {
    return this.allocate(this.kernels.matmulBytes(), 16);
  }

  putFloats(values: Float32Array): number {
    const address = this.allocate(values.byteLength, 4);
    new Float32Array(this.#buffer, address, values.length).set(values);
    return address;
  }

  floats(address: number, count: number): Float32Array {
    return new Float32Array(this.#buffer, address, count).slice();
  }

  bytes(address: number, count: number): Uint8Array {
    return new Uint8Array(this.#buffer, address, count).slice();
  }

  /** Dequantises whole blocks. */
  dequantize(type: TensorType, source: number, count: number): Float32Array {
    const target = this.allocate(count * 4, 4);
    this.format(type).dequantize(source, target, count);
    return this.floats(target, count);
  }

  /** Stores `tokens` rows of n activations in the form that the format wants, and says what that form holds exactly. */
  activations(
    type: TensorType,
    x: Float32Array,
    n: number,
  ): { readonly address: number; readonly values: Float64Array } {
    const source = this.putFloats(x);
    if (this.format(type).activation === "f32") return { address: source, values: Float64Array.from(x) };
    const tokens = x.length / n;
    const address = this.allocate(tokens * this.kernels.q8RowBytes(n), 4);
    const values = new Float64Array(x.length);
    for (let t = 0; t < tokens; t++) {
      const row = address + t * this.kernels.q8RowBytes(n);
      this.kernels.quantize_q8(source + t * n * 4, row, n);
      const blocks = this.q8Blocks(row, n);
      for (let i = 0; i < n; i++)
        values[t * n + i] = (blocks[i >> 5]?.values[i & 31] ?? 0) * (blocks[i >> 5]?.scale ?? 0);
    }
    return { address, values };
  }

  /** A row of n quantised activations. */
  q8Blocks(address: number, n: number): Q8Block[] {
    return Array.from({ length: n / 32 }, (_, i) => {
      const block = address + i * 48;
      const [scale = 0, sum = 0] = this.floats(block + 32, 2);
      return {
        values: new Int8Array(this.bytes(block, 32).buffer),
        scale,
        sum,
        pairs: new Int16Array(this.bytes(block + 40, 8).buffer),
      };
    });
  }
}

/** assembly/activations/q8.ts draws it. */
export interface Q8Block {
  readonly values: Int8Array;
  readonly scale: number;
  readonly sum: number;
  readonly pairs: Int16Array;
}
