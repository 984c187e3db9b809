import { LlamaError, printable } from "../errors.js";
import type { GgufFile } from "../gguf/file.js";
import { isDense } from "../gguf/floats.js";
import type { Metadata } from "../gguf/metadata.js";
import type { TensorInfo } from "../gguf/tensors.js";
import type { ModelConfig } from "./config.js";
import { mapLayer, partsOf } from "./layer.js";
import { type ModelWeights, partOf, type Weight } from "./weights.js";

/**
 * What an adapter adds to a matrix W (rows, columns): factor * B A, as "LoRA: Low-Rank Adaptation of Large Language
 * Models" (Hu et al. 2021) has it.
 */
export interface LowRank {
  /** (rank, columns); of the token embedding, which is looked up and not multiplied, (vocabulary, rank) */
  readonly a: TensorInfo;
  /** (rows, rank); of the token embedding (dim, rank) */
  readonly b: TensorInfo;
  readonly rank: number;
  /** alpha / rank, or 1 where the file names no alpha. */
  readonly factor: number;
}

/** What a file of LoRA changes, by the names of the model's tensors. */
export type Adapter = ReadonlyMap<string, LowRank>;

/** Whether a file says of itself that it is an adapter. */
export function isAdapter(metadata: Metadata): boolean {
  return metadata.findString("general.type") === "adapter";
}

/**
 * Reads a LoRA adapter in GGUF, and checks that it was made for a model of this shape.
 * @param weights those of the model
 * @throws LlamaError `model` for a file that is none, or none for this model; `unsupported` for another kind of adapter
 */
export function readAdapter(file: GgufFile, config: ModelConfig, weights: ModelWeights): Adapter {
  const shown = printable(file.path, 256);
  checkKind(file.metadata, shown, config);
  const alpha = file.metadata.findNumber("adapter.lora.alpha") ?? 0;
  if (!Number.isFinite(alpha)) throw wrong(shown, `its adapter.lora.alpha is ${alpha}`);
  const targets = targetsOf(weights);
  const tensors = new Map(file.tensors.map((tensor) => [tensor.name, tensor]));
  const found = new Map<string, LowRank>();
  for (const { name } of file.tensors) {
    const [, base, half] = /^(.+)\.lora_([ab])$/.exec(name) ?? [];
    const target = base === undefined ? undefined : targets.get(base);
    if (base === undefined || target === undefined) {
      throw wrong(shown, `it changes ${printable(base ?? name)}, and there is no such matrix in the model`);
    }
    const other = `${base}.lora_${half === "a" ? "b" : "a"}`;
    const [a, b] = [tensors.get(`${base}.lora_a`), tensors.get(`${base}.lora_b`)];
    if (a === undefined || b === undefined) throw wrong(shown, `${printable(other)} is missing`);
    found.set(base, lowRank(shown, target, a, b, alpha));
  }
  if (found.size === 0) throw wrong(shown, "it has no tensors");
  if (found.has(weights.tokenEmbedding.name) && weights.output === weights.tokenEmbedding) {
    const reason = "it changes the token embedding, which is the output's matrix too in this model";
    throw new LlamaError("unsupported", `The adapter ${shown} cannot be used: ${reason}.`);
  }
  return found;
}

function checkKind(metadata: Metadata, shown: string, { architecture }: ModelConfig): void {
  if (!isAdapter(metadata)) {
    const hint = metadata.has("general.architecture") ? "it looks like a model, which goes with --model; " : "";
    throw new LlamaError(
      "model",
      `${shown} is not an adapter: ${hint}expected a GGUF file with general.type "adapter".`,
    );
  }
  const type = metadata.findString("adapter.type") ?? "";
  if (type !== "lora" || metadata.has("adapter.alora.invocation_tokens")) {
    const kind = type === "lora" ? "an activated LoRA" : `of the type "${printable(type)}"`;
    throw new LlamaError("unsupported", `The adapter ${shown} is ${kind}; only plain LoRA is supported.`);
  }
  const own = metadata.findString("general.architecture") ?? "";
  if (own !== architecture) {
    throw wrong(shown, `it was made for the architecture "${printable(own)}", and the model's is "${architecture}"`);
  }
}

