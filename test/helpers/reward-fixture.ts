import type { MetadataEntry } from "#dist/gguf/metadata.js";
import type { TensorToWrite } from "#dist/gguf/writer.js";
import { encodeValues } from "./encode-values.js";
import {
  FIXTURE_TOKENS,
  type FixtureModel,
  type FixtureShape,
  fixtureModel,
  text,
  typeNamed,
  u32,
} from "./model-fixture.js";
import { seededNormals } from "./random.js";
import { ScalarModel } from "./scalar-model.js";

/** How a question and its answer are written for the fixtures; all of it has tokens there. */
export const PAIR_TEMPLATE = "<s>query {query} document {document}</s>";

/** What the fixture of a reward model has. */
export interface RewardShape extends Partial<FixtureShape> {
  /** A head of its own, or rows of the output matrix. */
  readonly form?: "classifier" | "rows";
  readonly labels?: readonly string[];
  readonly hasBias?: boolean;
  readonly hasPooler?: boolean;
}

/** A small seeded reward model: a body, and a head drawn behind it. */
export function rewardFixture(shape: RewardShape = {}): FixtureModel {
  const { form = "classifier", labels = ["helpfulness"], hasBias = false, hasPooler = false, ...body } = shape;
  const model = fixtureModel({
    layers: 3,
    ...body,
    tied: true,
    metadata: {
      "tokenizer.chat_template.rerank": text(PAIR_TEMPLATE),
      "llama.classifier.output_labels": { type: "array", elementType: "string", value: [...labels] } as MetadataEntry,
      ...(form === "classifier" ? { "llama.pooling_type": u32(4) } : {}),
      ...body.metadata,
    },
  });
  const { dim } = model.shape;
  const normal = seededNormals(99);
  const values = new Map(model.values);
  const tensors: TensorToWrite[] = [...model.tensors];
  const add = (name: string, dims: readonly number[], draw: (index: number) => number) => {
    const count = dims.reduce((product, n) => product * n, 1);
    const encoded = encodeValues(
      typeNamed("F32"),
      Float64Array.from({ length: count }, (_, index) => draw(index)),
    );
    tensors.push({ name, type: typeNamed("F32"), dims, data: encoded.bytes });
    values.set(name, encoded.values);
  };
  if (form === "rows") add("output.weight", [dim, FIXTURE_TOKENS.length], (index) => (index < dim ? normal() : 0));
  else {
    add("cls.output.weight", [dim, labels.length], normal);
    if (hasBias) add("cls.output.bias", [labels.length], normal);
    if (hasPooler) add("cls.weight", [dim, dim], () => normal() / 8);
    if (hasPooler && hasBias) add("cls.bias", [dim], normal);
  }
  return { ...model, tensors, values };
}

/** What a reward model gives, in float64. */
export function scalarOutputs(model: FixtureModel, ids: readonly number[]): number[] {
  const scalar = new ScalarModel(model);
  const states = ids.map((id) => scalar.hidden(id));
  const last = states.at(-1) ?? [];
  const head = model.values.get("cls.output.weight");
  if (head === undefined) {
    const rows = model.values.get("output.weight") ?? new Float64Array();
    return [product(rows, undefined, last)[0] as number];
  }
  const pooler = model.values.get("cls.weight");
  const state = pooler === undefined ? last : product(pooler, model.values.get("cls.bias"), last).map(Math.tanh);
  return product(head, model.values.get("cls.output.bias"), state);
}

function product(matrix: Float64Array, bias: Float64Array | undefined, x: readonly number[]): number[] {
  return Array.from({ length: matrix.length / x.length }, (_, row) =>
    x.reduce((sum, value, i) => sum + value * (matrix[row * x.length + i] ?? 0), bias?.[row] ?? 0),
  );
}
