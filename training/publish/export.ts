import { findTensorTypeByName } from "#dist/gguf/format.js";
import type { MetadataEntry } from "#dist/gguf/metadata.js";
import { type TensorToWrite, writeGguf } from "#dist/gguf/writer.js";
import { architectureNamed } from "#dist/model/architectures.js";
import { hyperparameterEntries } from "#dist/model/hyperparameters.js";
import { type LayerRole, type ModelRole, tensorsOf } from "#dist/model/tensors.js";
import { encode } from "#dist/quantize/encode.js";
import { type Piece, vocabularyMetadata } from "../data/vocabulary.js";
import type { ParameterLayout, ParameterName } from "../network/parameters.js";
import type { Shape } from "../network/shape.js";

/** Types that the model is written in, with their `general.file_type`. */
export const EXPORT_TYPES = { F32: 0, Q8_0: 7, Q4_0: 2 } as const;
export type ExportType = keyof typeof EXPORT_TYPES;

/** Llama 2's format of dialogues, without a system prompt of its own. */
const CHAT_TEMPLATE = `{% if messages[0]['role'] == 'system' %}{% set system = '<<SYS>>\\n' + messages[0]['content'] + '\\n<</SYS>>\\n\\n' %}{% set turns = messages[1:] %}{% else %}{% set system = '' %}{% set turns = messages %}{% endif %}{% for message in turns %}{% if message['role'] == 'user' %}{{ bos_token + '[INST] ' + (system if loop.first else '') + message['content'].strip() + ' [/INST]' }}{% else %}{{ ' ' + message['content'].strip() + ' ' + eos_token }}{% endif %}{% endfor %}`;

/** Writes the parameters as a GGUF file of the architecture `llama`; norms stay F32. */
export function exportModel(
  path: string,
  layout: ParameterLayout,
  values: Float32Array,
  pieces: readonly Piece[],
  type: ExportType,
  name = "Tiny Llama of the llama2 package",
  more: readonly [string, MetadataEntry][] = [],
): void {
  writeGguf(
    path,
    {
      metadata: [...modelMetadata(layout.shape, type, name), ...more, ...vocabularyMetadata(pieces)],
      tensors: [...tensorsToWrite(layout, values, type)],
    },
    { force: true },
  );
}

export function modelMetadata(shape: Shape, type: ExportType, name: string): [string, MetadataEntry][] {
  const text = (value: string): MetadataEntry => ({ type: "string", value });
  const { contextLength, dim, layers, hiddenDim, heads, kvHeads, headSize, ropeTheta, normEpsilon } = shape;
  return [
    ["general.name", text(name)],
    ["general.license", text("mit")],
    ["general.file_type", { type: "u32", value: EXPORT_TYPES[type] }],
    ...hyperparameterEntries(architectureNamed("llama"), {
      contextLength,
      dim,
      layers,
      hiddenDim,
      heads,
      kvHeads,
      ropeDims: headSize,
      ropeBase: ropeTheta,
      normEpsilon,
    }),
    ["tokenizer.chat_template", text(CHAT_TEMPLATE)],
  ];
}

/** What the trainer keeps as one matrix, GGUF keeps as several, one below the other. */
export const ROLES: Readonly<Record<ParameterName, readonly (LayerRole | ModelRole)[]>> = {
  embedding: ["tokenEmbedding"],
  outputNorm: ["outputNorm"],
  attentionNorm: ["attentionNorm"],
  qkv: ["query", "key", "value"],
  output: ["attentionOutput"],
  hiddenNorm: ["feedForwardNorm"],
  gateUp: ["gate", "up"],
  down: ["down"],
  // A head has no role among a language model's tensors; reward models add their own.
  head: [],
};

/** All but heads: the output matrix is the embedding. */
export function* tensorsToWrite(
  layout: ParameterLayout,
  values: Float32Array,
  typeName: ExportType,
): Generator<TensorToWrite> {
  const tensors = tensorsOf({ ...layout.shape, tied: true });
  for (const parameter of layout.all) {
    const type = findTensorTypeByName(parameter.isMatrix ? typeName : "F32");
    if (type === undefined) throw new RangeError(`there is no tensor type ${typeName}`);
    let { offset } = parameter;
    for (const role of ROLES[parameter.name]) {
      const layer = parameter.layer < 0 ? undefined : parameter.layer;
      const tensor = tensors.find((other) => other.role === role && other.layer === layer);
      if (tensor === undefined) throw new RangeError(`there is no tensor for ${role} of layer ${layer}`);
      const { name, dims } = tensor;
      const count = dims.reduce((product, dim) => product * dim, 1);
      yield { name, type, dims, data: encode(type, values.slice(offset, offset + count)) };
      offset += count;
    }
  }
}
