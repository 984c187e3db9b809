import type { TiledOrigin, Tiling } from "../engine/team/weight-source.js";
import { LlamaError, printable } from "../errors.js";
import type { GgufFile } from "../gguf/file.js";
import { DEFAULT_ALIGNMENT, findTensorTypeByName, type TensorType, tensorBytes, tensorTypes } from "../gguf/format.js";
import { Metadata, type MetadataEntry } from "../gguf/metadata.js";
import type { TensorInfo } from "../gguf/tensors.js";
import { architectureNamed } from "../model/architectures.js";
import { type ModelConfig, readConfig } from "../model/config.js";
import { hyperparameterEntries } from "../model/hyperparameters.js";
import { tensorsOf } from "../model/tensors.js";
import { MIX_ALIASES, MIXES, type Mix, typeInMix } from "../quantize/mixes.js";
import { Random } from "../random.js";
import { randomTile } from "./random-tile.js";
import { randomVocabulary } from "./random-vocabulary.js";
import type { ModelShape } from "./shapes.js";

/** A model of seeded random weights that no file holds: what its file would say, and how its tensors are made. */
export interface RandomModel {
  readonly file: GgufFile;
  readonly origin: TiledOrigin;
}

/**
 * How Llamas are initialised before they are trained, and about what matrices keep: the scales of block formats are
 * then as large as those of real files, where some are subnormal halves.
 */
export const WEIGHT_DEVIATION = 0.02;
/** Norms are near 1. */
const NORM_DEVIATION = 0.1;

/**
 * A Llama of the given shape in any type that the engine computes with, or in a mix as `llama2 quantize` makes it.
 * This takes a fraction of a second and some MB at any size: the weights are filled in where they are loaded.
 * @throws LlamaError `option` for an unknown type
 */
export function randomModel(shape: ModelShape, typeName: string, seed = 1): RandomModel {
  const chooseType = typeChoice(typeName);
  const metadata = new Metadata(metadataOf(shape, typeName));
  const config = readConfig(metadata);
  const path = `${shape.name} of random weights`;
  let size = 0;
  const tensors = tensorsOf({ ...config, tied: shape.tied }).map(({ name, dims }): TensorInfo => {
    const type = chooseType({ name, dims, type: typeNamed("F32"), path, offset: size, bytes: 0 }, config, shape.tied);
    const bytes = tensorBytes(
      type,
      dims.reduce((product, dim) => product * dim, 1),
    );
    const tensor = { name, dims, type, path, offset: size, bytes };
    size += Math.ceil(bytes / DEFAULT_ALIGNMENT) * DEFAULT_ALIGNMENT;
    return tensor;
  });
  const file: GgufFile = { path, version: 3, size, metadata, tensors };
  return { file, origin: { kind: "tiles", tensors: tilings(tensors, seed) } };
}

type TypeChoice = (tensor: TensorInfo, config: ModelConfig, tied: boolean) => TensorType;

/** A mix of llama.cpp's, or else one type for all matrices. */
function typeChoice(typeName: string): TypeChoice {
  const mix = findMix(typeName);
  if (mix !== undefined) return (tensor, config, tied) => typeInMix(mix, tensor, config, tied);
  const type = findTensorTypeByName(typeName.toUpperCase());
  if (type !== undefined) return (tensor) => (tensor.dims.length < 2 ? tensor.type : dividing(type, tensor));
  const names = new Set([...tensorTypes().map(({ name }) => name), ...Object.keys(MIXES)]);
  throw new LlamaError(
    "option",
    `There is no weight type "${printable(typeName)}"; choose one of ${[...names].join(", ")}.`,
  );
}

function findMix(typeName: string): Mix | undefined {
  const upper = typeName.toUpperCase();
  return MIXES[MIX_ALIASES[upper] ?? upper];
}

/** The type itself, or one of smaller blocks where its own do not divide a row. */
function dividing(type: TensorType, { dims: [row = 0] }: TensorInfo): TensorType {
  if (row % type.blockSize === 0) return type;
  return typeNamed(row % 32 === 0 ? "Q8_0" : "F16");
}

function typeNamed(name: string): TensorType {
  const type = findTensorTypeByName(name);
  if (type === undefined) throw new RangeError(`there is no tensor type ${name}`);
  return type;
}

function metadataOf(shape: ModelShape, typeName: string): Map<string, MetadataEntry> {
  const u32 = (value: number): MetadataEntry => ({ type: "u32", value });
  const fileType = findMix(typeName)?.fileType;
  const {
    contextLength,
    dim,
    layers,
    hiddenDim,
    heads,
    kvHeads,
    ropeBase,
    vocabularySize,
    window = 0,
    mixture,
  } = shape;
  return new Map<string, MetadataEntry>([
    ["general.name", { type: "string", value: `random ${shape.name}` }],
    ...(fileType === undefined ? [] : ([["general.file_type", u32(fileType)]] as const)),
    ["general.quantization_version", u32(2)],
    ...hyperparameterEntries(architectureNamed(shape.architecture ?? "llama"), {
      contextLength,
      dim,
      layers,
      hiddenDim,
      heads,
      kvHeads,
      normEpsilon: 1e-5,
      ropeDims: dim / heads,
      ropeBase,
      vocabularySize,
      ...(window > 0 ? { window } : {}),
      ...mixture,
    }),
    ...randomVocabulary(vocabularySize),
  ]);
}

/** One tile for the norms, and one for all matrices of a type. */
function tilings(tensors: readonly TensorInfo[], seed: number): Map<string, Tiling> {
  const random = new Random(seed);
  const norms = randomTile(typeNamed("F32"), 1, NORM_DEVIATION, random);
  const tiles = new Map<string, Uint8Array>();
  return new Map(
    tensors.map(({ name, type, dims, offset }) => {
      const known = dims.length < 2 ? norms : tiles.get(type.name);
      const tile = known ?? randomTile(type, 0, WEIGHT_DEVIATION, random);
      if (known === undefined) tiles.set(type.name, tile);
      return [name, { tile, blockBytes: type.blockBytes, offset, seed: random.nextUint32() }];
    }),
  );
}
