/** The tensors of a model by their role in the network: their names in GGUF files, and their shapes. */

/** What shapes are made of; a ModelConfig has it all. */
export interface ModelSizes {
  readonly dim: number;
  readonly hiddenDim: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headSize: number;
  readonly vocabularySize: number;
}

/** One tensor, or one of each layer. */
export interface TensorRow {
  /** In the file, without `blk.N.` and `.weight`. */
  readonly name: string;
  /** As in the file: of a matrix W (rows, columns) it is [columns, rows]. */
  readonly dims: (sizes: ModelSizes) => readonly number[];
  readonly isMatrix: boolean;
}

type Size = (sizes: ModelSizes) => number;

const vector = (name: string, length: Size): TensorRow => ({
  name,
  dims: (sizes) => [length(sizes)],
  isMatrix: false,
});
const matrix = (name: string, rows: Size, columns: Size): TensorRow => ({
  name,
  dims: (sizes) => [columns(sizes), rows(sizes)],
  isMatrix: true,
});

const dim: Size = (sizes) => sizes.dim;
const hiddenDim: Size = (sizes) => sizes.hiddenDim;
const queryDim: Size = ({ heads, headSize }) => heads * headSize;
const kvDim: Size = ({ kvHeads, headSize }) => kvHeads * headSize;
const vocabulary: Size = (sizes) => sizes.vocabularySize;

/** Those of every layer, in the order in which files have them. */
export const LAYER_TENSORS = {
  attentionNorm: vector("attn_norm", dim),
  query: matrix("attn_q", queryDim, dim),
  key: matrix("attn_k", kvDim, dim),
  value: matrix("attn_v", kvDim, dim),
  attentionOutput: matrix("attn_output", dim, queryDim),
  feedForwardNorm: vector("ffn_norm", dim),
  gate: matrix("ffn_gate", hiddenDim, dim),
  up: matrix("ffn_up", hiddenDim, dim),
  down: matrix("ffn_down", dim, hiddenDim),
};
export type LayerRole = keyof typeof LAYER_TENSORS;

/** Those of the model as a whole. */
export const MODEL_TENSORS = {
  tokenEmbedding: matrix("token_embd", vocabulary, dim),
  outputNorm: vector("output_norm", dim),
  /** Missing where the token embedding serves for it. */
  output: matrix("output", vocabulary, dim),
  /** Llama 3.1's factors on the RoPE frequencies; missing elsewhere. */
  ropeFactors: vector("rope_freqs", ({ headSize }) => headSize / 2),
};
export type ModelRole = keyof typeof MODEL_TENSORS;

/** A tensor that a model has. */
export interface ModelTensor {
  readonly role: LayerRole | ModelRole;
  /** Undefined where it is none of a layer. */
  readonly layer: number | undefined;
  readonly name: string;
  readonly dims: readonly number[];
  readonly isMatrix: boolean;
}

export function layerTensorName(role: LayerRole, layer: number): string {
  return `blk.${layer}.${LAYER_TENSORS[role].name}.weight`;
}

export function modelTensorName(role: ModelRole): string {
  return `${MODEL_TENSORS[role].name}.weight`;
}

/** What part a tensor has, by its name in the file; undefined for names of no role. */
export function roleOf(name: string): Pick<ModelTensor, "role" | "layer"> | undefined {
  const [, layer, own] = /^(?:blk\.(\d+)\.)?(\w+)\.weight$/.exec(name) ?? [];
  const rows = layer === undefined ? MODEL_TENSORS : LAYER_TENSORS;
  const role = (Object.keys(rows) as (LayerRole | ModelRole)[]).find(
    (key) => (rows as Readonly<Record<string, TensorRow>>)[key]?.name === own,
  );
  return role && { role, layer: layer === undefined ? undefined : Number(layer) };
}

/** Every tensor of a model without RoPE factors, in the order in which files have them. */
export function tensorsOf(sizes: ModelSizes & { readonly layers: number; readonly tied: boolean }): ModelTensor[] {
  const ofModel = (role: ModelRole): ModelTensor => {
    const { dims, isMatrix } = MODEL_TENSORS[role];
    return { role, layer: undefined, name: modelTensorName(role), dims: dims(sizes), isMatrix };
  };
  const ofLayer = (layer: number) =>
    Object.entries(LAYER_TENSORS).map(([key, { dims, isMatrix }]): ModelTensor => {
      const role = key as LayerRole;
      return { role, layer, name: layerTensorName(role, layer), dims: dims(sizes), isMatrix };
    });
  return [
    ofModel("tokenEmbedding"),
    ...Array.from({ length: sizes.layers }, (_, layer) => ofLayer(layer)).flat(),
    ofModel("outputNorm"),
    ...(sizes.tied ? [] : [ofModel("output")]),
  ];
}
