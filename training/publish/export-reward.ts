import { findTensorTypeByName } from "#dist/gguf/format.js";
import type { MetadataEntry } from "#dist/gguf/metadata.js";
import { type TensorToWrite, writeGguf } from "#dist/gguf/writer.js";
import { encode } from "#dist/quantize/encode.js";
import type { Piece } from "../data/vocabulary.js";
import { vocabularyMetadata } from "../data/vocabulary.js";
import type { ParameterLayout } from "../network/parameters.js";
import { type ExportType, modelMetadata, tensorsToWrite } from "./export.js";

/**
 * How the head is kept. `classifier`: as `cls.output.weight`, where llama.cpp's pooling RANK has it. `rows`: as the
 * first row of an output matrix that is 0 below, so that the score is logit 0 less logit 1 behind the answer's EOS, in
 * every program that runs Llama files.
 */
export type RewardForm = "classifier" | "rows";

export interface RewardDescription {
  readonly name: string;
  /** What the score is of: `helpfulness`. */
  readonly label: string;
  /** Of its scores on the answers that it was made with. */
  readonly mean: number;
  readonly std: number;
  /** Of a safety model: below this the sigmoid of a score means unsafe. */
  readonly unsafeBelow?: number;
}

/** llama.cpp's number of the pooling RANK. */
const RANK = 4;
/** What the trainer reads of a question and its answer, with BOS before it. */
const PAIR_TEMPLATE = "<s>[INST] {query} [/INST] {document} </s>";

/** Writes a network with a scalar head as a GGUF file of the architecture `llama`; the head stays F32. */
export function exportReward(
  path: string,
  layout: ParameterLayout,
  values: Float32Array,
  pieces: readonly Piece[],
  { form, type, ...description }: RewardDescription & { readonly form: RewardForm; readonly type: ExportType },
): void {
  const { offset, columns } = layout.get("head");
  const head = values.slice(offset, offset + columns);
  writeGguf(
    path,
    {
      metadata: [
        ...modelMetadata(layout.shape, type, description.name),
        ...rewardMetadata(description, form),
        ...vocabularyMetadata(pieces),
      ],
      tensors: [...tensorsToWrite(layout, values, type), headTensor(form, head, layout.shape.vocabularySize)],
    },
    { force: true },
  );
}

function rewardMetadata(
  { label, mean, std, unsafeBelow }: RewardDescription,
  form: RewardForm,
): [string, MetadataEntry][] {
  const number = (value: number): MetadataEntry => ({ type: "f32", value });
  const pooling: [string, MetadataEntry][] = [["llama.pooling_type", { type: "u32", value: RANK }]];
  return [
    // With rows there is nothing to pool: the file is to run as any other does.
    ...(form === "classifier" ? pooling : []),
    ["llama.classifier.output_labels", { type: "array", elementType: "string", value: [label] }],
    ["tokenizer.chat_template.rerank", { type: "string", value: PAIR_TEMPLATE }],
    ["reward.mean", number(mean)],
    ["reward.std", number(std)],
    ...(unsafeBelow === undefined ? [] : [["reward.unsafe_below", number(unsafeBelow)] as [string, MetadataEntry]]),
  ];
}

function headTensor(form: RewardForm, head: Float32Array, vocabularySize: number): TensorToWrite {
  const type = findTensorTypeByName("F32");
  if (type === undefined) throw new RangeError("there is no tensor type F32");
  const rows = form === "classifier" ? 1 : vocabularySize;
  const values = new Float32Array(rows * head.length);
  values.set(head);
  const name = form === "classifier" ? "cls.output.weight" : "output.weight";
  return { name, type, dims: [head.length, rows], data: encode(type, values) };
}
