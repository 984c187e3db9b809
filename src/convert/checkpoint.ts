import type { MetadataEntry } from "../gguf/metadata.js";
import type { BiasGroup } from "../model/tensors.js";
import type { StoredMatrix } from "../quantize/piece.js";

/** A model in another format: what of it becomes metadata, and where its tensors lie. */
export interface Checkpoint {
  /** Everything but the type that the tensors will have. */
  readonly metadata: ReadonlyMap<string, MetadataEntry>;
  /** By their names in GGUF files; the rows of each are as the file that is written has them. */
  readonly tensors: ReadonlyMap<string, StoredMatrix>;
  /** Whether the token embedding serves as the output's matrix, so that there is none. */
  readonly isTied: boolean;
  /** The matrices that have biases. */
  readonly biases: readonly BiasGroup[];
  /** What divides the base frequencies of RoPE (Llama 3.1): (headSize / 2,). */
  readonly ropeFactors: Float32Array | undefined;
  /** Files that are read. */
  readonly inputs: readonly string[];
}

/** Metadata as it is put together. */
export type Entries = [key: string, entry: MetadataEntry][];

export function text(value: string): MetadataEntry {
  return { type: "string", value };
}

export function u32(value: number): MetadataEntry {
  return { type: "u32", value };
}

export function f32(value: number): MetadataEntry {
  return { type: "f32", value };
}

export function bool(value: boolean): MetadataEntry {
  return { type: "bool", value };
}

export function texts(value: readonly string[]): MetadataEntry {
  return { type: "array", elementType: "string", value };
}
