import type { PlacedTensor } from "../plan/placed.js";
import type { Prepared, WorkerScratch } from "../plan/scratch.js";
import { type AdaptedProduct, AdapterStep } from "./adapter-step.js";
import type { Bank } from "./bank.js";
import type { TokenShare } from "./batch.js";
import type { Lockstep } from "./lockstep.js";
import type { Range, Share } from "./partition.js";

/** What a matrix multiplies, in the forms that formats want. */
export type Input = Pick<Prepared, "floats" | "packed">;

/** Products of one worker's rows, with what they need and what is added to them. */
export class Products {
  readonly adapters: AdapterStep;
  readonly #lockstep: Lockstep;
  readonly #dim: number;
  readonly #normEpsilon: number;

  constructor(config: { readonly dim: number; readonly normEpsilon: number }, lockstep: Lockstep) {
    this.adapters = new AdapterStep(lockstep);
    this.#lockstep = lockstep;
    this.#dim = config.dim;
    this.#normEpsilon = config.normEpsilon;
  }

  /**
   * Prepares norm(x) in the forms that the given matrices, and their adapters, multiply.
   * @param places where in x the tokens are, if not one after the other from the first
   * @param others matrices that multiply it too, whose adapters are prepared elsewhere
   */
  normalise(
    bank: Bank,
    norm: PlacedTensor,
    consumers: readonly PlacedTensor[],
    tokens: TokenShare,
    places?: readonly number[],
    others: readonly PlacedTensor[] = [],
  ): void {
    const { floats, packed } = this.prepared(bank, tokens);
    const dim = this.#dim;
    const packs = [...consumers, ...others].some((matrix) => bank.format(matrix.type).activation === "q8");
    for (let t = tokens.prepared.from; t < tokens.prepared.to; t++) {
      const x = bank.plan.scratch.x + (places?.[t] ?? t) * dim * 4;
      const out = floats + t * dim * 4;
      bank.kernels.rmsnorm(x, norm.address, out, dim, this.#normEpsilon);
      if (packs) bank.kernels.quantize_q8(out, packed + t * bank.kernels.q8RowBytes(dim), dim);
    }
    if (tokens.isBatch) this.#lockstep.barrier();
    this.prepareAdapters(bank, [{ matrices: consumers, values: floats, tokens }]);
  }

  /** Prepares values (tokens, consumer.columns) f32 in the form that the given matrix, and its adapters, multiply. */
  pack(bank: Bank, values: number, consumer: PlacedTensor, tokens: TokenShare): Input {
    const { packed } = this.prepared(bank, tokens);
    const input = { floats: values, packed };
    this.prepareAdapters(bank, [{ matrices: [consumer], values, tokens }]);
    if (bank.format(consumer.type).activation !== "q8") return input;
    packRows(bank, values, packed, consumer.columns, tokens.prepared);
    if (tokens.isBatch) this.#lockstep.barrier();
    return input;
  }

  /** See {@link AdapterStep.prepare}. */
  prepareAdapters(bank: Bank, products: readonly AdaptedProduct[]): void {
    this.adapters.prepare(bank, products);
  }

  /** out[:, rows] = W[rows] @ input, its bias and adapters added, for every token; out is (tokens, W's rows) f32. */
  multiply(bank: Bank, w: PlacedTensor, input: Input, out: number, rows: Range, tokens: TokenShare): void {
    const { activation, matvec, matmul } = bank.format(w.type);
    const x = activation === "q8" ? input.packed : input.floats;
    const { from, to } = rows;
    const { workspace } = this.scratchOf(bank);
    if (!tokens.isBatch) matvec(w.address, x, out, from, to, w.columns, workspace);
    else matmul(w.address, x, out, from, to, w.columns, tokens.count, w.rows * 4, workspace);
    for (let t = 0; w.bias !== undefined && t < tokens.count; t++) {
      bank.kernels.add(out + (t * w.rows + from) * 4, w.bias.address + from * 4, to - from);
    }
    this.adapters.add(bank, w, out, rows, tokens);
  }

  /** x += W @ input, in this worker's rows */
  addProduct(bank: Bank, w: PlacedTensor, input: Input, share: Share, tokens: TokenShare): void {
    const { x, projected } = bank.plan.scratch;
    for (const rows of this.piecesOf(share)) {
      this.multiply(bank, w, input, projected, rows, tokens);
      for (let t = 0; t < tokens.count; t++) {
        const at = (t * this.#dim + rows.from) * 4;
        bank.kernels.add(x + at, projected + at, rows.to - rows.from);
      }
    }
  }

  /** The worker's own part, and then pieces of the shared one as long as there are any. */
  *piecesOf({ own, shared, piece }: Share): Generator<Range> {
    yield own;
    if (shared.from === shared.to) return;
    for (;;) {
      const from = shared.from + this.#lockstep.nextPiece() * piece;
      if (from >= shared.to) return;
      yield { from, to: Math.min(from + piece, shared.to) };
    }
  }

  /** Where tokens are prepared: together, or a single one by each worker on its own. */
  prepared(bank: Bank, tokens: TokenShare): Prepared {
    return tokens.isBatch ? bank.plan.scratch.shared : this.scratchOf(bank);
  }

  scratchOf(bank: Bank): WorkerScratch {
    const scratch = bank.plan.scratch.perWorker[this.#lockstep.worker];
    if (scratch === undefined) throw new RangeError(`there is no worker ${this.#lockstep.worker}`);
    return scratch;
  }
}

/** Rounds some rows of values (rows, width) f32 to int8 blocks. */
export function packRows(bank: Bank, values: number, packed: number, width: number, rows: Range): void {
  const rowBytes = bank.kernels.q8RowBytes(width);
  for (let row = rows.from; row < rows.to; row++) {
    bank.kernels.quantize_q8(values + row * width * 4, packed + row * rowBytes, width);
  }
}
