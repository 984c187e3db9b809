import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findTensorTypeByName, type TensorType } from "#dist/gguf/format.js";
import { encodeValues } from "./encode-values.js";
import { FIXTURE_TOKENS, type FixtureModel } from "./model-fixture.js";
import { type SafeTensorToWrite, writeSafetensors } from "./safetensors.js";
import { sentencePieceBytes } from "./sentencepiece.js";

/** What a folder has that is not of the model's shape. */
export interface FolderOptions {
  /** Keys of config.json to add, or with undefined to leave out. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Files to add, or with undefined to leave out. */
  readonly files?: Readonly<Record<string, string | Uint8Array | undefined>>;
  readonly shards?: number;
  readonly dtype?: "F32" | "F16" | "BF16";
  /** Tensors to replace or add, or with undefined to leave out. */
  readonly tensors?: Readonly<Record<string, SafeTensorToWrite | undefined>>;
}

const NAMES: readonly (readonly [gguf: string, theirs: string])[] = [
  ["token_embd", "model.embed_tokens"],
  ["output_norm", "model.norm"],
  ["output", "lm_head"],
  ["attn_norm", "input_layernorm"],
  ["attn_q", "self_attn.q_proj"],
  ["attn_k", "self_attn.k_proj"],
  ["attn_v", "self_attn.v_proj"],
  ["attn_output", "self_attn.o_proj"],
  ["ffn_norm", "post_attention_layernorm"],
  ["ffn_gate", "mlp.gate_proj"],
  ["ffn_up", "mlp.up_proj"],
  ["ffn_down", "mlp.down_proj"],
  ["ffn_gate_inp", "block_sparse_moe.gate"],
];

function theirName(name: string): string {
  const expert = /^blk\.(\d+)\.ffn_(gate|up|down)\.(\d+)\.weight$/.exec(name);
  if (expert !== null) {
    const own = { gate: "w1", down: "w2", up: "w3" }[expert[2] as "gate" | "up" | "down"];
    return `model.layers.${expert[1]}.block_sparse_moe.experts.${expert[3]}.${own}.weight`;
  }
  const [, layer, own, part] = /^(?:blk\.(\d+)\.)?(\w+)\.(weight|bias)$/.exec(name) ?? [];
  const found = NAMES.find(([gguf]) => gguf === own)?.[1];
  if (found === undefined) throw new Error(`no name for ${name}`);
  return layer === undefined ? `${found}.weight` : `model.layers.${layer}.${found}.${part}`;
}

/**
 * Of each head, first the rows of even number and then those of odd number: Hugging Face rotates halves, not
 * neighbours.
 */
function inHalves(values: Float64Array, headSize: number, columns: number): Float64Array {
  const out = new Float64Array(values.length);
  const rows = values.length / columns;
  for (let row = 0; row < rows; row++) {
    const head = row - (row % headSize);
    const inHead = row % headSize;
    const from = head + (inHead < headSize / 2 ? 2 * inHead : 2 * (inHead - headSize / 2) + 1);
    out.set(values.subarray(from * columns, (from + 1) * columns), row * columns);
  }
  return out;
}

/** Writes a model as Hugging Face's transformers would: config.json, safetensors, and the fixture's tokenizer.model. */
export function writeHuggingFaceFolder(folder: string, model: FixtureModel, options: FolderOptions = {}): void {
  const { shape } = model;
  const { shards = 1, dtype = "F32" } = options;
  const type = findTensorTypeByName(dtype) as TensorType;
  mkdirSync(folder, { recursive: true });
  const all = new Map<string, SafeTensorToWrite | undefined>();
  for (const { name, dims } of model.tensors) {
    const values = model.values.get(name) as Float64Array;
    const columns = dims.length === 1 ? 1 : (dims[0] ?? 1);
    const isRotated = name.includes("attn_q.") || name.includes("attn_k.");
    const data = encodeValues(type, isRotated ? inHalves(values, shape.headSize, columns) : values).bytes;
    all.set(theirName(name), { dtype, shape: dims.toReversed(), data });
  }
  for (const [name, tensor] of Object.entries(options.tensors ?? {})) all.set(name, tensor);
  const tensors = [...all].filter((entry): entry is [string, SafeTensorToWrite] => entry[1] !== undefined);
  if (shards === 1) writeSafetensors(join(folder, "model.safetensors"), new Map(tensors));
  else {
    const fileOf = (i: number) => `model-0000${(i % shards) + 1}-of-0000${shards}.safetensors`;
    const weight_map = Object.fromEntries(tensors.map(([name], i) => [name, fileOf(i)]));
    for (let shard = 0; shard < shards; shard++) {
      writeSafetensors(join(folder, fileOf(shard)), new Map(tensors.filter((_, i) => i % shards === shard)));
    }
    write(folder, "model.safetensors.index.json", JSON.stringify({ metadata: {}, weight_map }));
  }
  const config = {
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    hidden_size: shape.dim,
    intermediate_size: shape.hiddenDim,
    num_hidden_layers: shape.layers,
    num_attention_heads: shape.heads,
    num_key_value_heads: shape.kvHeads,
    head_dim: shape.headSize,
    max_position_embeddings: shape.contextLength,
    rms_norm_eps: 1e-5,
    vocab_size: FIXTURE_TOKENS.length,
    tie_word_embeddings: shape.tied,
    hidden_act: "silu",
    bos_token_id: 1,
    eos_token_id: 2,
    ...options.config,
  };
  write(folder, "config.json", JSON.stringify(config));
  const files = { "tokenizer.model": sentencePieceBytes(FIXTURE_TOKENS), ...options.files };
  for (const [name, content] of Object.entries(files)) if (content !== undefined) write(folder, name, content);
}

function write(folder: string, name: string, content: string | Uint8Array): void {
  writeFileSync(join(folder, name), content);
}
