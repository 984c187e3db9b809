import type { TensorType } from "../gguf/format.js";
import { constantOf, type Kernels } from "./exports.js";

/**
 * How a format's products take activations: as they are, or rounded to int8 in blocks of 32 (`Kernels.quantize_q8`).
 */
export type Activation = "f32" | "q8";
const ACTIVATIONS: readonly Activation[] = ["f32", "q8"];

/**
 * One weight format, as its kernels are: what they say of themselves, and they themselves. W is row by row as in the
 * file, or packed in groups of rows where the format has {@link packing}.
 */
export interface Format {
  readonly type: TensorType;
  readonly activation: Activation;
  /** How rows are packed when they are loaded; none where they stay as they are in the file. */
  readonly packing: Packing | undefined;
  /** source (n,), as in the file -> target (n,) f32 */
  dequantize(source: number, target: number, n: number): void;
  /** out[from..to) = W[from..to) @ x; W (rows, n), x (n,), out (rows,) f32; `scratch` as for `matmul` */
  matvec(w: number, x: number, out: number, from: number, to: number, n: number, scratch: number): void;
  /**
   * out[:, from..to) = W[from..to) @ X; X (tokens, n), out (tokens, rows) f32, tokens of out `outStride` bytes apart;
   * `scratch` has {@link Kernels.matmulBytes} bytes
   */
  matmul(
    w: number,
    x: number,
    out: number,
    from: number,
    to: number,
    n: number,
    tokens: number,
    outStride: number,
    scratch: number,
  ): void;
}

/** assembly/formats/packed/interleave.ts says how rows are packed. */
export interface Packing {
  /** Rows of a group. */
  readonly groupRows: number;
  /**
   * `rows` rows of n values, as in the file -> target, in whole groups: the last row fills the last. Returns 0 where a
   * scale is infinite or NaN: products take such a scale for a number.
   */
  repack(source: number, target: number, rows: number, n: number): number;
  /** One row of packed W -> target, as in the file */
  unpack(w: number, row: number, target: number, n: number): void;
}

/** The weight formats of an instance of the kernels. */
export class Formats {
  readonly #kernels: Kernels;
  readonly #known = new Map<string, Format>();

  constructor(kernels: Kernels) {
    this.#kernels = kernels;
  }

  of(type: TensorType): Format {
    const known = this.#known.get(type.name);
    if (known !== undefined) return known;
    const found = readFormat(this.#kernels, type);
    this.#known.set(type.name, found);
    return found;
  }

  /** Bytes of W (rows, n) in memory, `rowBytes` a row in the file, where it is packed if its format can be. */
  placedBytes(type: TensorType, rows: number, rowBytes: number): number {
    const { packing } = this.of(type);
    return packing === undefined ? rows * rowBytes : Math.ceil(rows / packing.groupRows) * packing.groupRows * rowBytes;
  }
}

/** Finds a format's kernels by its name: `Q4_0` -> `q4_0_matvec` and so on. */
function readFormat(kernels: Kernels, type: TensorType): Format {
  const exports = kernels as unknown as Record<string, unknown>;
  const prefix = type.name.toLowerCase();
  const kernel = <Name extends keyof Format | keyof Packing>(name: Name) => {
    const found = exports[`${prefix}_${name}`];
    if (typeof found !== "function") throw new TypeError(`the kernels have no ${prefix}_${name}`);
    return found as never;
  };
  const number = constantOf(kernels, `${prefix}_activation`);
  const activation = ACTIVATIONS.find((name) => constantOf(kernels, `activation_${name}`) === number);
  if (activation === undefined) throw new TypeError(`the kernels want unknown activations for ${type.name}`);
  return {
    type,
    activation,
    packing:
      `${prefix}_repack` in exports
        ? { groupRows: kernels.groupRows(), repack: kernel("repack"), unpack: kernel("unpack") }
        : undefined,
    dequantize: kernel("dequantize"),
    matvec: kernel("matvec"),
    matmul: kernel("matmul"),
  };
}
