import { findTensorTypeByName } from "#dist/gguf/format.js";
import type { MetadataEntry } from "#dist/gguf/metadata.js";
import { type TensorToWrite, writeGguf } from "#dist/gguf/writer.js";
import { encode } from "#dist/quantize/encode.js";
import type { Parameter, ParameterLayout } from "./parameters.js";
import type { Shape } from "./shape.js";
import { type Piece, vocabularyMetadata } from "./vocabulary.js";

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
): void {
  writeGguf(
    path,
    {
      metadata: [...modelMetadata(layout.shape, type), ...vocabularyMetadata(pieces)],
      tensors: [...tensorsOf(layout, values, type)],
    },
    { force: true },
  );
}

function modelMetadata(shape: Shape, type: ExportType): [string, MetadataEntry][] {
  const u32 = (value: number): MetadataEntry => ({ type: "u32", value });
  const text = (value: string): MetadataEntry => ({ type: "string", value });
  return [
    ["general.architecture", text("llama")],
    ["general.name", text("Tiny Llama of the llama2 package")],
    ["general.license", text("mit")],
    ["general.file_type", u32(EXPORT_TYPES[type])],
    ["llama.context_length", u32(shape.contextLength)],
    ["llama.embedding_length", u32(shape.dim)],
    ["llama.block_count", u32(shape.layers)],
    ["llama.feed_forward_length", u32(shape.hiddenDim)],
    ["llama.attention.head_count", u32(shape.heads)],
    ["llama.attention.head_count_kv", u32(shape.kvHeads)],
    ["llama.rope.dimension_count", u32(shape.headSize)],
    ["llama.rope.freq_base", { type: "f32", value: shape.ropeTheta }],
    ["llama.attention.layer_norm_rms_epsilon", { type: "f32", value: shape.normEpsilon }],
    ["tokenizer.chat_template", text(CHAT_TEMPLATE)],
  ];
}

/** What the trainer keeps as one matrix, GGUF keeps as several: names, and how the rows are dealt. */
function partsOf({ name, layer }: Parameter, shape: Shape): readonly (readonly [name: string, rows: number])[] {
  const block = `blk.${layer}`;
  const { dim, hiddenDim, heads, kvHeads, headSize, vocabularySize } = shape;
  const parts: Record<Parameter["name"], readonly (readonly [string, number])[]> = {
    embedding: [["token_embd.weight", vocabularySize]],
    outputNorm: [["output_norm.weight", 1]],
    attentionNorm: [[`${block}.attn_norm.weight`, 1]],
    qkv: [
      [`${block}.attn_q.weight`, heads * headSize],
      [`${block}.attn_k.weight`, kvHeads * headSize],
      [`${block}.attn_v.weight`, kvHeads * headSize],
    ],
    output: [[`${block}.attn_output.weight`, dim]],
    hiddenNorm: [[`${block}.ffn_norm.weight`, 1]],
    gateUp: [
      [`${block}.ffn_gate.weight`, hiddenDim],
      [`${block}.ffn_up.weight`, hiddenDim],
    ],
    down: [[`${block}.ffn_down.weight`, dim]],
  };
  return parts[name];
}

function* tensorsOf(layout: ParameterLayout, values: Float32Array, typeName: ExportType): Generator<TensorToWrite> {
  for (const parameter of layout.all) {
    const { columns, isMatrix } = parameter;
    const type = findTensorTypeByName(isMatrix ? typeName : "F32");
    if (type === undefined) throw new RangeError(`there is no tensor type ${typeName}`);
    let { offset } = parameter;
    for (const [name, rows] of partsOf(parameter, layout.shape)) {
      const part = values.slice(offset, offset + rows * columns);
      yield { name, type, dims: isMatrix ? [columns, rows] : [columns], data: encode(type, part) };
      offset += rows * columns;
    }
  }
}
