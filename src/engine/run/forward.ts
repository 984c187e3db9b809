import type { ModelConfig } from "../../model/config.js";
import type { RopeAngles } from "../../model/rope.js";
import type { CacheTypes } from "../plan/cache-layout.js";
import type { MemoryPlan } from "../plan/memory-plan.js";
import type { PlacedLayer, PlacedTensor } from "../plan/placed.js";
import type { Prepared, WorkerScratch } from "../plan/scratch.js";
import { AdapterStep } from "./adapter-step.js";
import { AttentionStep } from "./attention-step.js";
import type { Bank } from "./bank.js";
import { Batch, type TokenShare } from "./batch.js";
import type { ForwardJob } from "./job.js";
import type { Lockstep } from "./lockstep.js";
import { type Partition, partitionFor, type Range, type Share } from "./partition.js";

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
  readonly #adapters: AdapterStep;

  constructor(model: ForwardModel, banks: readonly Bank[], lockstep: Lockstep) {
    this.#model = model;
    this.#banks = banks;
    this.#lockstep = lockstep;
    this.#part = partitionFor(model.config, (banks[0] as Bank).kernels.groupRows(), lockstep.worker, lockstep.workers);
    this.#attention = new AttentionStep(model.config, model.cacheTypes, model.angles);
    this.#adapters = new AdapterStep(lockstep);
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
      this.#attention.writeAngles(bank, this.#prepared(bank, tokens).angles, batch, tokens.prepared);
      for (const [index, layer] of bank.plan.layers.entries()) {
        this.#attend(bank, layer, index, batch);
        this.#feedForward(bank, layer, tokens);
        if (!this.#lockstep.mayGoOn()) return false;
      }
    }
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
      this.#adapters.addToEmbedding(bank, this.#model.plan.embedding, token, t, x, tokens);
    }
    this.#lockstep.barrier();
  }

  /** The address of a token's row, as it is in the file. */
  #embeddingRow(bank: Bank, token: number): number {
    const { type, address, rowBytes, columns, isPacked } = this.#model.plan.embedding;
    if (!isPacked) return address + token * rowBytes;
    const { workspace } = this.#scratchOf(bank);
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
    this.#normalise(bank, layer.attentionNorm, [layer.query, layer.key, layer.value], tokens);
    const input = this.#prepared(bank, tokens);
    for (const kvHeads of this.#piecesOf(share)) {
      const heads = headsAlone ?? times(kvHeads, this.#group);
      this.#project(bank, layer, input, heads, kvHeads, tokens);
      this.#attention.rotateAndStore(bank, index, input.angles, heads, kvHeads, batch);
      if (headsAlone !== undefined) this.#lockstep.barrier();
      this.#attention.attend(bank, index, heads, batch);
    }
    this.#lockstep.barrier();
    const attended = this.#pack(bank, scratch.attended, layer.attentionOutput, tokens);
    this.#addProduct(bank, layer.attentionOutput, attended, dimRows, tokens);
    this.#lockstep.barrier();
  }

  /** q = Wq x of the heads, k = Wk x and v = Wv x of the KV heads */
  #project(bank: Bank, layer: PlacedLayer, input: Input, heads: Range, kvHeads: Range, tokens: TokenShare): void {
    const { query, key, value } = bank.plan.scratch;
    const { headSize } = this.#model.config;
    this.#multiply(bank, layer.query, input, query, times(heads, headSize), tokens);
    this.#multiply(bank, layer.key, input, key, times(kvHeads, headSize), tokens);
    this.#multiply(bank, layer.value, input, value, times(kvHeads, headSize), tokens);
  }

  /** x += Wdown (silu(Wgate norm(x)) * Wup norm(x)) */
  #feedForward(bank: Bank, layer: PlacedLayer, tokens: TokenShare): void {
    const { hiddenRows, dimRows } = this.#part;
    const { scratch } = bank.plan;
    const { hiddenDim } = this.#model.config;
    this.#normalise(bank, layer.feedForwardNorm, [layer.gate, layer.up], tokens);
    const input = this.#prepared(bank, tokens);
    for (const rows of this.#piecesOf(hiddenRows)) {
      this.#multiply(bank, layer.gate, input, scratch.gate, rows, tokens);
      this.#multiply(bank, layer.up, input, scratch.up, rows, tokens);
      for (let t = 0; t < tokens.count; t++) {
        const at = (t * hiddenDim + rows.from) * 4;
        bank.kernels.swiglu(scratch.gate + at, scratch.up + at, rows.to - rows.from);
      }
    }
    this.#lockstep.barrier();
    const hidden = this.#pack(bank, scratch.gate, layer.down, tokens);
    this.#addProduct(bank, layer.down, hidden, dimRows, tokens);
  }

  /** logits = Woutput norm(x), of those tokens whose logits are wanted */
  #logits(bank: Bank, { wanted, wantedTokens: tokens }: Batch): void {
    if (wanted.length === 0) return;
    const { outputNorm, output, logits } = this.#model.plan;
    this.#normalise(bank, outputNorm, [output], tokens, wanted);
    const input = this.#prepared(bank, tokens);
    for (const rows of this.#piecesOf(this.#part.vocabularyRows)) {
      this.#multiply(bank, output, input, logits, rows, tokens);
    }
  }

  /**
   * Prepares norm(x) in the forms that the given matrices, and their adapters, multiply.
   * @param places where in x the tokens are, if not one after the other from the first
   */
  #normalise(
    bank: Bank,
    norm: PlacedTensor,
    consumers: readonly PlacedTensor[],
    tokens: TokenShare,
    places?: readonly number[],
  ): void {
    const { dim, normEpsilon } = this.#model.config;
    const { floats, packed } = this.#prepared(bank, tokens);
    const packs = consumers.some((matrix) => bank.format(matrix.type).activation === "q8");
    for (let t = tokens.prepared.from; t < tokens.prepared.to; t++) {
      const x = bank.plan.scratch.x + (places?.[t] ?? t) * this.#dimBytes;
      const out = floats + t * this.#dimBytes;
      bank.kernels.rmsnorm(x, norm.address, out, dim, normEpsilon);
      if (packs) bank.kernels.quantize_q8(out, packed + t * bank.kernels.q8RowBytes(dim), dim);
    }
    if (tokens.isBatch) this.#lockstep.barrier();
    this.#adapters.prepare(bank, consumers, floats, tokens);
  }

  /** Prepares values (tokens, consumer.columns) f32 in the form that the given matrix, and its adapters, multiply. */
  #pack(bank: Bank, values: number, consumer: PlacedTensor, tokens: TokenShare): Input {
    const { packed } = this.#prepared(bank, tokens);
    const input = { floats: values, packed };
    this.#adapters.prepare(bank, [consumer], values, tokens);
    if (bank.format(consumer.type).activation !== "q8") return input;
    const width = consumer.columns;
    for (let t = tokens.prepared.from; t < tokens.prepared.to; t++) {
      bank.kernels.quantize_q8(values + t * width * 4, packed + t * bank.kernels.q8RowBytes(width), width);
    }
    if (tokens.isBatch) this.#lockstep.barrier();
    return input;
  }

  /** out[:, rows] = W[rows] @ input, its bias and adapters added, for every token; out is (tokens, W's rows) f32. */
  #multiply(bank: Bank, w: PlacedTensor, input: Input, out: number, rows: Range, tokens: TokenShare): void {
    const { activation, matvec, matmul } = bank.format(w.type);
    const x = activation === "q8" ? input.packed : input.floats;
    const { from, to } = rows;
    const { workspace } = this.#scratchOf(bank);
    if (!tokens.isBatch) matvec(w.address, x, out, from, to, w.columns, workspace);
    else matmul(w.address, x, out, from, to, w.columns, tokens.count, w.rows * 4, workspace);
    for (let t = 0; w.bias !== undefined && t < tokens.count; t++) {
      bank.kernels.add(out + (t * w.rows + from) * 4, w.bias.address + from * 4, to - from);
    }
    this.#adapters.add(bank, w, out, rows, tokens);
  }

  /** x += W @ input, in this worker's rows */
  #addProduct(bank: Bank, w: PlacedTensor, input: Input, share: Share, tokens: TokenShare): void {
    const { x, projected } = bank.plan.scratch;
    for (const rows of this.#piecesOf(share)) {
      this.#multiply(bank, w, input, projected, rows, tokens);
      for (let t = 0; t < tokens.count; t++) {
        const at = t * this.#dimBytes + rows.from * 4;
        bank.kernels.add(x + at, projected + at, rows.to - rows.from);
      }
    }
  }

  /** The worker's own part, and then pieces of the shared one as long as there are any. */
  *#piecesOf({ own, shared, piece }: Share): Generator<Range> {
    yield own;
    if (shared.from === shared.to) return;
    for (;;) {
      const from = shared.from + this.#lockstep.nextPiece() * piece;
      if (from >= shared.to) return;
      yield { from, to: Math.min(from + piece, shared.to) };
    }
  }

  #prepared(bank: Bank, tokens: TokenShare): Prepared {
    return tokens.isBatch ? bank.plan.scratch.shared : this.#scratchOf(bank);
  }

  #scratchOf(bank: Bank): WorkerScratch {
    const scratch = bank.plan.scratch.perWorker[this.#lockstep.worker];
    if (scratch === undefined) throw new RangeError(`there is no worker ${this.#lockstep.worker}`);
    return scratch;
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

/** What a matrix multiplies, in the form that it wants. */
type Input = Pick<Prepared, "floats" | "packed">;

function times(range: Range, factor: number): Range {
  return { from: range.from * factor, to: range.to * factor };
}
