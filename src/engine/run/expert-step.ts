import type { ModelConfig } from "../../model/config.js";
import type { FeedForward } from "../../model/layer.js";
import type { PlacedLayer, PlacedTensor } from "../plan/placed.js";
import { adapterRuns } from "./adapter-step.js";
import type { Bank } from "./bank.js";
import { type Batch, TokenShare } from "./batch.js";
import type { Lockstep } from "./lockstep.js";
import { type Partition, shareOf } from "./partition.js";
import { type Input, type Products, packRows } from "./products.js";
import { type Route, roundsOf, routesOf } from "./routes.js";

/** The rows of a round that go to one expert, one below the other. */
interface Group extends Route {
  readonly network: FeedForward<PlacedTensor>;
  /** Its first row in the round. */
  readonly first: number;
  readonly share: TokenShare;
}

/**
 * The feed-forward step of a mixture of experts: a router chooses a few experts for each token, and what they say is
 * added up by their weights. Tokens go expert by expert, so that an expert's weights pass by once for all of its
 * tokens; a token's sum is over its experts in their order, whoever else is in the batch.
 */
export class ExpertStep {
  readonly #config: ModelConfig;
  readonly #products: Products;
  readonly #lockstep: Lockstep;
  readonly #part: Partition;

  constructor(config: ModelConfig, products: Products, lockstep: Lockstep, part: Partition) {
    this.#config = config;
    this.#products = products;
    this.#lockstep = lockstep;
    this.#part = part;
  }

  /** x += the sum over a token's experts of weight * Wdown (silu(Wgate norm(x)) * Wup norm(x)) */
  run(bank: Bank, layer: PlacedLayer, router: PlacedTensor, batch: Batch): void {
    const { tokens } = batch;
    const networks = layer.feedForward.flatMap(({ gate, up }) => [gate, up]);
    // Adapters of experts are for their tokens only.
    this.#products.normalise(bank, layer.feedForwardNorm, [router], tokens, undefined, networks);
    const input = this.#products.prepared(bank, tokens);
    let isFirst = true;
    for (const routes of roundsOf(this.#route(bank, router, input, tokens), bank.plan.scratch.expertRows)) {
      // The last products of a round read what the next one overwrites.
      if (!isFirst) this.#lockstep.barrier();
      isFirst = false;
      this.#runRound(bank, this.#groupsOf(layer, routes, batch), input);
    }
  }

  /** Every worker finds all routes itself: a router is small beside one row of an expert a token. */
  #route(bank: Bank, router: PlacedTensor, input: Input, tokens: TokenShare): Route[] {
    const { experts, expertsUsed } = this.#config;
    const { scores } = this.#products.scratchOf(bank);
    this.#products.multiply(bank, router, input, scores, { from: 0, to: experts }, tokens);
    const start = scores >>> 2;
    return routesOf(bank.floats.subarray(start, start + tokens.count * experts), experts, expertsUsed);
  }

  #groupsOf(layer: PlacedLayer, routes: readonly Route[], { scales, adapters }: Batch): Group[] {
    let first = 0;
    return routes.map((route) => {
      const network = layer.feedForward[route.expert] as FeedForward<PlacedTensor>;
      const ownScales = adapters === 0 ? [] : route.tokens.map((token) => scales[token] ?? []);
      const share = new TokenShare(route.tokens.length, this.#lockstep, adapterRuns(ownScales, adapters));
      const group = { ...route, network, first, share };
      first += route.tokens.length;
      return group;
    });
  }

  #runRound(bank: Bank, groups: readonly Group[], input: Input): void {
    const { hiddenRows, dimRows } = this.#part;
    const { dim, hiddenDim } = this.#config;
    const { gate, up, projected, x, experts } = bank.plan.scratch;
    const inputs = this.#gather(bank, groups, input);
    this.#products.prepareAdapters(
      bank,
      groups.map(({ network, share }, i) => ({
        matrices: [network.gate, network.up],
        values: inputs[i]?.floats ?? 0,
        tokens: share,
      })),
    );
    for (const rows of this.#products.piecesOf(hiddenRows)) {
      for (const [i, { network, first, share }] of groups.entries()) {
        const from = inputs[i] as Input;
        const start = first * hiddenDim * 4;
        this.#products.multiply(bank, network.gate, from, gate + start, rows, share);
        this.#products.multiply(bank, network.up, from, up + start, rows, share);
        for (let t = 0; t < share.count; t++) {
          const at = start + (t * hiddenDim + rows.from) * 4;
          bank.kernels.swiglu(gate + at, up + at, rows.to - rows.from);
        }
      }
    }
    this.#lockstep.barrier();
    this.#packHidden(bank, groups);
    for (const rows of this.#products.piecesOf(dimRows)) {
      for (const { network, first, share, tokens, weights } of groups) {
        const hidden = {
          floats: gate + first * hiddenDim * 4,
          packed: experts.packed + first * bank.kernels.q8RowBytes(hiddenDim),
        };
        this.#products.multiply(bank, network.down, hidden, projected + first * dim * 4, rows, share);
        for (const [t, token] of tokens.entries()) {
          const at = projected + ((first + t) * dim + rows.from) * 4;
          bank.kernels.add_scaled(x + (token * dim + rows.from) * 4, at, weights[t] ?? 0, rows.to - rows.from);
        }
      }
    }
  }

  /** What each group multiplies: where it is one token that is there already, and several below one another. */
  #gather(bank: Bank, groups: readonly Group[], input: Input): Input[] {
    const { dim } = this.#config;
    const { experts } = bank.plan.scratch;
    const [floatBytes, packedBytes] = [dim * 4, bank.kernels.q8RowBytes(dim)];
    const { worker, workers } = this.#lockstep;
    const gathered = groups.filter(({ share }) => share.isBatch);
    for (const { first, tokens, network } of gathered) {
      const packs = [network.gate, network.up].some(({ type }) => bank.format(type).activation === "q8");
      const mine = shareOf(tokens.length, worker, workers);
      for (let t = mine.from; t < mine.to; t++) {
        const token = tokens[t] ?? 0;
        copy(bank, input.floats + token * floatBytes, experts.floats + (first + t) * floatBytes, floatBytes);
        if (!packs) continue;
        copy(bank, input.packed + token * packedBytes, experts.packed + (first + t) * packedBytes, packedBytes);
      }
    }
    if (gathered.length > 0) this.#lockstep.barrier();
    return groups.map(({ share, first, tokens: [token = 0] }) => {
      const [from, row] = share.isBatch ? [experts, first] : [input, token];
      return { floats: from.floats + row * floatBytes, packed: from.packed + row * packedBytes };
    });
  }

  /** Prepares what the experts' last matrices multiply. */
  #packHidden(bank: Bank, groups: readonly Group[]): void {
    const { hiddenDim } = this.#config;
    const { gate, experts } = bank.plan.scratch;
    const { worker, workers } = this.#lockstep;
    this.#products.prepareAdapters(
      bank,
      groups.map(({ network, first, share }) => ({
        matrices: [network.down],
        values: gate + first * hiddenDim * 4,
        tokens: share,
      })),
    );
    const rows = groups.reduce((sum, { share }) => sum + share.count, 0);
    if (groups.every(({ network }) => bank.format(network.down.type).activation !== "q8")) return;
    packRows(bank, gate, experts.packed, hiddenDim, shareOf(rows, worker, workers));
    this.#lockstep.barrier();
  }
}

function copy({ bytes }: Bank, from: number, to: number, count: number): void {
  bytes.copyWithin(to, from, from + count);
}
