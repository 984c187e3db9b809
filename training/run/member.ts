import { Batch } from "../data/batch.js";
import { type BatchSource, openSource, type SourceName } from "../data/source.js";
import type { Activations } from "../network/activations.js";
import { HAS_WIDE_TILES, instantiateTrainingKernels, type TrainingKernels } from "../network/kernels.js";
import { Network } from "../network/network.js";
import type { Measure } from "../network/output.js";
import { ParameterLayout } from "../network/parameters.js";
import { SHARDS } from "../network/shared-arrays.js";
import { Weights } from "../network/weights.js";
import { objectiveNamed } from "../objectives/table.js";
import { Decoder } from "../sampling/decoder.js";
import { readTexts } from "../sampling/reader.js";
import { type Sample, Sampler } from "../sampling/sampler.js";
import { Optimiser } from "./optimiser.js";
import type {
  Answers,
  Given,
  ReadRequest,
  SampleRequest,
  StepAnswer,
  StepRequest,
  TeamRequest,
  WorkerData,
} from "./requests.js";

/** One worker's part of a team: its shards' gradients, its parameters, the texts that it reads and samples. */
export class Member {
  readonly #data: WorkerData;
  readonly #kernels: TrainingKernels;
  readonly #layout: ParameterLayout;
  readonly #parameters: Weights;
  readonly #activations: Activations;
  readonly #network: Network;
  readonly #optimiser: Optimiser;
  /** The total weight of each shard. */
  readonly #weights: Float64Array;
  readonly #sources = new Map<string, Promise<BatchSource>>();

  /** Returns when all members are there: they begin by transposing the parameters. */
  constructor(data: WorkerData) {
    const { worker, workers, module, memory, shape, plan } = data;
    const { shared } = plan;
    this.#data = data;
    this.#kernels = instantiateTrainingKernels(module, memory);
    this.#kernels.prepareGemm(plan.panels[worker] as number, HAS_WIDE_TILES);
    this.#layout = new ParameterLayout(shape);
    this.#parameters = new Weights(this.#kernels, memory, this.#layout, shared);
    this.#activations = plan.activations[worker] as Activations;
    this.#network = new Network(this.#parameters, this.#activations);
    this.#optimiser = new Optimiser(this.#kernels, memory, this.#layout, shared, worker, workers);
    this.#weights = new Float64Array(memory.buffer, shared.weights, SHARDS);
    this.#refresh();
  }

  async answer(request: TeamRequest): Promise<Answers[TeamRequest["kind"]]> {
    switch (request.kind) {
      case "step":
        return this.#step(request);
      case "read":
        return this.#read(request);
      case "sample":
        return this.#sample(request);
      case "refresh":
        return this.#refresh();
    }
  }

  async #step({ source, step, objective: name, learning }: StepRequest): Promise<StepAnswer> {
    const { worker, workers, memory, plan, seed } = this.#data;
    const batchAt = await this.#batchesOf(source);
    const objective = objectiveNamed(name);
    const shards: { shard: number; measure: Measure; tokens: number }[] = [];
    for (let shard = worker; shard < SHARDS; shard += workers) {
      const batch = batchAt({ seed, step, shard });
      const gradients = plan.shared.gradients[shard] as number;
      if (learning !== undefined) new Float32Array(memory.buffer, gradients, this.#layout.size).fill(0);
      const measure =
        learning === undefined
          ? this.#network.measure(batch, objective)
          : this.#network.measureAndLearn(batch, objective, gradients, 1);
      this.#weights[shard] = batch.totalWeight;
      shards.push({ shard, measure, tokens: batch.tokens });
    }
    this.#barrier();
    const weight = this.#weights.reduce((sum, value) => sum + value, 0);
    let gradientNorm = 0;
    // Of nothing there is no mean to step along: the parameters stay as they are.
    if (learning !== undefined && weight > 0) {
      this.#optimiser.sumShards();
      this.#barrier();
      gradientNorm = this.#optimiser.gradientNorm(weight);
      this.#optimiser.update(learning, weight);
    }
    this.#barrier();
    return { shards, weight, gradientNorm };
  }

  #read({ question, texts }: ReadRequest): Float32Array[] {
    return readTexts(this.#network, this.#data.shardTokens, question, this.#mine(texts));
  }

  #sample({ prompts, options }: SampleRequest): Sample[] {
    const { plan, worker, shardTokens } = this.#data;
    const cache = plan.caches[worker];
    if (cache === undefined) throw new RangeError("this team has no room to sample");
    const decoder = new Decoder(this.#parameters, this.#network, this.#activations, cache);
    return new Sampler(this.#parameters, decoder, cache, shardTokens).sample(this.#mine(prompts), options);
  }

  #refresh(): null {
    this.#optimiser.transpose();
    this.#barrier();
    return null;
  }

  #barrier(): void {
    this.#kernels.barrier(this.#data.plan.shared.barrier, this.#data.workers);
  }

  #mine<T>(list: readonly T[]): T[] {
    const { worker, workers } = this.#data;
    return list.filter((_, index) => index % workers === worker);
  }

  async #batchesOf(source: SourceName | Given): Promise<BatchSource> {
    if ("given" in source) return ({ shard }) => this.#batchOf(source, shard);
    const { pieces, shape, shardTokens, directory } = this.#data;
    const key = JSON.stringify(source);
    const found =
      this.#sources.get(key) ??
      openSource(source, { pieces, shape, shardTokens, ...(directory !== undefined && { directory }) });
    this.#sources.set(key, found);
    return found;
  }

  #batchOf({ given }: Given, shard: number): Batch {
    const { shardTokens } = this.#data;
    const batch = new Batch(shardTokens);
    for (const document of given[shard] ?? []) {
      if (!batch.add(document))
        throw new RangeError(`the documents given do not fit into ${shardTokens} tokens a shard`);
    }
    return batch;
  }
}
