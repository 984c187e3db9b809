import type { Random } from "#dist/random.js";
import type { Shape } from "./shape.js";

/** One array of parameters, (rows, columns); `offset` counts f32 from the first. */
export interface Parameter {
  readonly name: ParameterName;
  readonly layer: number;
  readonly offset: number;
  readonly rows: number;
  readonly columns: number;
  /** Whether weight decay applies, and a transposed copy is wanted: norms have neither. */
  readonly isMatrix: boolean;
}

/**
 * Matrices that see the same input are one: `qkv` holds the rows of queries, then keys, then values, and `gateUp`
 * those of the gate, then up. The embedding is the output matrix as well; `head` is the scalar head, without a bias.
 */
export type ParameterName =
  | "embedding"
  | "outputNorm"
  | "attentionNorm"
  | "qkv"
  | "output"
  | "hiddenNorm"
  | "gateUp"
  | "down"
  | "head";

/** Where every parameter lies in one long array of f32. */
export class ParameterLayout {
  readonly shape: Shape;
  readonly all: readonly Parameter[];
  /** How many f32 there are. */
  readonly size: number;

  constructor(shape: Shape) {
    this.shape = shape;
    const all: Parameter[] = [];
    let offset = 0;
    const add = (name: ParameterName, layer: number, rows: number, columns: number) => {
      all.push({ name, layer, offset, rows, columns, isMatrix: rows > 1 });
      offset += rows * columns;
    };
    const { dim, hiddenDim, headSize, heads, kvHeads } = shape;
    add("embedding", -1, shape.vocabularySize, dim);
    for (let layer = 0; layer < shape.layers; layer++) {
      add("attentionNorm", layer, 1, dim);
      add("qkv", layer, (heads + 2 * kvHeads) * headSize, dim);
      add("output", layer, dim, heads * headSize);
      add("hiddenNorm", layer, 1, dim);
      add("gateUp", layer, 2 * hiddenDim, dim);
      add("down", layer, dim, hiddenDim);
    }
    add("outputNorm", -1, 1, dim);
    // Last, so that all else lies where a network without it has it.
    if (shape.scalarHead === true) add("head", -1, 1, dim);
    this.all = all;
    this.size = offset;
  }

  get(name: ParameterName, layer = -1): Parameter {
    const found = this.all.find((parameter) => parameter.name === name && parameter.layer === layer);
    if (found === undefined) throw new RangeError(`there is no parameter ${name} of layer ${layer}`);
    return found;
  }

  /**
   * Normal values of standard deviation 0.8 / sqrt(columns); what writes to the residual stream is made smaller by
   * the square root of how often that happens (GPT-2), norms begin at 1.
   */
  initialise(values: Float32Array, random: Random): void {
    const residual = 1 / Math.sqrt(2 * this.shape.layers);
    for (const { name, offset, rows, columns, isMatrix } of this.all) {
      const part = values.subarray(offset, offset + rows * columns);
      if (name === "head") {
        this.initialiseHead(values, random);
        continue;
      }
      const writesToResidual = name === "output" || name === "down";
      const deviation = (0.8 / Math.sqrt(columns)) * (writesToResidual ? residual : 1);
      for (let i = 0; i < part.length; i++) part[i] = isMatrix ? deviation * normal(random) : 1;
    }
  }
  /** Standard deviation 1 / sqrt(dim + 1): scores begin near 0 (Stiennon et al. 2020). */
  initialiseHead(values: Float32Array, random: Random): void {
    const { offset, columns } = this.get("head");
    for (let i = 0; i < columns; i++) values[offset + i] = normal(random) / Math.sqrt(columns + 1);
  }
}

/** Box and Muller (1958). */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.nextFloat())) * Math.cos(2 * Math.PI * random.nextFloat());
}
