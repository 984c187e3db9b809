/** A worker thread of the trainer: makes its shards' documents, finds their gradients, updates its parameters. */
import { parentPort, workerData } from "node:worker_threads";
import { fillBatch } from "./batch.js";
import { documentsOf, type StreamName } from "./documents.js";
import { instantiateTrainingKernels } from "./kernels.js";
import { Network } from "./network.js";
import { Optimiser } from "./optimiser.js";
import { ParameterLayout } from "./parameters.js";
import type { Shape } from "./shape.js";
import { type MemoryPlan, SHARDS } from "./shared-arrays.js";
import { type Piece, tokenizerOf } from "./vocabulary.js";

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

/** Learns from, or only measures, the documents of one step of a stream. */
export interface StepRequest {
  readonly stream: StreamName;
  readonly step: number;
  /** Absent where nothing is to be learned. */
  readonly learning?: { readonly rate: number; readonly update: number };
}

/** Sums over all shards. */
export interface StepResult {
  readonly loss: number;
  readonly weight: number;
  readonly tokens: number;
  readonly gradientNorm: number;
}

const { worker, workers, module, memory, shape, plan, pieces, shardTokens, seed } = workerData as WorkerData;
const { shared } = plan;
const kernels = instantiateTrainingKernels(module, memory);
const layout = new ParameterLayout(shape);
const network = new Network(kernels, memory, layout, shared, plan.activations[worker] as never);
const optimiser = new Optimiser(kernels, memory, layout, shared, worker, workers);
const losses = new Float64Array(memory.buffer, shared.losses, SHARDS);
const weights = new Float64Array(memory.buffer, shared.weights, SHARDS);
const tokenizer = tokenizerOf(pieces);
const barrier = () => kernels.barrier(shared.barrier, workers);

function run({ stream, step, learning }: StepRequest): StepResult {
  let tokens = 0;
  for (let shard = worker; shard < SHARDS; shard += workers) {
    const batch = fillBatch(shardTokens, documentsOf(stream, tokenizer, { seed, step, shard }));
    const gradients = shared.gradients[shard] as number;
    if (learning !== undefined) new Float32Array(memory.buffer, gradients, layout.size).fill(0);
    losses[shard] = learning === undefined ? network.loss(batch) : network.lossAndGradients(batch, gradients, 1);
    weights[shard] = batch.totalWeight;
    tokens += batch.tokens;
  }
  barrier();
  const loss = losses.reduce((sum, value) => sum + value, 0);
  const weight = weights.reduce((sum, value) => sum + value, 0);
  let gradientNorm = 0;
  if (learning !== undefined) {
    optimiser.sumShards();
    barrier();
    gradientNorm = optimiser.gradientNorm(weight);
    optimiser.update(learning.rate, learning.update, weight);
  }
  barrier();
  return { loss, weight, tokens, gradientNorm };
}

optimiser.transpose();
barrier();
parentPort?.on("message", (request: StepRequest) => parentPort?.postMessage(run(request)));
