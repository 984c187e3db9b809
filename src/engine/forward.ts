import { NO_WINDOW } from "../kernels/attention.js";
import type { ModelConfig } from "../model/config.js";
import type { RopeAngles } from "../model/rope.js";
import type { Bank } from "./bank.js";
import type { CacheTypes } from "./kv-cache.js";
import type { MemoryPlan, OwnScratch, PlacedLayer, PlacedTensor, Prepared } from "./memory.js";
import { type Partition, partitionFor, type Range, type Share } from "./partition.js";
import { type ForwardJob, LogitsWanted } from "./protocol.js";
import { type Lockstep, Step } from "./step.js";

/** The model as all workers share it. */
export interface ForwardModel {
  readonly config: ModelConfig;
  readonly plan: MemoryPlan;
  readonly angles: RopeAngles;
  readonly cacheTypes: CacheTypes;
}

/**
 * One worker's share of the forward pass of "LLaMA" (Touvron et al. 2023), for a batch of tokens at once.
 * Between two barriers a worker reads what any worker wrote before the first, and writes what no other touches.
 */
export class Forward {
  readonly #model: ForwardModel;
  readonly #banks: readonly Bank[];
  readonly #lockstep: Lockstep;
  readonly #part: Partition;
  readonly #attentionScale: number;

  constructor(model: ForwardModel, banks: readonly Bank[], lockstep: Lockstep) {
    this.#model = model;
    this.#banks = banks;
    this.#lockstep = lockstep;
    this.#part = partitionFor(model.config, (banks[0] as Bank).kernels.groupRows(), lockstep.worker, lockstep.workers);
    this.#attentionScale = 1 / Math.sqrt(model.config.headSize);
  }

  /** Runs the job to its logits; returns false, early, where it was aborted. */
  run(job: ForwardJob): boolean {
    const step = new Step(job, this.#lockstep);
    let bank = this.#bankOf(this.#model.plan.embedding);
    this.#embed(bank, step);
    for (const next of this.#banks) {
      this.#moveResidual(bank, next, step);
      bank = next;
      this.#rotations(bank, step);
      for (const [index, layer] of bank.plan.layers.entries()) {
        this.#attention(bank, layer, index, step);
        this.#feedForward(bank, layer, step);
        if (!this.#lockstep.mayGoOn()) return false;
      }
    }
    this.#logits(bank, step);
    return true;
  }

  /** x = embedding[token] */
  #embed(bank: Bank, step: Step): void {
    const { dequantize } = bank.format(this.#model.plan.embedding.type);
    for (let t = step.own.from; t < step.own.to; t++) {
      const row = this.#embeddingRow(bank, step.job.tokens[t] ?? 0);
      dequantize(row, bank.plan.scratch.x + t * this.#dimBytes, this.#model.config.dim);
    }
    this.#lockstep.barrier();
  }

  /** The address of a token's row, as it is in the file. */
  #embeddingRow(bank: Bank, token: number): number {
    const { type, address, rowBytes, columns, isPacked } = this.#model.plan.embedding;
    if (!isPacked) return address + token * rowBytes;
    bank.format(type).packing?.unpack(address, token, this.#own(bank).desk, columns);
    return this.#own(bank).desk;
  }

  /** At the border of two banks only the residual stream is copied. */
  #moveResidual(from: Bank, to: Bank, step: Step): void {
    if (from === to) return;
    const start = from.plan.scratch.x + step.own.from * this.#dimBytes;
    const end = from.plan.scratch.x + step.own.to * this.#dimBytes;
    to.bytes.set(from.bytes.subarray(start, end), to.plan.scratch.x + step.own.from * this.#dimBytes);
    this.#lockstep.barrier();
  }

  /** The cos and sin of each token's position; read after the barrier that follows the first norm. */
  #rotations(bank: Bank, step: Step): void {
    const { frequencies, magnitude } = this.#model.angles;
    const table = this.#prepared(bank, step).angles >>> 2;
    const { floats } = bank;
    for (let t = step.prepares.from; t < step.prepares.to; t++) {
      const position = step.job.position + t;
      const start = table + t * this.#model.config.headSize;
      for (let i = 0; i < frequencies.length; i++) {
        const angle = position * (frequencies[i] ?? 0);
        floats[start + 2 * i] = Math.cos(angle) * magnitude;
        floats[start + 2 * i + 1] = Math.sin(angle) * magnitude;
      }
    }
  }

  /** x += Wo attention(rope(Wq norm(x)), rope(Wk norm(x)), Wv norm(x)) */
  #attention(bank: Bank, layer: PlacedLayer, index: number, step: Step): void {
    const { heads: ownHeads, kvHeads: share, dimRows } = this.#part;
    const { scratch } = bank.plan;
    this.#normalise(bank, scratch.x, layer.attentionNorm, [layer.query, layer.key, layer.value], step);
    const input = this.#prepared(bank, step);
    for (const kvHeads of this.#piecesOf(share)) {
      const heads = ownHeads ?? times(kvHeads, this.#group);
      this.#project(bank, layer, input, heads, kvHeads, step);
      this.#rotateAndStore(bank, index, heads, kvHeads, step);
      if (ownHeads !== undefined) this.#lockstep.barrier();
      this.#attend(bank, index, heads, step);
    }
    this.#lockstep.barrier();
    this.#pack(bank, scratch.attended, layer.attentionOutput, step);
    const attended = { ...input, normed: scratch.attended };
    this.#addProduct(bank, layer.attentionOutput, attended, dimRows, step);
    this.#lockstep.barrier();
  }

  /** q = Wq x of the heads, k = Wk x and v = Wv x of the KV heads */
  #project(bank: Bank, layer: PlacedLayer, input: Prepared, heads: Range, kvHeads: Range, step: Step): void {
    const { query, key, value } = bank.plan.scratch;
    const { headSize } = this.#model.config;
    this.#multiply(bank, layer.query, input, query, times(heads, headSize), step);
    this.#multiply(bank, layer.key, input, key, times(kvHeads, headSize), step);
    this.#multiply(bank, layer.value, input, value, times(kvHeads, headSize), step);
  }

  #rotateAndStore(bank: Bank, index: number, heads: Range, kvHeads: Range, step: Step): void {
    const { config, plan, cacheTypes } = this.#model;
    const { scratch } = bank.plan;
    const { headSize } = config;
    const headBytes = headSize * 4;
    const { angles } = this.#prepared(bank, step);
    const storeKey = bank.cacheFormat(cacheTypes.key).store;
    const storeValue = bank.cacheFormat(cacheTypes.value).store;
    const keys = this.#cacheOf(bank, index, step);
    const values = keys + plan.cache.valueOffset;
    for (let t = 0; t < step.tokens; t++) {
      const table = angles + t * headBytes;
      const query = scratch.query + (t * config.heads + heads.from) * headBytes;
      bank.kernels.rope(query, table, heads.to - heads.from, headSize);
      const firstKey = scratch.key + (t * config.kvHeads + kvHeads.from) * headBytes;
      bank.kernels.rope(firstKey, table, kvHeads.to - kvHeads.from, headSize);
      const position = step.job.position + t;
      for (let head = kvHeads.from; head < kvHeads.to; head++) {
        const at = (t * config.kvHeads + head) * headBytes;
        storeKey(scratch.key + at, keys + head * plan.cache.keyHead + position * plan.cache.keyRow, headSize);
        storeValue(scratch.value + at, values + head * plan.cache.valueHead + position * plan.cache.valueRow, headSize);
      }
    }
  }

