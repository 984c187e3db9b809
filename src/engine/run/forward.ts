import type { ModelConfig } from "../../model/config.js";
import type { FeedForward } from "../../model/layer.js";
import type { RopeAngles } from "../../model/rope.js";
import type { CacheTypes } from "../plan/cache-layout.js";
import type { MemoryPlan } from "../plan/memory-plan.js";
import type { PlacedLayer, PlacedTensor } from "../plan/placed.js";
import { AttentionStep } from "./attention-step.js";
import type { Bank } from "./bank.js";
import { Batch, type TokenShare } from "./batch.js";
import { ExpertStep } from "./expert-step.js";
import type { ForwardJob } from "./job.js";
import type { Lockstep } from "./lockstep.js";
import { type Partition, partitionFor, type Range } from "./partition.js";
import { type Input, Products } from "./products.js";

/** The model as all workers share it. */
export interface ForwardModel {
  readonly config: ModelConfig;
  readonly plan: MemoryPlan;
  readonly angles: RopeAngles;
  readonly cacheTypes: CacheTypes;
}

/**
 * One worker's share of the forward pass of "LLaMA" (Touvron et al. 2023), for tokens of any number of sequences at
 * once. Between two barriers a worker reads what any worker wrote before the first, and writes what no other touches.
 */
export class Forward {
  readonly #model: ForwardModel;
  readonly #banks: readonly Bank[];
  readonly #lockstep: Lockstep;
  readonly #part: Partition;
  readonly #attention: AttentionStep;
  readonly #products: Products;
  readonly #experts: ExpertStep;

  constructor(model: ForwardModel, banks: readonly Bank[], lockstep: Lockstep) {
    this.#model = model;
    this.#banks = banks;
    this.#lockstep = lockstep;
    this.#part = partitionFor(model.config, (banks[0] as Bank).kernels.groupRows(), lockstep.worker, lockstep.workers);
    this.#attention = new AttentionStep(model.config, model.cacheTypes, model.angles);
    this.#products = new Products(model.config, lockstep);
    this.#experts = new ExpertStep(model.config, this.#products, lockstep, this.#part);
  }