/** The matrices that an adapter may change, by name. */
function targetsOf({ layers, tokenEmbedding, output }: ModelWeights): Map<string, Target> {
  const targets = new Map<string, Target>();
  const add = ({ name, dims: [columns = 1, rows = 1], expert }: Weight) =>
    targets.set(name, { name, columns, rows, experts: expert?.count ?? 1 });
  add(output);
  // It is looked up: the columns of its rows are what is multiplied.
  const { name, dims } = tokenEmbedding;
  targets.set(name, { name, columns: dims[1] ?? 1, rows: dims[0] ?? 1, experts: 1, isLookedUp: true });
  for (const layer of layers) {
    for (const weight of partsOf(layer)) {
      if (weight !== layer.attentionNorm && weight !== layer.feedForwardNorm) add(weight);
    }
  }
  return targets;
}

interface Target {
  readonly name: string;
  /** What A's other side is as long as, and B's. */
  readonly columns: number;
  readonly rows: number;
  /** Matrices that lie in one tensor. */
  readonly experts: number;
  readonly isLookedUp?: boolean;
}

function lowRank(shown: string, target: Target, a: TensorInfo, b: TensorInfo, alpha: number): LowRank {
  const [rank = 1, rows = 1, count = 1, ...beyond] = b.dims;
  const [columns, ranks] = target.isLookedUp === true ? [a.dims[1] ?? 1, a.dims[0]] : [a.dims[0], a.dims[1] ?? 1];
  const isOfAll = count === target.experts && (a.dims[2] ?? 1) === target.experts;
  const fits = columns === target.columns && rows === target.rows && ranks === rank && isOfAll;
  if (!fits || [...beyond, ...a.dims.slice(3)].some((dim) => dim !== 1)) {
    const found = `[${a.dims.join(", ")}] and [${b.dims.join(", ")}]`;
    const last = target.experts === 1 ? "" : `, ${target.experts}`;
    const shape = target.isLookedUp === true ? `[rank, ${target.columns}]` : `[${target.columns}, rank${last}]`;
    throw wrong(
      shown,
      `what it changes ${printable(target.name)} by has the shapes ${found}; expected ${shape} and [rank, ${target.rows}${last}]`,
    );
  }
  for (const { name, type } of [a, b]) {
    if (isDense(type)) continue;
    throw new LlamaError(
      "unsupported",
      `Tensor ${printable(name)} of the adapter ${shown} is of type ${type.name}; expected F32, F16 or BF16.`,
    );
  }
  return { a, b, rank, factor: alpha === 0 ? 1 : alpha / rank };
}

function wrong(shown: string, reason: string): LlamaError {
  return new LlamaError("model", `The adapter ${shown} is not one for this model: ${reason}.`);
}

/** A model's weights with what adapters add to them; which adapter it is, is its number in the list. */
export function withAdapters(weights: ModelWeights, adapters: readonly Adapter[]): ModelWeights {
  if (adapters.length === 0) return weights;
  const adapted = (weight: Weight): Weight => {
    const parts = adapters.flatMap((adapter, index) => {
      const part = adapter.get(weight.name);
      if (part === undefined) return [];
      const { expert } = weight;
      const own = expert && { a: partOf(part.a, expert), b: partOf(part.b, expert) };
      return [{ ...part, ...own, adapter: index }];
    });
    return parts.length === 0 ? weight : { ...weight, adapters: parts };
  };
  const isTied = weights.output === weights.tokenEmbedding;
  const tokenEmbedding = adapted(weights.tokenEmbedding);
  return {
    ...weights,
    tokenEmbedding,
    layers: weights.layers.map((layer) => mapLayer(layer, adapted)),
    output: isTied ? tokenEmbedding : adapted(weights.output),
  };
}
