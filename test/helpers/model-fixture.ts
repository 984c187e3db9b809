import { findTensorTypeByName, type TensorType } from "#dist/gguf/format.js";
import type { MetadataEntry } from "#dist/gguf/metadata.js";
import { type TensorToWrite, writeGguf } from "#dist/gguf/writer.js";
import { encodeValues } from "./encode-values.js";
import { seededNormals } from "./random.js";

/** The shape of a small seeded Llama; every member has a default. */
export interface FixtureShape {
  readonly seed: number;
  readonly dim: number;
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headSize: number;
  readonly hiddenDim: number;
  readonly contextLength: number;
  readonly tied: boolean;
  /** Name of the matrices' type; norms are F32. */
  readonly type: string;
  /** Further metadata, or replacements. */
  readonly metadata: Readonly<Record<string, MetadataEntry>>;
}

const DEFAULTS: FixtureShape = {
  seed: 1,
  dim: 64,
  layers: 2,
  heads: 4,
  kvHeads: 2,
  headSize: 16,
  hiddenDim: 96,
  contextLength: 128,
  tied: false,
  type: "F32",
  metadata: {},
};

/** A model in memory: what the file would hold, and the exact float values of every tensor by name. */
export interface FixtureModel {
  readonly shape: FixtureShape;
  readonly metadata: ReadonlyMap<string, MetadataEntry>;
  readonly tensors: readonly TensorToWrite[];
  /** Row by row, as the type stores them. */
  readonly values: ReadonlyMap<string, Float64Array>;
}

/** Control tokens, the 256 bytes, a space, the lower-case letters, and a few merges. */
export const FIXTURE_TOKENS: readonly { readonly piece: string; readonly score: number; readonly type: number }[] = [
  { piece: "<unk>", score: 0, type: 2 },
  { piece: "<s>", score: 0, type: 3 },
  { piece: "</s>", score: 0, type: 3 },
  ...Array.from({ length: 256 }, (_, byte) => ({
    piece: `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`,
    score: 0,
    type: 6,
  })),
  ...["▁", ..."abcdefghijklmnopqrstuvwxyz"].map((piece) => ({ piece, score: -100, type: 1 })),
  ...["he", "in", "▁t", "▁a", "on", "▁the"].map((piece, rank) => ({ piece, score: -rank, type: 1 })),
];

export function fixtureModel(wanted: Partial<FixtureShape> = {}): FixtureModel {
  const shape = { ...DEFAULTS, ...wanted };
  const { dim, hiddenDim } = shape;
  const queryDim = shape.heads * shape.headSize;
  const kvDim = shape.kvHeads * shape.headSize;
  const vocabulary = FIXTURE_TOKENS.length;
  const matrices: [name: string, rows: number, columns: number][] = [["token_embd.weight", vocabulary, dim]];
  const norms = ["output_norm.weight"];
  for (let i = 0; i < shape.layers; i++) {
    norms.push(`blk.${i}.attn_norm.weight`, `blk.${i}.ffn_norm.weight`);
    matrices.push(
      [`blk.${i}.attn_q.weight`, queryDim, dim],
      [`blk.${i}.attn_k.weight`, kvDim, dim],
      [`blk.${i}.attn_v.weight`, kvDim, dim],
      [`blk.${i}.attn_output.weight`, dim, queryDim],
      [`blk.${i}.ffn_gate.weight`, hiddenDim, dim],
      [`blk.${i}.ffn_up.weight`, hiddenDim, dim],
      [`blk.${i}.ffn_down.weight`, dim, hiddenDim],
    );
  }
  if (!shape.tied) matrices.push(["output.weight", vocabulary, dim]);

  const normal = seededNormals(shape.seed);
  const tensors: TensorToWrite[] = [];
  const values = new Map<string, Float64Array>();
  const add = (name: string, type: TensorType, dims: readonly number[], draw: () => number) => {
    const count = dims.reduce((product, n) => product * n, 1);
    const encoded = encodeValues(type, Float64Array.from({ length: count }, draw));
    tensors.push({ name, type, dims, data: encoded.bytes });
    values.set(name, encoded.values);
  };
  for (const name of norms) add(name, typeNamed("F32"), [dim], () => 1 + 0.1 * normal());
  for (const [name, rows, columns] of matrices) {
    add(name, typeNamed(shape.type), [columns, rows], () => normal() / Math.sqrt(columns));
  }
  return { shape, metadata: fixtureMetadata(shape), tensors, values };
}

export function writeFixture(path: string, model: FixtureModel): void {
  writeGguf(path, model, { force: true });
}

function typeNamed(name: string): TensorType {
  const type = findTensorTypeByName(name);
  if (type === undefined) throw new Error(`there is no tensor type ${name}`);
  return type;
}

export function u32(value: number): MetadataEntry {
  return { type: "u32", value };
}

export function f32(value: number): MetadataEntry {
  return { type: "f32", value };
}

export function text(value: string): MetadataEntry {
  return { type: "string", value };
}

function fixtureMetadata(shape: FixtureShape): Map<string, MetadataEntry> {
  return new Map(
    Object.entries({
      "general.architecture": text("llama"),
      "general.name": text(`seeded ${shape.seed}`),
      "llama.context_length": u32(shape.contextLength),
      "llama.embedding_length": u32(shape.dim),
      "llama.block_count": u32(shape.layers),
      "llama.feed_forward_length": u32(shape.hiddenDim),
      "llama.attention.head_count": u32(shape.heads),
      "llama.attention.head_count_kv": u32(shape.kvHeads),
      "llama.attention.key_length": u32(shape.headSize),
      "llama.attention.value_length": u32(shape.headSize),
      "llama.rope.dimension_count": u32(shape.headSize),
      "llama.attention.layer_norm_rms_epsilon": f32(1e-5),
      "tokenizer.ggml.model": text("llama"),
      "tokenizer.ggml.tokens": { type: "array", elementType: "string", value: FIXTURE_TOKENS.map((t) => t.piece) },
      "tokenizer.ggml.scores": {
        type: "array",
        elementType: "f32",
        value: Float32Array.from(FIXTURE_TOKENS, (t) => t.score),
      },
      "tokenizer.ggml.token_type": {
        type: "array",
        elementType: "i32",
        value: Int32Array.from(FIXTURE_TOKENS, (t) => t.type),
      },
      "tokenizer.ggml.bos_token_id": u32(1),
      "tokenizer.ggml.eos_token_id": u32(2),
      "tokenizer.ggml.unknown_token_id": u32(0),
      ...shape.metadata,
    } satisfies Record<string, MetadataEntry>),
  );
}