  #attend(bank: Bank, index: number, heads: Range, step: Step): void {
    const { config, plan, cacheTypes } = this.#model;
    const { scratch } = bank.plan;
    const { headSize } = config;
    const headBytes = headSize * 4;
    const keys = this.#cacheOf(bank, index, step);
    const values = keys + plan.cache.valueOffset;
    for (const { kvHead, from, to } of headsByKvHead(heads, this.#group)) {
      bank.attention.run({
        queries: scratch.query + from * headBytes,
        keys: keys + kvHead * plan.cache.keyHead,
        values: values + kvHead * plan.cache.valueHead,
        out: scratch.attended + from * headBytes,
        tokens: step.tokens,
        tokenStride: config.heads * headBytes,
        heads: to - from,
        headSize,
        position: step.job.position,
        window: config.window ?? NO_WINDOW,
        rows: plan.cache.rows,
        scale: this.#attentionScale,
        keyType: bank.cacheFormat(cacheTypes.key).number,
        valueType: bank.cacheFormat(cacheTypes.value).number,
      });
    }
  }

  /** x += Wdown (silu(Wgate norm(x)) * Wup norm(x)) */
  #feedForward(bank: Bank, layer: PlacedLayer, step: Step): void {
    const { hiddenRows, dimRows } = this.#part;
    const { scratch } = bank.plan;
    const { hiddenDim } = this.#model.config;
    this.#normalise(bank, scratch.x, layer.feedForwardNorm, [layer.gate, layer.up], step);
    const input = this.#prepared(bank, step);
    for (const rows of this.#piecesOf(hiddenRows)) {
      this.#multiply(bank, layer.gate, input, scratch.gate, rows, step);
      this.#multiply(bank, layer.up, input, scratch.up, rows, step);
      for (let t = 0; t < step.tokens; t++) {
        const at = (t * hiddenDim + rows.from) * 4;
        bank.kernels.swiglu(scratch.gate + at, scratch.up + at, rows.to - rows.from);
      }
    }
    this.#lockstep.barrier();
    this.#pack(bank, scratch.gate, layer.down, step);
    this.#addProduct(bank, layer.down, { ...input, normed: scratch.gate }, dimRows, step);
  }

  /** logits = Woutput norm(x), of the last token or of all */
  #logits(bank: Bank, step: Step): void {
    if (step.job.logits === LogitsWanted.NONE) return;
    const { outputNorm, output, logits } = this.#model.plan;
    const all = step.job.logits === LogitsWanted.ALL;
    const first = all ? 0 : step.tokens - 1;
    const wanted = new Step({ ...step.job, tokens: Array.from(step.job.tokens).slice(first) }, this.#lockstep);
    const x = bank.plan.scratch.x + first * this.#dimBytes;
    this.#normalise(bank, x, outputNorm, [output], wanted);
    const input = this.#prepared(bank, wanted);
    for (const rows of this.#piecesOf(this.#part.vocabularyRows)) {
      this.#multiply(bank, output, input, logits, rows, wanted);
    }
  }

  /** Prepares norm(x) of every token in the forms that the given matrices multiply. */
  #normalise(bank: Bank, x: number, norm: PlacedTensor, consumers: readonly PlacedTensor[], step: Step): void {
    const { dim, normEpsilon } = this.#model.config;
    const { normed, packed } = this.#prepared(bank, step);
    const packs = consumers.some((matrix) => bank.format(matrix.type).activation === "q8");
    for (let t = step.prepares.from; t < step.prepares.to; t++) {
      const out = normed + t * this.#dimBytes;
      bank.kernels.rmsnorm(x + t * this.#dimBytes, norm.address, out, dim, normEpsilon);
      if (packs) bank.kernels.quantize_q8(out, packed + t * bank.kernels.q8RowBytes(dim), dim);
    }
    if (step.isBatch) this.#lockstep.barrier();
  }

  /** Prepares values (tokens, consumer.columns) f32 in the form that the given matrix multiplies. */
  #pack(bank: Bank, values: number, consumer: PlacedTensor, step: Step): void {
    if (bank.format(consumer.type).activation !== "q8") return;
    const { packed } = this.#prepared(bank, step);
    const width = consumer.columns;
    for (let t = step.prepares.from; t < step.prepares.to; t++) {
      bank.kernels.quantize_q8(values + t * width * 4, packed + t * bank.kernels.q8RowBytes(width), width);
    }
    if (step.isBatch) this.#lockstep.barrier();
  }

  /** out[:, rows] = W[rows] @ input for every token; out is (tokens, W's rows) f32. */
  #multiply(bank: Bank, w: PlacedTensor, input: Prepared, out: number, rows: Range, step: Step): void {
    const { activation, matvec, matmul } = bank.format(w.type);
    const x = activation === "q8" ? input.packed : input.normed;
    const { from, to } = rows;
    const { desk } = this.#own(bank);
    if (!step.isBatch) matvec(w.address, x, out, from, to, w.columns, desk);
    else matmul(w.address, x, out, from, to, w.columns, step.tokens, w.rows * 4, desk);
  }

  /** x += W @ input, in this worker's rows */
  #addProduct(bank: Bank, w: PlacedTensor, input: Prepared, share: Share, step: Step): void {
    const { x, projected } = bank.plan.scratch;
    for (const rows of this.#piecesOf(share)) {
      this.#multiply(bank, w, input, projected, rows, step);
      for (let t = 0; t < step.tokens; t++) {
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

  #prepared(bank: Bank, step: Step): Prepared {
    return step.isBatch ? bank.plan.scratch.shared : this.#own(bank);
  }

  #own(bank: Bank): OwnScratch {
    const own = bank.plan.scratch.own[this.#lockstep.worker];
    if (own === undefined) throw new RangeError(`there is no worker ${this.#lockstep.worker}`);
    return own;
  }

  /** The address of a layer's keys in this job's cache. */
  #cacheOf(bank: Bank, index: number, step: Step): number {
    const bankIndex = this.#banks.indexOf(bank);
    return (step.job.cacheAddresses[bankIndex] ?? 0) + index * this.#model.plan.cache.layer;
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

/** Cuts a range of query heads at the borders of the KV heads that they share. */
function* headsByKvHead(heads: Range, group: number): Generator<Range & { readonly kvHead: number }> {
  for (let from = heads.from; from < heads.to; ) {
    const kvHead = Math.floor(from / group);
    const to = Math.min(heads.to, (kvHead + 1) * group);
    yield { kvHead, from, to };
    from = to;
  }
}
