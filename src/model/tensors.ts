/** The tensors of a model by their role in the network: their names in GGUF files, and their shapes. */

/** What shapes are made of; a ModelConfig has it all. */
export interface ModelSizes {
  readonly dim: number;
  readonly hiddenDim: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headSize: number;
  readonly vocabularySize: number;
  /** Of a mixture, which has as many feed-forward networks in a layer; 0, the default, is one for all tokens. */
  readonly experts?: number;
}

/** One tensor, or one of each layer. */
export interface TensorRow {
  /** In the file, without `blk.N.` and `.weight`. */
  readonly name: string;
  /** As in the file: of a matrix W (rows, columns) it is [columns, rows]. */
  readonly dims: (sizes: ModelSizes) => readonly number[];
  readonly isMatrix: boolean;
  /** Of a matrix that may have a bias: with which others it has one. */
  readonly biasGroup?: BiasGroup;
  /** Which feed-forward networks have it; by default it is none of theirs. */
  readonly of?: "dense" | "mixture";
}

/** Llamas that have biases have all of a group; few have any. */
export type BiasGroup = "attention" | "feedForward";

type Size = (sizes: ModelSizes) => number;

const vector = (name: string, length: Size): TensorRow => ({
  name,
  dims: (sizes) => [length(sizes)],
  isMatrix: false,
});
const matrix = (name: string, rows: Size, columns: Size, biasGroup?: BiasGroup): TensorRow => ({
  name,
  dims: (sizes) => [columns(sizes), rows(sizes)],
  isMatrix: true,
  ...(biasGroup === undefined ? {} : { biasGroup }),
});

/** A matrix of each expert, one below the other. */
const experts = (row: TensorRow): TensorRow => ({
  name: `${row.name}_exps`,
  dims: (sizes) => [...row.dims(sizes), expertCount(sizes)],
  isMatrix: true,
  of: "mixture",
});

const expertCount: Size = (sizes) => sizes.experts ?? 0;
const dim: Size = (sizes) => sizes.dim;
const hiddenDim: Size = (sizes) => sizes.hiddenDim;
const queryDim: Size = ({ heads, headSize }) => heads * headSize;
const kvDim: Size = ({ kvHeads, headSize }) => kvHeads * headSize;
const vocabulary: Size = (sizes) => sizes.vocabularySize;

const GATE: TensorRow = { ...matrix("ffn_gate", hiddenDim, dim, "feedForward"), of: "dense" };
const UP: TensorRow = { ...matrix("ffn_up", hiddenDim, dim, "feedForward"), of: "dense" };
const DOWN: TensorRow = { ...matrix("ffn_down", dim, hiddenDim, "feedForward"), of: "dense" };

/** Those of every layer, in the order in which files have them. */
export const LAYER_TENSORS = {
  attentionNorm: vector("attn_norm", dim),
  query: matrix("attn_q", queryDim, dim, "attention"),
  key: matrix("attn_k", kvDim, dim, "attention"),
  value: matrix("attn_v", kvDim, dim, "attention"),
  attentionOutput: matrix("attn_output", dim, queryDim, "attention"),
  feedForwardNorm: vector("ffn_norm", dim),
  gate: GATE,
  up: UP,
  down: DOWN,
  router: { ...matrix("ffn_gate_inp", expertCount, dim), of: "mixture" } as TensorRow,
  gateExperts: experts(GATE),
  upExperts: experts(UP),
  downExperts: experts(DOWN),
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
  readonly part: TensorPart;
  /** Undefined where it is none of a layer. */
  readonly layer: number | undefined;
  readonly name: string;
  readonly dims: readonly number[];
  readonly isMatrix: boolean;
}

export function layerTensorName(role: LayerRole, layer: number, part: TensorPart = "weight"): string {
  return `blk.${layer}.${LAYER_TENSORS[role].name}.${part}`;
}

/** The name of one expert's matrix where a file has them apart, as older ones do. */
export function expertTensorName(role: "gate" | "up" | "down", layer: number, expert: number): string {
  return `blk.${layer}.${LAYER_TENSORS[role].name}.${expert}.weight`;
}

/** A matrix has its weights, and may have a bias for each of its rows. */
export type TensorPart = "weight" | "bias";

/** The bias of a matrix: a value a row. */
export function biasRow({ name, dims }: TensorRow): TensorRow {
  return vector(name, (sizes) => dims(sizes)[1] ?? 1);
}

export function modelTensorName(role: ModelRole): string {
  return `${MODEL_TENSORS[role].name}.weight`;
}

/** What role a matrix or a norm has, by its name in the file; undefined for names of no role, and for biases. */
export function roleOf(name: string): Pick<ModelTensor, "role" | "layer"> | undefined {
  const [, layer, own, expert] = /^(?:blk\.(\d+)\.)?(\w+?)(?:\.(\d+))?\.weight$/.exec(name) ?? [];
  if (expert !== undefined && !/^ffn_(?:gate|up|down)$/.test(own ?? "")) return undefined;
  const rows = layer === undefined ? MODEL_TENSORS : LAYER_TENSORS;
  const role = (Object.keys(rows) as (LayerRole | ModelRole)[]).find(
    (key) => (rows as Readonly<Record<string, TensorRow>>)[key]?.name === own,
  );
  return role && { role, layer: layer === undefined ? undefined : Number(layer) };
}

/** What says which tensors a model has. */
export interface TensorSet extends ModelSizes {
  readonly layers: number;
  /** Whether the token embedding is the output's matrix too. */
  readonly tied: boolean;
  /** The matrices that have biases; by default none. */
  readonly biases?: readonly BiasGroup[] | undefined;
}

/** Every tensor of a model without RoPE factors, in the order in which files have them. */
export function tensorsOf(sizes: TensorSet): ModelTensor[] {
  const ofModel = (role: ModelRole): ModelTensor => {
    const { dims, isMatrix } = MODEL_TENSORS[role];
    return { role, part: "weight", layer: undefined, name: modelTensorName(role), dims: dims(sizes), isMatrix };
  };
  const other = expertCount(sizes) > 0 ? "dense" : "mixture";
  const rows = Object.entries<TensorRow>(LAYER_TENSORS).filter(([, row]) => row.of !== other);
  const ofLayer = (layer: number) =>
    rows.flatMap(([key, row]): ModelTensor[] => {
      const role = key as LayerRole;
      const tensor = (part: TensorPart, { dims, isMatrix }: TensorRow): ModelTensor => {
        return { role, part, layer, name: layerTensorName(role, layer, part), dims: dims(sizes), isMatrix };
      };
      const hasBias = row.biasGroup !== undefined && sizes.biases?.includes(row.biasGroup);
      return [tensor("weight", row), ...(hasBias ? [tensor("bias", biasRow(row))] : [])];
    });
  return [
    ofModel("tokenEmbedding"),
    ...Array.from({ length: sizes.layers }, (_, layer) => ofLayer(layer)).flat(),
    ofModel("outputNorm"),
    ...(sizes.tied ? [] : [ofModel("output")]),
  ];
}
