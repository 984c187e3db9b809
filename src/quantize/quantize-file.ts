import type { GgufFile } from "../gguf/file.js";
import type { MetadataEntry } from "../gguf/metadata.js";
import { openGguf } from "../gguf/open.js";
import type { TensorInfo } from "../gguf/tensors.js";
import { type LowRank, readAdapter } from "../model/adapters.js";
import { readConfig } from "../model/config.js";
import { findWeights, partOf } from "../model/weights.js";
import type { StoredLowRank } from "./low-rank.js";
import { MIX_ALIASES, MIXES, mixNamed, typeInMix } from "./mixes.js";
import type { StoredMatrix } from "./piece.js";
import { type ConversionOptions, type ConvertedTensor, type StoredParts, writeConverted } from "./write-converted.js";

/** How to quantise a file. */
export interface QuantizeOptions extends ConversionOptions {
  /** LoRA adapters in GGUF that are merged into the weights before they are rounded, by default at scale 1. */
  readonly loras?: readonly MergedLora[] | undefined;
}

/** An adapter to merge into a file. */
export interface MergedLora {
  readonly path: string;
  readonly scale?: number | undefined;
}

/** Names that {@link quantizeFile} takes, in any case. */
export const QUANTIZE_TYPES: readonly string[] = [...Object.keys(MIXES), ...Object.keys(MIX_ALIASES)];

/**
 * Converts a model in F32, F16 or BF16 to one of {@link QUANTIZE_TYPES}, with llama.cpp's choice of a type for each
 * tensor. The output appears when it is whole.
 * @throws LlamaError `option` for an unknown type, or an output that is the input; `unsupported` for a file that is
 *   quantised already; `numeric` for NaN, infinity and values beyond the type's range; `exists`, `unwritable`; and what
 *   opening the model throws; `model` for an adapter of another model
 */
export async function quantizeFile(
  input: string,
  output: string,
  typeName: string,
  { loras = [], ...options }: QuantizeOptions = {},
): Promise<void> {
  const file = openGguf(input);
  const { tensors, metadata } = planFile(file, typeName, loras);
  const inputs = [input, ...file.tensors.map(({ path }) => path), ...loras.map(({ path }) => path)];
  await writeConverted(output, { metadata, tensors, inputs: [...new Set(inputs)] }, options);
}

function planFile(
  file: GgufFile,
  typeName: string,
  loras: readonly MergedLora[],
): { tensors: ConvertedTensor[]; metadata: Map<string, MetadataEntry> } {
  const mix = mixNamed(typeName, MIXES);
  const config = readConfig(file.metadata);
  const weights = findWeights(file, config);
  const isTied = weights.output === weights.tokenEmbedding;
  const adapters = loras.map(({ path, scale = 1 }) => ({
    adapter: readAdapter(openGguf(path), config, weights),
    scale,
  }));
  const tensors = file.tensors.map((source): ConvertedTensor => {
    const changes = adapters.flatMap(({ adapter, scale }) => {
      const part = scale === 0 ? undefined : adapter.get(source.name);
      return part === undefined ? [] : [{ part, scale }];
    });
    return {
      name: source.name,
      source:
        changes.length === 0 ? stored(source) : changed(source, changes, source.name === weights.tokenEmbedding.name),
      type: typeInMix(mix, source, config, isTied),
      dims: source.dims,
    };
  });
  const kept = [...file.metadata].filter(([key]) => !key.startsWith("split.") && key !== "general.alignment");
  const metadata = new Map<string, MetadataEntry>(kept);
  metadata.set("general.quantization_version", { type: "u32", value: 2 });
  metadata.set("general.file_type", { type: "u32", value: mix.fileType });
  return { tensors, metadata };
}

/** A tensor with what adapters add to it; of a mixture's, expert by expert. */
function changed(
  tensor: TensorInfo,
  changes: readonly { readonly part: LowRank; readonly scale: number }[],
  isLookedUp: boolean,
): StoredParts {
  const [, , count = 1] = tensor.dims;
  const parts = Array.from({ length: count }, (_, index): StoredMatrix => {
    const of = { index, count };
    const own = changes.map(({ part, scale }) => {
      return storedLowRank({ ...part, a: partOf(part.a, of), b: partOf(part.b, of) }, scale, isLookedUp);
    });
    return { ...stored(partOf(tensor, of)), changes: own };
  });
  return { parts };
}

/** Of the token embedding, A has its rows and B its columns. */
function storedLowRank({ a, b, factor }: LowRank, scale: number, isLookedUp: boolean): StoredLowRank {
  const [left, right] = isLookedUp ? [a, b] : [b, a];
  return { left: stored(left), right: stored(right), isTransposed: isLookedUp, scale: scale * factor };
}

function stored({ name, path, offset, type, dims: [columns = 1, ...others] }: TensorInfo): StoredMatrix {
  return { name, path, offset, type, columns, rows: others.reduce((product, dim) => product * dim, 1) };
}
