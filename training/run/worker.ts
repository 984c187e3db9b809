/** A worker thread of the trainer: reads its shards' batches, finds their gradients, updates its parameters. */
import { parentPort, workerData } from "node:worker_threads";
import { type BatchSource, openSource, type SourceName } from "../data/source.js";
import type { Piece } from "../data/vocabulary.js";
import { instantiateTrainingKernels } from "../network/kernels.js";
import { Network } from "../network/network.js";
import type { Measure } from "../network/output.js";
import { ParameterLayout } from "../network/parameters.js";
import type { Shape } from "../network/shape.js";
import { type MemoryPlan, SHARDS } from "../network/shared-arrays.js";
import { Weights } from "../network/weights.js";
import { type ObjectiveName, objectiveNamed } from "../objectives/table.js";
import { type Learning, Optimiser } from "./optimiser.js";

export interface WorkerData {
  readonly worker: number;
  readonly workers: number;
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly shape: Shape;
  readonly plan: MemoryPlan;
  readonly pieces: readonly Piece[];
  readonly shardTokens: number;
  readonly seed: number;
}

/** Learns from, or only measures, the batches of one step of a source. */
export interface StepRequest {
  readonly source: SourceName;
  readonly step: number;
  readonly objective: ObjectiveName;
  /** Absent where nothing is to be learned. */
  readonly learning?: Learning;
}

/** What one worker says of a step: the measures of its shards, and what all know. */
export interface StepAnswer {
  readonly shards: readonly { readonly shard: number; readonly measure: Measure; readonly tokens: number }[];
  readonly weight: number;
  readonly gradientNorm: number;
}

const { worker, workers, module, memory, shape, plan, pieces, shardTokens, seed } = workerData as WorkerData;
const { shared } = plan;
const kernels = instantiateTrainingKernels(module, memory);
const layout = new ParameterLayout(shape);
const network = new Network(new Weights(kernels, memory, layout, shared), plan.activations[worker] as never);
const optimiser = new Optimiser(kernels, memory, layout, shared, worker, workers);
const weights = new Float64Array(memory.buffer, shared.weights, SHARDS);
const barrier = () => kernels.barrier(shared.barrier, workers);

const sources = new Map<string, Promise<BatchSource>>();

function sourceOf(name: SourceName): Promise<BatchSource> {
  const key = JSON.stringify(name);
  const found = sources.get(key) ?? openSource(name, { pieces, shape, shardTokens });
  sources.set(key, found);
  return found;
}

async function run({ source, step, objective: name, learning }: StepRequest): Promise<StepAnswer> {
  const batchAt = await sourceOf(source);
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
  if (learning !== undefined) {
    optimiser.sumShards();
    barrier();
    gradientNorm = optimiser.gradientNorm(weight);
    optimiser.update(learning, weight);
  }
  barrier();
  return { shards, weight, gradientNorm };
}

optimiser.transpose();
barrier();
parentPort?.on("message", async (request: StepRequest) => parentPort?.postMessage(await run(request)));
