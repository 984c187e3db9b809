import { LlamaError, printable } from "../errors.js";
import { AtomicFile } from "../files/atomic-file.js";
import type { GgufFile } from "../gguf/file.js";
import { findTensorTypeByName, type TensorType } from "../gguf/format.js";
import type { MetadataEntry } from "../gguf/metadata.js";
import { openGguf } from "../gguf/open.js";
import type { TensorInfo } from "../gguf/tensors.js";
import { encodeHead } from "../gguf/writer.js";
import { readConfig } from "../model/config.js";
import { findWeights } from "../model/weights.js";
import { convertTensor } from "./convert-tensor.js";
import { MIX_ALIASES, MIXES, typeInMix } from "./mixes.js";

/** How to convert a file. */
export interface QuantizeOptions {
  /** Whether a file that is there already is replaced; by default that is an error. */
  readonly force?: boolean | undefined;
  /** Called after every stretch with the part that is done, 0 to 1. */
  readonly onProgress?: ((done: number) => void) | undefined;
  /** Ends the conversion and leaves nothing behind; the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Names that {@link quantizeFile} takes, in any case. */
export const QUANTIZE_TYPES: readonly string[] = [...Object.keys(MIXES), ...Object.keys(MIX_ALIASES)];

interface PlannedTensor {
  readonly name: string;
  readonly source: TensorInfo;
  readonly type: TensorType;
  readonly dims: readonly number[];
}

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
  const total = tensors.reduce((sum, { source }) => sum + source.bytes, 0);
  const inputs = [input, ...file.tensors.map(({ path }) => path)];
  const target = new AtomicFile(output, { force: options.force, inputs: [...new Set(inputs)] });
  try {
    target.write(encodeHead({ metadata, tensors }));
    let done = 0;
    for (const tensor of tensors) {
      for await (const { data, read } of convertTensor(tensor.source, tensor.type)) {
        options.signal?.throwIfAborted();
        target.write(data);
        done += read;
        options.onProgress?.(done / total);
      }
    }
    target.commit();
  } finally {
    target.discard();
  }
}

function planFile(
  file: GgufFile,
  typeName: string,
): { tensors: PlannedTensor[]; metadata: Map<string, MetadataEntry> } {
  const upper = typeName.toUpperCase();
  const mix = MIXES[MIX_ALIASES[upper] ?? upper];
  if (mix === undefined) {
    throw new LlamaError(
      "option",
      `There is no type ${printable(typeName)} to quantize to; choose one of ${QUANTIZE_TYPES.join(", ")}.`,
    );
  }
  const config = readConfig(file.metadata);
  const weights = findWeights(file, config);
  const isTied = weights.output === weights.tokenEmbedding;
  const tensors = file.tensors.map((source): PlannedTensor => {
    const name = typeInMix(mix, source, config, isTied);
    const type = findTensorTypeByName(name);
    if (type === undefined) throw new RangeError(`there is no tensor type ${name}`);
    return { name: source.name, source, type, dims: source.dims };
  });
  const kept = [...file.metadata].filter(([key]) => !key.startsWith("split.") && key !== "general.alignment");
  const metadata = new Map<string, MetadataEntry>(kept);
  metadata.set("general.quantization_version", { type: "u32", value: 2 });
  metadata.set("general.file_type", { type: "u32", value: mix.fileType });
  return { tensors, metadata };
}
