import { LlamaError, printable } from "../errors.js";
import { findTensorTypeByName, type TensorType } from "../gguf/format.js";
import { Metadata, type MetadataEntry } from "../gguf/metadata.js";
import { readConfig } from "../model/config.js";
import { expertTensorName, type ModelTensor, modelTensorName, tensorsOf } from "../model/tensors.js";
import type { PlaceOptions } from "../model-place.js";
import { type Mix, typeInMix } from "../quantize/mixes.js";
import type { StoredMatrix } from "../quantize/piece.js";
import { type ConversionOptions, type ConvertedTensor, writeConverted } from "../quantize/write-converted.js";
import { readVocabulary } from "../tokenizer/read-vocabulary.js";
import type { Checkpoint } from "./checkpoint.js";
import { readSource } from "./source.js";
import { conversionMix } from "./types.js";

/** How to convert a model. */
export interface ConvertOptions extends ConversionOptions, PlaceOptions {
  /** One of `CONVERT_TYPES` in any case; by default the type that most weights have, which loses nothing. */
  readonly type?: string | undefined;
  /** Of a llama2.c checkpoint: its tokenizer, by default `tokenizer.bin` beside it. */
  readonly tokenizer?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Converts a model to GGUF: a folder with safetensors and a tokenizer as Hugging Face's transformers write it,
 * `hf:OWNER/REPO`, or a checkpoint of llama2.c. All cores convert, each with a few hundred thousand values in memory at
 * a time; the output appears when it is whole.
 * @param source a folder, a `.bin` file, or `hf:OWNER/REPO[@REVISION]`
 * @throws LlamaError `not-found` for missing files, `unsupported` for other architectures and pickles, `format` and
 *   `model` for damaged or contradictory files, `numeric` for NaN and infinity, `option`, `exists`, `unwritable`; of a
 *   download `network`, `access`, `integrity`
 */
export async function convertModel(source: string, output: string, options: ConvertOptions = {}): Promise<void> {
  if (options.type !== undefined) conversionMix(options.type); // before a long download
  const { tokenizer, offline, hfToken, cacheFolder, onDownload: onProgress, onNotice, signal } = options;
  const hub = { offline, hfToken, cacheFolder, onProgress, onNotice, signal };
  await convertCheckpoint(await readSource(source, tokenizer, hub), output, options);
}

/**
 * The second half of {@link convertModel}, of what was read already.
 * @throws LlamaError `model` where the tensors are not those of the metadata; as `writeConverted`
 */
export async function convertCheckpoint(
  checkpoint: Checkpoint,
  output: string,
  options: ConversionOptions & Pick<ConvertOptions, "type">,
): Promise<void> {
  const mix = conversionMix(options.type ?? usualType(checkpoint));
  await writeConverted(output, planConversion(checkpoint, mix), options);
}

const F32 = findTensorTypeByName("F32") as TensorType;

/** What a checkpoint becomes. @throws LlamaError `model` where its tensors are not those of its metadata */
export function planConversion(checkpoint: Checkpoint, mix: Mix) {
  const entries = new Map<string, MetadataEntry>(checkpoint.metadata);
  entries.set("general.file_type", { type: "u32", value: mix.fileType });
  entries.set("general.quantization_version", { type: "u32", value: 2 });
  const metadata = new Metadata(entries);
  const config = readConfig(metadata);
  readVocabulary(metadata);
  const { isTied, biases } = checkpoint;
  const expected = tensorsOf({ ...config, tied: isTied, biases });
  const unused = new Set(checkpoint.tensors.keys());
  const tensors = expected.map((tensor): ConvertedTensor => {
    const use = (name: string) => unused.delete(name);
    return planTensor(checkpoint, tensor, use, (name, dims) =>
      typeInMix(mix, { name, dims, type: F32 }, config, isTied),
    );
  });
  const [other] = unused;
  if (other !== undefined) {
    const layers = `the ${config.layers} layers of the model`;
    const beyond = config.experts === 0 ? layers : `${layers}, or the ${config.experts} experts of a layer`;
    throw new LlamaError("model", `Tensor ${printable(other)} is beyond ${beyond}.`);
  }
  const factors = checkpoint.ropeFactors;
  if (factors !== undefined) {
    const bytes = new Uint8Array(factors.buffer, factors.byteOffset, factors.byteLength);
    tensors.unshift({ name: modelTensorName("ropeFactors"), source: { bytes }, type: F32, dims: [factors.length] });
  }
  return { metadata: entries, tensors, inputs: checkpoint.inputs };
}

function planTensor(
  { tensors }: Checkpoint,
  { name, dims, role, layer = 0, isMatrix }: ModelTensor,
  used: (name: string) => void,
  typeOf: (name: string, dims: readonly number[]) => TensorType,
): ConvertedTensor {
  const [columns = 1, rows = 1, experts] = dims;
  const find = (name: string): StoredMatrix => {
    used(name);
    const source = tensors.get(name);
    if (source === undefined) {
      throw new LlamaError(
        "model",
        `Tensor ${name} is missing; one of ${rows} rows of ${columns} values was expected.`,
      );
    }
    const isVector = dims.length === 1 && source.rows * source.columns === columns;
    if (isVector || (source.rows === rows && source.columns === columns)) return source;
    throw new LlamaError(
      "model",
      `Tensor ${name} has ${source.rows} rows of ${source.columns} values, but ${rows} rows of ${columns} were expected.`,
    );
  };
  const type = isMatrix ? typeOf(name, dims) : F32;
  if (experts === undefined) return { name, source: find(name), type, dims };
  // What is one tensor in a GGUF file, other programs have apart.
  const own = role.replace("Experts", "") as "gate" | "up" | "down";
  const parts = Array.from({ length: experts }, (_, expert) => find(expertTensorName(own, layer, expert)));
  return { name, source: { parts }, type, dims };
}

/** The type that most values have. */
function usualType({ tensors }: Checkpoint): string {
  const counts = new Map<string, number>();
  for (const { type, rows, columns } of tensors.values()) {
    counts.set(type.name, (counts.get(type.name) ?? 0) + rows * columns);
  }
  return [...counts].reduce((a, b) => (b[1] > a[1] ? b : a), ["F16", 0] as [string, number])[0];
}
