import type { TensorType } from "../gguf/format.js";
import { sharedMemory } from "../kernels/load.js";
import { platform } from "../platform/current.js";

/** values (blocks of the type) f32 -> out; returns the first block without a finite scale, or -1. */
type WriteBlocks = (values: number, out: number, blocks: number) => number;
/** source (n,) -> target (n,) f32 */
type Widen = (source: number, target: number, n: number) => void;

/** The exports of assembly/quantize/; arguments are byte addresses and counts. */
interface Exports extends Readonly<Record<`write_${string}`, WriteBlocks>>, Readonly<Record<`widen_${string}`, Widen>> {
  heapBase(): number;
  findNotFinite(values: number, n: number): number;
}

let compiled: WebAssembly.Module | undefined;

/** Compiles the kernels that quantise, once a process. */
export function compileQuantizer(): WebAssembly.Module {
  compiled ??= platform.webAssembly.compileOptimised(platform.readPackageFile("dist/kernels/quantize.wasm"));
  return compiled;
}

/** A value that keeps a tensor from being written: NaN, infinity, or one beyond the range of the type. */
export interface BadValue {
  readonly index: number;
  readonly value: number;
}

const PAGE = 65536;
/** Bytes of a value at most, in any of the three areas. */
const WIDEST = 4;

/**
 * Turns dense values into a type, some ten thousand at a time, in a memory of its own: one for what was read, one for
 * the floats and one for the result, each of `WIDEST` bytes a value. encode.ts gives the same bytes in plain
 * TypeScript.
 */
export class QuantizeKernel {
  readonly #memory: WebAssembly.Memory;
  readonly #exports: Exports;
  readonly #base: number;
  #capacity = 0;

  constructor(module: WebAssembly.Module) {
    this.#memory = sharedMemory(2);
    const imports = { env: { memory: this.#memory } };
    this.#exports = new WebAssembly.Instance(module, imports).exports as unknown as Exports;
    this.#base = Math.ceil(this.#exports.heapBase() / 16) * 16;
  }

  /** Where `count` values are to be put in their dense type, for {@link convert}. */
  input(type: TensorType, count: number): Uint8Array {
    this.#reserve(count);
    return new Uint8Array(this.#memory.buffer, this.#base, count * type.blockBytes);
  }

  /**
   * The bytes of `count` values of {@link input} in another type, a whole number of its blocks; a copy.
   * @param change what is done to them first, as floats
   */
  convert(
    from: TensorType,
    to: TensorType,
    count: number,
    change?: (values: Float32Array) => void,
  ): Uint8Array<ArrayBuffer> | BadValue {
    const source = this.#base;
    const area = this.#capacity * WIDEST;
    const isFloat = from.name === "F32";
    const values = isFloat ? source : source + area;
    if (!isFloat) this.#exports[`widen_${from.name.toLowerCase()}`]?.(source, values, count);
    change?.(this.#floats(values, count));
    const bad = this.#exports.findNotFinite(values, count);
    if (bad >= 0) return { index: bad, value: this.#floats(values, count)[bad] ?? Number.NaN };
    if (from.name === to.name && change === undefined) return this.#copy(source, count * from.blockBytes);
    if (to.name === "F32") return this.#copy(values, count * 4);
    const out = source + 2 * area;
    const blocks = count / to.blockSize;
    const failed = this.#writer(to)(values, out, blocks);
    if (failed < 0) return this.#copy(out, blocks * to.blockBytes);
    const block = this.#floats(values + failed * to.blockSize * 4, to.blockSize);
    const value = block.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a));
    return { index: failed * to.blockSize + block.indexOf(value), value };
  }

  #writer({ name }: TensorType): WriteBlocks {
    const write = this.#exports[`write_${name.toLowerCase()}`];
    if (write === undefined) throw new RangeError(`nothing here writes ${name}`);
    return write;
  }

  #floats(address: number, count: number): Float32Array {
    return new Float32Array(this.#memory.buffer, address, count);
  }

  #copy(address: number, length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(new Uint8Array(this.#memory.buffer, address, length));
  }

  #reserve(count: number): void {
    if (count <= this.#capacity) return;
    this.#capacity = Math.ceil(count / 16) * 16;
    const missing = this.#base + 3 * this.#capacity * WIDEST - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE));
  }
}
