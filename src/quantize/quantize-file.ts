import type { GgufFile } from "../gguf/file.js";
import type { MetadataEntry } from "../gguf/metadata.js";
import { openGguf } from "../gguf/open.js";
import type { TensorInfo } from "../gguf/tensors.js";
import { readConfig } from "../model/config.js";
import { findWeights } from "../model/weights.js";
import { MIX_ALIASES, MIXES, mixNamed, typeInMix } from "./mixes.js";
import type { StoredMatrix } from "./piece.js";
import { type ConversionOptions, type ConvertedTensor, writeConverted } from "./write-converted.js";

/** How to quantise a file. */
export type QuantizeOptions = ConversionOptions;

/** Names that {@link quantizeFile} takes, in any case. */
export const QUANTIZE_TYPES: readonly string[] = [...Object.keys(MIXES), ...Object.keys(MIX_ALIASES)];

/**
 * Converts a model in F32, F16 or BF16 to one of {@link QUANTIZE_TYPES}, with llama.cpp's choice of a type for each
 * tensor. The output appears when it is whole.
 * @throws LlamaError `option` for an unknown type, or an output that is the input; `unsupported` for a file that is
 *   quantised already; `numeric` for NaN, infinity and values beyond the type's range; `exists`, `unwritable`; and what
 *   opening the model throws
 */
export async function quantizeFile(
  input: string,
  output: string,
  typeName: string,
  options: QuantizeOptions = {},
): Promise<void> {
  const file = openGguf(input);
  const { tensors, metadata } = planFile(file, typeName);
  const inputs = [input, ...file.tensors.map(({ path }) => path)];
  await writeConverted(output, { metadata, tensors, inputs: [...new Set(inputs)] }, options);
}

function planFile(
  file: GgufFile,
  typeName: string,
): { tensors: ConvertedTensor[]; metadata: Map<string, MetadataEntry> } {
  const mix = mixNamed(typeName, MIXES);
  const config = readConfig(file.metadata);
  const weights = findWeights(file, config);
  const isTied = weights.output === weights.tokenEmbedding;
  const tensors = file.tensors.map((source): ConvertedTensor => {
    return {
      name: source.name,
      source: stored(source),
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

function stored({ name, path, offset, type, dims: [columns = 1, ...others] }: TensorInfo): StoredMatrix {
  return { name, path, offset, type, columns, rows: others.reduce((product, dim) => product * dim, 1) };
}
