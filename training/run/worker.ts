/** A worker thread of the trainer: finds its shards' gradients, updates its parameters, reads and samples its part. */
import { parentPort, workerData } from "node:worker_threads";
import { Batch } from "../data/batch.js";
import { type BatchSource, openSource, type SourceName } from "../data/source.js";
import { HAS_WIDE_TILES, instantiateTrainingKernels } from "../network/kernels.js";
import { Network } from "../network/network.js";
import type { Measure } from "../network/output.js";
import { ParameterLayout } from "../network/parameters.js";
import { SHARDS } from "../network/shared-arrays.js";
import { Weights } from "../network/weights.js";
import { objectiveNamed } from "../objectives/table.js";
import { Decoder } from "../sampling/decoder.js";
import { readTexts } from "../sampling/reader.js";
import { Sampler } from "../sampling/sampler.js";
import { Optimiser } from "./optimiser.js";
import type {
  Answers,
  Given,
  ReadRequest,
  SampleRequest,
  StepAnswer,
  StepRequest,
  WorkerData,
  WorkerRequest,
} from "./requests.js";

const { worker, workers, module, memory, shape, plan, pieces, shardTokens, seed, directory } = workerData as WorkerData;
const { shared } = plan;
const kernels = instantiateTrainingKernels(module, memory);
kernels.prepareGemm(plan.panels[worker] as number, HAS_WIDE_TILES);
const layout = new ParameterLayout(shape);
const parameters = new Weights(kernels, memory, layout, shared);
const activations = plan.activations[worker] as never;
const network = new Network(parameters, activations);
const optimiser = new Optimiser(kernels, memory, layout, shared, worker, workers);
const weights = new Float64Array(memory.buffer, shared.weights, SHARDS);
const barrier = () => kernels.barrier(shared.barrier, workers);

const sources = new Map<string, Promise<BatchSource>>();

async function batchesOf(source: SourceName | Given): Promise<BatchSource> {
  if ("given" in source) return ({ shard }) => batchOf(source, shard);
  const key = JSON.stringify(source);
  const found =
    sources.get(key) ??
    openSource(source, { pieces, shape, shardTokens, ...(directory !== undefined && { directory }) });
  sources.set(key, found);
  return found;
}

function batchOf({ given }: Given, shard: number): Batch {
  const batch = new Batch(shardTokens);
  for (const document of given[shard] ?? []) {
    if (!batch.add(document)) throw new RangeError(`the documents given do not fit into ${shardTokens} tokens a shard`);
  }
  return batch;
}

async function step({ source, step, objective: name, learning }: StepRequest): Promise<StepAnswer> {
  const batchAt = await batchesOf(source);
  const objective = objectiveNamed(name);
  const shards: { shard: number; measure: Measure; tokens: number }[] = [];
  for (let shard = worker; shard < SHARDS; shard += workers) {
    const batch = batchAt({ seed, step, shard });
    const gradients = shared.gradients[shard] as number;
    if (learning !== undefined) new Float32Array(memory.buffer, gradients, layout.size).fill(0);
    const measure =
      learning === undefined
        ? network.measure(batch, objective)
        : network.measureAndLearn(batch, objective, gradients, 1);
    weights[shard] = batch.totalWeight;
    shards.push({ shard, measure, tokens: batch.tokens });
  }
  barrier();
  const weight = weights.reduce((sum, value) => sum + value, 0);
  let gradientNorm = 0;
  // Of nothing there is no mean to step along: the parameters stay as they are.
  if (learning !== undefined && weight > 0) {
    optimiser.sumShards();
    barrier();
    gradientNorm = optimiser.gradientNorm(weight);
    optimiser.update(learning, weight);
  }
  barrier();
  return { shards, weight, gradientNorm };
}

const mine = <T>(list: readonly T[]): T[] => list.filter((_, index) => index % workers === worker);

function read({ question, texts }: ReadRequest): Float32Array[] {
  return readTexts(network, shardTokens, question, mine(texts));
}

function sample({ prompts, options }: SampleRequest) {
  const cache = plan.caches[worker];
  if (cache === undefined) throw new RangeError("this team has no room to sample");
  const decoder = new Decoder(parameters, network, activations, cache);
  return new Sampler(parameters, decoder, cache, shardTokens).sample(mine(prompts), options);
}

function refresh(): null {
  optimiser.transpose();
  barrier();
  return null;
}

const TASKS: { [K in keyof Answers]: (request: never) => Answers[K] | Promise<Answers[K]> } = {
  step,
  read,
  sample,
  refresh,
};

refresh();
parentPort?.on("message", async (request: WorkerRequest) => {
  parentPort?.postMessage(await TASKS[request.kind](request as never));
});
