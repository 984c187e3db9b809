import { setImmediate } from "node:timers/promises";
import { LlamaError, printable } from "../errors.js";
import { AtomicFile } from "../files/atomic-file.js";
import { FileSource } from "../files/source.js";
import type { GgufFile } from "../gguf/file.js";
import { toFloats } from "../gguf/floats.js";
import { findTensorTypeByName, type TensorType, tensorBytes } from "../gguf/format.js";
import type { MetadataEntry } from "../gguf/metadata.js";
import { openGguf } from "../gguf/open.js";
import type { TensorInfo } from "../gguf/tensors.js";
import { encodeHead } from "../gguf/writer.js";
import { readConfig } from "../model/config.js";
import { findWeights } from "../model/weights.js";
import { encode } from "./encode.js";
import { MIX_ALIASES, MIXES, typeInMix } from "./mixes.js";

/** Values converted between two looks at the signal: some tens of milliseconds. */
const STRETCH = 1 << 17;

/** How to convert a file. */
export interface QuantizeOptions {
  /** Called after every stretch with the part that is done, 0 to 1. */
  readonly onProgress?: ((done: number) => void) | undefined;
  /** Ends the conversion and leaves nothing behind; the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Names that {@link quantizeFile} takes, without regard to case. */
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
 * @throws LlamaError `option` for an unknown type, `unsupported` for a file that is quantised already, and what
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
  const target = new AtomicFile(output);
  try {
    target.write(encodeHead({ metadata, tensors }));
    let done = 0;
    for (const tensor of tensors) {
      for await (const bytes of converted(tensor)) {
        options.signal?.throwIfAborted();
        target.write(bytes.data);
        done += bytes.read;
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
      `The type ${printable(typeName)} is not one of those that can be made: ${QUANTIZE_TYPES.join(", ")}.`,
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

/** A tensor's new bytes, stretch by stretch, padded at the end as the format wants. */
async function* converted({ source, type }: PlannedTensor): AsyncGenerator<{ data: Uint8Array; read: number }> {
  const from = new FileSource(source.path);
  try {
    const count = (source.bytes / source.type.blockBytes) * source.type.blockSize;
    for (let start = 0; start < count; start += STRETCH) {
      await setImmediate(); // lets a signal or a spinner have its turn
      const values = Math.min(STRETCH, count - start);
      const bytes = new Uint8Array(tensorBytes(source.type, values));
      if (from.read(bytes, source.offset + tensorBytes(source.type, start)) < bytes.length) {
        throw new LlamaError("format", `${printable(source.path, 256)} ended while it was read; fetch it again.`);
      }
      const data = source.type === type ? bytes : encode(type, toFloats(source.type, bytes));
      yield { data, read: bytes.length };
    }
    yield { data: new Uint8Array(-tensorBytes(type, count) & 31), read: 0 };
  } finally {
    from.close();
  }
}