  /** Runs the job to its logits; returns false, early, where it was aborted. */
  run(job: ForwardJob): boolean {
    const batch = new Batch(job, this.#model.plan.cache, this.#model.config.kvHeads, this.#lockstep);
    const { tokens } = batch;
    let bank = this.#bankOf(this.#model.plan.embedding);
    this.#embed(bank, batch);
    for (const next of this.#banks) {
      this.#moveResidual(bank, next, tokens);
      bank = next;
      // Read after the barrier that follows the first norm.
      this.#attention.writeAngles(bank, this.#products.prepared(bank, tokens).angles, batch, tokens.prepared);
      for (const [index, layer] of bank.plan.layers.entries()) {
        this.#attend(bank, layer, index, batch);
        const { router, feedForwardNorm, feedForward } = layer;
        if (router === undefined) this.#feedForward(bank, feedForwardNorm, feedForward[0], tokens);
        else this.#experts.run(bank, layer, router, batch);
        if (!this.#lockstep.mayGoOn()) return false;
      }
    }
    this.#normaliseHidden(bank, batch);
    this.#logits(bank, batch);
    return true;
  }

  /** x = embedding[token] */
  #embed(bank: Bank, { ids, tokens }: Batch): void {
    const { dequantize } = bank.format(this.#model.plan.embedding.type);
    for (let t = tokens.mine.from; t < tokens.mine.to; t++) {
      const token = ids[t] ?? 0;
      const x = bank.plan.scratch.x + t * this.#dimBytes;
      dequantize(this.#embeddingRow(bank, token), x, this.#model.config.dim);
      this.#products.adapters.addToEmbedding(bank, this.#model.plan.embedding, token, t, x, tokens);
    }
    this.#lockstep.barrier();
  }

  /** The address of a token's row, as it is in the file. */
  #embeddingRow(bank: Bank, token: number): number {
    const { type, address, rowBytes, columns, isPacked } = this.#model.plan.embedding;
    if (!isPacked) return address + token * rowBytes;
    const { workspace } = this.#products.scratchOf(bank);
    bank.format(type).packing?.unpack(address, token, workspace, columns);
    return workspace;
  }

  /** At the border of two banks only the residual stream is copied. */
  #moveResidual(from: Bank, to: Bank, { mine }: TokenShare): void {
    if (from === to) return;
    const start = from.plan.scratch.x + mine.from * this.#dimBytes;
    const end = from.plan.scratch.x + mine.to * this.#dimBytes;
    to.bytes.set(from.bytes.subarray(start, end), to.plan.scratch.x + mine.from * this.#dimBytes);
    this.#lockstep.barrier();
  }

  /** x += Wo attention(rope(Wq norm(x)), rope(Wk norm(x)), Wv norm(x)) */
  #attend(bank: Bank, layer: PlacedLayer, index: number, batch: Batch): void {
    const { heads: headsAlone, kvHeads: share, dimRows } = this.#part;
    const { scratch } = bank.plan;
    const { tokens } = batch;
    this.#products.normalise(bank, layer.attentionNorm, [layer.query, layer.key, layer.value], tokens);
    const input = this.#products.prepared(bank, tokens);
    for (const kvHeads of this.#products.piecesOf(share)) {
      const heads = headsAlone ?? times(kvHeads, this.#group);
      this.#project(bank, layer, input, heads, kvHeads, tokens);
      this.#attention.rotateAndStore(bank, index, input.angles, heads, kvHeads, batch);
      if (headsAlone !== undefined) this.#lockstep.barrier();
      this.#attention.attend(bank, index, heads, batch);
    }
    this.#lockstep.barrier();
    const attended = this.#products.pack(bank, scratch.attended, layer.attentionOutput, tokens);
    this.#products.addProduct(bank, layer.attentionOutput, attended, dimRows, tokens);
    this.#lockstep.barrier();
  }

  /** q = Wq x of the heads, k = Wk x and v = Wv x of the KV heads */
  #project(bank: Bank, layer: PlacedLayer, input: Input, heads: Range, kvHeads: Range, tokens: TokenShare): void {
    const { query, key, value } = bank.plan.scratch;
    const { headSize } = this.#model.config;
    this.#products.multiply(bank, layer.query, input, query, times(heads, headSize), tokens);
    this.#products.multiply(bank, layer.key, input, key, times(kvHeads, headSize), tokens);
    this.#products.multiply(bank, layer.value, input, value, times(kvHeads, headSize), tokens);
  }

  /** x += Wdown (silu(Wgate norm(x)) * Wup norm(x)) */
  #feedForward(bank: Bank, norm: PlacedTensor, network: FeedForward<PlacedTensor>, tokens: TokenShare): void {
    const { hiddenRows, dimRows } = this.#part;
    const { scratch } = bank.plan;
    const { hiddenDim } = this.#model.config;
    this.#products.normalise(bank, norm, [network.gate, network.up], tokens);
    const input = this.#products.prepared(bank, tokens);
    for (const rows of this.#products.piecesOf(hiddenRows)) {
      this.#products.multiply(bank, network.gate, input, scratch.gate, rows, tokens);
      this.#products.multiply(bank, network.up, input, scratch.up, rows, tokens);
      for (let t = 0; t < tokens.count; t++) {
        const at = (t * hiddenDim + rows.from) * 4;
        bank.kernels.swiglu(scratch.gate + at, scratch.up + at, rows.to - rows.from);
      }
    }
    this.#lockstep.barrier();
    const hidden = this.#products.pack(bank, scratch.gate, network.down, tokens);
    this.#products.addProduct(bank, network.down, hidden, dimRows, tokens);
  }

  /** x = norm(x), of those tokens whose hidden states are wanted; nothing reads their x after this but the caller. */
  #normaliseHidden(bank: Bank, { hidden, tokens: { mine } }: Batch): void {
    const { dim, normEpsilon } = this.#model.config;
    for (const t of hidden) {
      if (t < mine.from || t >= mine.to) continue;
      const x = bank.plan.scratch.x + t * this.#dimBytes;
      bank.kernels.rmsnorm(x, this.#model.plan.outputNorm.address, x, dim, normEpsilon);
    }
  }

  /** logits = Woutput norm(x), of those tokens whose logits are wanted */
  #logits(bank: Bank, { wanted, wantedTokens: tokens }: Batch): void {
    if (wanted.length === 0) return;
    const { outputNorm, output, logits } = this.#model.plan;
    this.#products.normalise(bank, outputNorm, [output], tokens, wanted);
    const input = this.#products.prepared(bank, tokens);
    for (const rows of this.#products.piecesOf(this.#part.vocabularyRows)) {
      this.#products.multiply(bank, output, input, logits, rows, tokens);
    }
  }

  #bankOf(tensor: PlacedTensor): Bank {
    const bank = this.#banks[tensor.bank];
    if (bank === undefined) throw new RangeError(`there is no bank ${tensor.bank}`);
    return bank;
  }

  /** Query heads that share a KV head. */
  get #group(): number {
    return this.#model.config.heads / this.#model.config.kvHeads;
  }

  get #dimBytes(): number {
    return this.#model.config.dim * 4;
  }
}

function times(range: Range, factor: number): Range {
  return { from: range.from * factor, to: range.to * factor };
}
