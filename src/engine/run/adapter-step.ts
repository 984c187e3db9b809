import type { Kernels } from "../../kernels/exports.js";
import type { PlacedLowRank, PlacedTensor } from "../plan/placed.js";
import type { Bank } from "./bank.js";
import type { TokenShare } from "./batch.js";
import type { Lockstep } from "./lockstep.js";
import { type Range, shareOf } from "./partition.js";

/** Tokens side by side that have the same scale of an adapter; see {@link TokenShare.adapted}. */
export interface AdapterRun extends Range {
  readonly adapter: number;
  readonly scale: number;
}

/** Matrices that multiply the same values, (tokens, columns) f32. */
export interface AdaptedProduct {
  readonly matrices: readonly PlacedTensor[];
  readonly values: number;
  readonly tokens: TokenShare;
}

/** The consecutive tokens that have one scale of an adapter, by the scales of each token: one for each adapter. */
export function adapterRuns(scales: readonly ArrayLike<number>[], adapters: number): AdapterRun[] {
  const runs: AdapterRun[] = [];
  for (let adapter = 0; adapter < adapters; adapter++) {
    for (let from = 0; from < scales.length; ) {
      const scale = scales[from]?.[adapter] ?? 0;
      let to = from + 1;
      while (to < scales.length && (scales[to]?.[adapter] ?? 0) === scale) to++;
      if (scale !== 0) runs.push({ adapter, scale, from, to });
      from = to;
    }
  }
  return runs;
}

/**
 * What adapters add to products: scale * B (A x), in two thin products beside the wide one, so that base weights stay
 * as they are and every sequence may have scales of its own. A x is computed by all workers together, a few rows each;
 * whoever computes rows of W x adds the same rows of B (A x).
 */
export class AdapterStep {
  readonly #lockstep: Lockstep;

  constructor(lockstep: Lockstep) {
    this.#lockstep = lockstep;
  }

  /** A x for the adapters of matrices, to be called by all workers, before {@link add}. */
  prepare(bank: Bank, products: readonly AdaptedProduct[]): void {
    if (products.every(({ tokens }) => tokens.adapted.length === 0)) return;
    const wanted = products.flatMap(({ matrices, values, tokens }) =>
      matrices.flatMap(({ adapters }) => adapters.map((part) => ({ part, values, runs: runsOf(part, tokens) }))),
    );
    const active = wanted.filter(({ runs }) => runs.length > 0);
    if (active.length === 0) return;
    const { worker, workers } = this.#lockstep;
    const ranks = active.reduce((sum, { part }) => sum + part.rank, 0);
    const mine = shareOf(ranks, worker, workers);
    let first = 0;
    for (const { part, values, runs } of active) {
      const rows = { from: Math.max(0, mine.from - first), to: Math.min(part.rank, mine.to - first) };
      first += part.rank;
      if (rows.from >= rows.to) continue;
      for (const run of runs) multiplyA(bank, part, values, rows, run);
    }
    this.#lockstep.barrier();
  }

  /** out[:, rows] += scale * (B[rows] @ (A x)); out (tokens, W's rows) f32 */
  add(bank: Bank, w: PlacedTensor, out: number, rows: Range, tokens: TokenShare): void {
    if (tokens.adapted.length === 0) return;
    for (const part of w.adapters) {
      const add = addLowRankOf(bank.kernels, part);
      for (const { scale, from, to } of runsOf(part, tokens)) {
        for (let t = from; t < to; t++) {
          const target = out + t * w.rows * 4;
          add(part.b.address, placeOf(bank, part, t), target, rows.from, rows.to, part.rank, scale * part.factor);
        }
      }
    }
  }

  /** x += scale * (B @ A[token]) of one token's row of the embedding; x (dim,) f32 */
  addToEmbedding(bank: Bank, embedding: PlacedTensor, token: number, at: number, x: number, tokens: TokenShare): void {
    for (const part of embedding.adapters) {
      const run = runsOf(part, tokens).find(({ from, to }) => at >= from && at < to);
      if (run === undefined) continue;
      const { a, b, rank } = part;
      const row = placeOf(bank, part, at);
      bank.format(a.type).dequantize(a.address + token * a.rowBytes, row, rank);
      addLowRankOf(bank.kernels, part)(b.address, row, x, 0, b.rows, rank, run.scale * part.factor);
    }
  }
}

function runsOf({ adapter }: PlacedLowRank, { adapted }: TokenShare): readonly AdapterRun[] {
  return adapted.filter((run) => run.adapter === adapter);
}

/** Where a token's A x lies. */
function placeOf(bank: Bank, { place }: PlacedLowRank, token: number): number {
  const { lowRank, lowRankWidth } = bank.plan.scratch;
  return lowRank + (token * lowRankWidth + place) * 4;
}

/** Some rows of A x, of some tokens. */
function multiplyA(bank: Bank, part: PlacedLowRank, values: number, rows: Range, { from, to }: Range): void {
  const { a } = part;
  const { matvec, matmul } = bank.format(a.type);
  const x = values + from * a.columns * 4;
  const out = placeOf(bank, part, from);
  // Dense formats need no scratch.
  if (to - from === 1) matvec(a.address, x, out, rows.from, rows.to, a.columns, 0);
  else {
    const stride = bank.plan.scratch.lowRankWidth * 4;
    matmul(a.address, x, out, rows.from, rows.to, a.columns, to - from, stride, 0);
  }
}

function addLowRankOf(kernels: Kernels, { b }: PlacedLowRank): Kernels["add_low_rank_f32"] {
  switch (b.type.name) {
    case "F32":
      return kernels.add_low_rank_f32;
    case "F16":
      return kernels.add_low_rank_f16;
    case "BF16":
      return kernels.add_low_rank_bf16;
    default:
      throw new TypeError(`the kernels add no ${b.type.name}`);
  }
}
