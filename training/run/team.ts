import { once } from "node:events";
import type { Worker } from "node:worker_threads";
import { Random } from "#dist/random.js";
import type { Piece } from "../data/vocabulary.js";
import type { SamplingSize } from "../network/cache.js";
import { compileTrainingKernels, instantiateTrainingKernels } from "../network/kernels.js";
import type { Measure } from "../network/output.js";
import { ParameterLayout } from "../network/parameters.js";
import type { Shape } from "../network/shape.js";
import { type MemoryPlan, planTrainingMemory } from "../network/shared-arrays.js";
import type { Question, Text } from "../sampling/reader.js";
import type { Prompt, Sample, SamplingOptions } from "../sampling/sampler.js";
import type { Answers, StepAnswer, StepRequest, TeamRequest, WorkerData } from "./requests.js";
import { leaveThread, takeThread } from "./threads.js";

/** Sums over all shards. */
export interface StepResult {
  readonly measure: Measure;
  readonly weight: number;
  readonly tokens: number;
  readonly gradientNorm: number;
}

export interface TeamOptions {
  readonly shape: Shape;
  readonly pieces: readonly Piece[];
  readonly seed: number;
  /** Tokens of a shard at most; there are four shards a step. */
  readonly shardTokens: number;
  readonly workers: number;
  /** Where it is to sample: how many sequences a worker decodes side by side. */
  readonly sampling?: SamplingSize;
  /** Of files of examples. */
  readonly directory?: string;
}

/** The parameters of a model in training, and AdamW's moments of them, each (layout.size,). */
export interface ModelState {
  readonly values: Float32Array;
  readonly means: Float32Array;
  readonly squares: Float32Array;
}

/** Parameters that are trained anew. */
export function beginningWith(values: Float32Array): ModelState {
  return { values, means: new Float32Array(values.length), squares: new Float32Array(values.length) };
}

/**
 * Pages of memory up to which a team's threads are kept for another: 64 MB. An idle thread may hold its last team's
 * memory until its garbage is collected.
 */
const SMALL_PAGES = 1024;

/** The worker threads of a training run, on one shared memory. */
export class Team {
  readonly layout: ParameterLayout;
  readonly #workers: Worker[] = [];
  readonly #options: TeamOptions;
  readonly #memory: WebAssembly.Memory;
  readonly #module: WebAssembly.Module;
  readonly #plan: MemoryPlan;
  /** Requests that are not answered. */
  #asked = 0;

  /** The model begins with seeded random parameters, or with the state given. */
  constructor(options: TeamOptions, state?: ModelState) {
    const { shape } = options;
    this.#options = options;
    this.layout = new ParameterLayout(shape);
    this.#module = compileTrainingKernels();
    this.#memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
    const kernels = instantiateTrainingKernels(this.#module, this.#memory);
    this.#plan = planTrainingMemory(options, kernels.heapBase(), kernels.panelSize());
    this.#memory.grow(this.#plan.pages - this.#memory.buffer.byteLength / 65536);
    if (state === undefined) this.layout.initialise(this.state.values, new Random(options.seed));
    else this.restore(state);
  }

  /** Whether the team could do what another with these options would. */
  fits({ shape, shardTokens }: Pick<TeamOptions, "shape" | "shardTokens">): boolean {
    const mine = this.#options;
    return shardTokens === mine.shardTokens && JSON.stringify(shape) === JSON.stringify(mine.shape);
  }

  /** Views of the memory: they change as training goes on. */
  get state(): ModelState {
    const { values, means, squares } = this.#plan.shared;
    const view = (address: number) => new Float32Array(this.#memory.buffer, address, this.layout.size);
    return { values: view(values), means: view(means), squares: view(squares) };
  }

  restore(state: ModelState): void {
    this.state.values.set(state.values);
    this.state.means.set(state.means);
    this.state.squares.set(state.squares);
  }

  /** Takes other parameters, of the same shape; the workers are told. */
  async take(values: Float32Array): Promise<void> {
    this.state.values.set(values);
    this.forgetMoments();
    if (this.#workers.length > 0) await this.#ask({ kind: "refresh" });
  }

  /** Forgets AdamW's moments: a new stage begins. */
  forgetMoments(): void {
    this.state.means.fill(0);
    this.state.squares.fill(0);
  }

  async step(request: Omit<StepRequest, "kind">): Promise<StepResult> {
    const answers = await this.#ask({ kind: "step", ...request });
    // In the order of shards, whoever had them: so the sums do not depend on the number of workers.
    const shards = answers.flatMap((answer) => answer.shards).sort((a, b) => a.shard - b.shard);
    const { weight, gradientNorm } = answers[0] as StepAnswer;
    const tokens = shards.reduce((sum, shard) => sum + shard.tokens, 0);
    return { measure: sumOf(shards.map(({ measure }) => measure)), weight, tokens, gradientNorm };
  }

  /** Asks something of texts: an array each, of which {@link Question} says what it holds. */
  async read(question: Question, texts: readonly Text[]): Promise<Float32Array[]> {
    return dealtBack(await this.#ask({ kind: "read", question, texts }));
  }

  /** The scalar of each text's last token. */
  async scores(texts: readonly (readonly number[])[]): Promise<number[]> {
    const read = await this.read(
      "scores",
      texts.map((ids) => ({ ids, from: 0 })),
    );
    return read.map(([score]) => score as number);
  }

  async sample(prompts: readonly Prompt[], options: SamplingOptions): Promise<Sample[]> {
    return dealtBack(await this.#ask({ kind: "sample", prompts, options }));
  }

  /** Puts a request to all workers. */
  async #ask<Kind extends TeamRequest["kind"]>(
    request: Extract<TeamRequest, { kind: Kind }>,
  ): Promise<Answers[Kind][]> {
    if (this.#workers.length === 0) this.#start();
    this.#asked++;
    const answers = this.#workers.map(async (worker) => {
      const [result] = (await once(worker, "message")) as [Answers[Kind]];
      return result;
    });
    for (const worker of this.#workers) worker.postMessage(request);
    const all = await Promise.all(answers);
    this.#asked--;
    return all;
  }

  /** Lets the threads go. One that failed, or is at work, ends with its team. */
  async dispose(): Promise<void> {
    const workers = this.#workers.splice(0);
    if (this.#asked === 0 && this.#plan.pages <= SMALL_PAGES) workers.forEach(leaveThread);
    else await Promise.all(workers.map((worker) => worker.terminate()));
  }

  /** At the first step, when the parameters are in place: workers begin by transposing them. */
  #start(): void {
    const { workers, shape, pieces, seed, shardTokens, directory } = this.#options;
    for (let worker = 0; worker < workers; worker++) {
      const data: WorkerData = {
        shape,
        pieces,
        seed,
        shardTokens,
        worker,
        workers,
        module: this.#module,
        memory: this.#memory,
        plan: this.#plan,
        ...(directory !== undefined && { directory }),
      };
      this.#workers.push(takeThread({ kind: "join", data }));
    }
  }
}

/** What was dealt to the workers one by one, in its order. */
function dealtBack<T>(parts: readonly (readonly T[])[]): T[] {
  const count = parts.reduce((sum, part) => sum + part.length, 0);
  return Array.from({ length: count }, (_, index) => {
    return parts[index % parts.length]?.[Math.floor(index / parts.length)] as T;
  });
}

function sumOf(measures: readonly Measure[]): Measure {
  const sum: { loss: number; [name: string]: number } = { loss: 0 };
  for (const measure of measures) {
    for (const [name, value] of Object.entries(measure)) sum[name] = (sum[name] ?? 0) + value;
  }
  return sum;
}
