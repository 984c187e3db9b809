import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findTensorTypeByName, type TensorType } from "#dist/gguf/format.js";
import type { MetadataEntry } from "#dist/gguf/metadata.js";
import { type TensorToWrite, writeGguf } from "#dist/gguf/writer.js";
import { architectureNamed } from "#dist/model/architectures.js";
import { hyperparameterEntries } from "#dist/model/hyperparameters.js";
import { type BiasGroup, tensorsOf } from "#dist/model/tensors.js";
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
  /** Of a mixture, and how many of them a token goes to; 0 for one network for all. */
  readonly experts: number;
  readonly expertsUsed: number;
  /** Whether each expert's matrices are tensors of their own, as older files have them. */
  readonly isSplit: boolean;
  /** Groups of matrices that have biases. */
  readonly biases: readonly BiasGroup[];
  /** `general.architecture` */
  readonly architecture: string;
  /** Positions that a token sees at most; 0 for all. */
  readonly window: number;
  /** Names of the matrices' type and of the norms' and biases'. */
  readonly type: string;
  readonly normType: string;
  readonly routerType: string;
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
  experts: 0,
  expertsUsed: 0,
  isSplit: false,
  biases: [],
  architecture: "llama",
  window: 0,
  type: "F32",
  normType: "F32",
  routerType: "F32",
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
  const all = tensorsOf({ ...shape, vocabularySize: FIXTURE_TOKENS.length });
  const normal = seededNormals(shape.seed);
  const tensors: TensorToWrite[] = [];
  const values = new Map<string, Float64Array>();
  const add = (name: string, type: TensorType, dims: readonly number[], draw: () => number) => {
    const count = dims.reduce((product, n) => product * n, 1);
    const encoded = encodeValues(type, Float64Array.from({ length: count }, draw));
    tensors.push({ name, type, dims, data: encoded.bytes });
    values.set(name, encoded.values);
  };
  // The model's own norm comes first, and all norms before any matrix: seeded fixtures stay what they were.
  const vectors = all.filter(({ isMatrix }) => !isMatrix).sort((a, b) => (a.layer ?? -1) - (b.layer ?? -1));
  for (const { name, dims, part } of vectors) {
    add(name, typeNamed(shape.normType), dims, () => (part === "bias" ? 0.5 : 1) + 0.1 * normal());
  }
  for (const { name, dims, role } of all.filter(({ isMatrix }) => isMatrix)) {
    const type = typeNamed(role === "router" ? shape.routerType : shape.type);
    const draw = () => normal() / Math.sqrt(dims[0] ?? 1);
    const count = dims[2];
    if (count === undefined || !shape.isSplit) add(name, type, dims, draw);
    else {
      const names = Array.from({ length: count }, (_, i) => name.replace("_exps", `.${i}`));
      for (const own of names) add(own, type, dims.slice(0, 2), draw);
      values.set(name, Float64Array.from(names.flatMap((own) => [...(values.get(own) ?? [])])));
    }
  }
  return { shape, metadata: fixtureMetadata(shape), tensors, values };
}

export function writeFixture(path: string, model: FixtureModel): void {
  writeGguf(path, model, { force: true });
}

export function typeNamed(name: string): TensorType {
  const type = findTensorTypeByName(name);
  if (type === undefined) throw new Error(`there is no tensor type ${name}`);
  return type;
}

/** The bytes of such a file. */
export function fixtureBytes(model: FixtureModel): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), "llama2-fixture-"));
  try {
    const path = join(folder, "model.gguf");
    writeFixture(path, model);
    return new Uint8Array(readFileSync(path));
  } finally {
    rmSync(folder, { recursive: true });
  }
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
  const { contextLength, dim, layers, hiddenDim, heads, kvHeads, headSize, window, experts, expertsUsed } = shape;
  return new Map(
    Object.entries({
      "general.name": text(`seeded ${shape.seed}`),
      ...Object.fromEntries(
        hyperparameterEntries(architectureNamed(shape.architecture), {
          contextLength,
          dim,
          layers,
          hiddenDim,
          heads,
          kvHeads,
          keySize: headSize,
          valueSize: headSize,
          ropeDims: headSize,
          normEpsilon: 1e-5,
          ...(window === 0 ? {} : { window }),
          ...(experts === 0 ? {} : { experts, expertsUsed }),
        }),
      ),
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
