import {
  type BiasGroup,
  expertTensorName,
  LAYER_TENSORS,
  type LayerRole,
  layerTensorName,
  type ModelRole,
  type ModelTensor,
  modelTensorName,
  type TensorPart,
  type TensorRow,
} from "../../model/tensors.js";

const MODEL_NAMES: Readonly<Record<string, ModelRole>> = {
  "model.embed_tokens.weight": "tokenEmbedding",
  "model.norm.weight": "outputNorm",
  "lm_head.weight": "output",
};

const LAYER_NAMES: Readonly<Record<string, LayerRole>> = {
  input_layernorm: "attentionNorm",
  "self_attn.q_proj": "query",
  "self_attn.k_proj": "key",
  "self_attn.v_proj": "value",
  "self_attn.o_proj": "attentionOutput",
  post_attention_layernorm: "feedForwardNorm",
  "mlp.gate_proj": "gate",
  "mlp.up_proj": "up",
  "mlp.down_proj": "down",
  "block_sparse_moe.gate": "router",
};

/** Mixtral's names of the matrices of an expert. */
const EXPERT_NAMES: Readonly<Record<string, "gate" | "up" | "down">> = { w1: "gate", w2: "down", w3: "up" };

/** What old files have and nobody reads: it repeats what config.json says. */
const IGNORED = /^model\.layers\.\d+\.self_attn\.rotary_emb\.inv_freq$/;

export function isIgnored(name: string): boolean {
  return IGNORED.test(name);
}

/**
 * A tensor's name in GGUF files and its role, by its name in Hugging Face's; undefined where a Llama has no such
 * tensor. An expert's matrix has the name of one that is a tensor of its own.
 */
export function ggufName(name: string): Pick<ModelTensor, "name" | "role" | "part"> | undefined {
  if (Object.hasOwn(MODEL_NAMES, name)) {
    const role = MODEL_NAMES[name] as ModelRole;
    return { name: modelTensorName(role), role, part: "weight" };
  }
  const expert =
    /^model\.layers\.(0|[1-9]\d{0,3})\.block_sparse_moe\.experts\.(0|[1-9]\d{0,3})\.(w[123])\.weight$/.exec(name);
  if (expert !== null) {
    const role = EXPERT_NAMES[expert[3] ?? ""] as "gate" | "up" | "down";
    return { name: expertTensorName(role, Number(expert[1]), Number(expert[2])), role, part: "weight" };
  }
  const [, layer, own = "", part] = /^model\.layers\.(0|[1-9]\d{0,3})\.(.+)\.(weight|bias)$/.exec(name) ?? [];
  if (layer === undefined || !Object.hasOwn(LAYER_NAMES, own)) return undefined;
  const role = LAYER_NAMES[own] as LayerRole;
  if (part === "bias" && biasGroupOf(role) === undefined) return undefined;
  return { name: layerTensorName(role, Number(layer), part as TensorPart), role, part: part as TensorPart };
}

/** The group of biases that a matrix's bias is of; undefined for what has none in any Llama. */
export function biasGroupOf(role: LayerRole | ModelRole): BiasGroup | undefined {
  return (LAYER_TENSORS as Readonly<Record<string, TensorRow>>)[role]?.biasGroup;
}
