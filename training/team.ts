import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { Random } from "#dist/random.js";
import { compileTrainingKernels, instantiateTrainingKernels } from "./kernels.js";
import { ParameterLayout } from "./parameters.js";
import type { Shape } from "./shape.js";
import { type MemoryPlan, planTrainingMemory } from "./shared-arrays.js";
import type { Piece } from "./vocabulary.js";
import type { StepRequest, StepResult, WorkerData } from "./worker.js";

export interface TeamOptions {
  readonly shape: Shape;
  readonly pieces: readonly Piece[];
  readonly seed: number;
  /** Tokens of a shard at most; there are four shards a step. */
  readonly shardTokens: number;
  readonly workers: number;
}

/** The parameters of a model in training, and AdamW's moments of them, each (layout.size,). */
export interface ModelState {
  readonly values: Float32Array;
  readonly means: Float32Array;
  readonly squares: Float32Array;
}

/** The worker threads of a training run, on one shared memory. */
export class Team {
  readonly layout: ParameterLayout;
  readonly #workers: Worker[] = [];
  readonly #options: TeamOptions;
  readonly #memory: WebAssembly.Memory;
  readonly #module: WebAssembly.Module;
  readonly #plan: MemoryPlan;

  /** The model begins with seeded random parameters, or with the state given. */
  constructor(options: TeamOptions, state?: ModelState) {
    const { shape, shardTokens, workers } = options;
    this.#options = options;
    this.layout = new ParameterLayout(shape);
    this.#module = compileTrainingKernels();
    this.#memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
    const heapBase = instantiateTrainingKernels(this.#module, this.#memory).heapBase();
    this.#plan = planTrainingMemory(shape, shardTokens, workers, heapBase);
    this.#memory.grow(this.#plan.pages - this.#memory.buffer.byteLength / 65536);
    if (state === undefined) this.layout.initialise(this.state.values, new Random(options.seed));
    else this.restore(state);
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

  /** Forgets AdamW's moments: a new phase begins. */
  forgetMoments(): void {
    this.state.means.fill(0);
    this.state.squares.fill(0);
  }

  async step(request: StepRequest): Promise<StepResult> {
    if (this.#workers.length === 0) this.#start();
    const answers = this.#workers.map(async (worker) => {
      const [result] = (await once(worker, "message")) as [StepResult];
      return result;
    });
    for (const worker of this.#workers) worker.postMessage(request);
    const results = await Promise.all(answers);
    return { ...(results[0] as StepResult), tokens: results.reduce((sum, { tokens }) => sum + tokens, 0) };
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  /** At the first step, when the parameters are in place: workers begin by transposing them. */
  #start(): void {
    const { workers, shape, pieces, seed, shardTokens } = this.#options;
    for (let worker = 0; worker < workers; worker++) {
      const data = {
        shape,
        pieces,
        seed,
        shardTokens,
        worker,
        workers,
        module: this.#module,
        memory: this.#memory,
        plan: this.#plan,
      };
      this.#workers.push(
        new Worker(new URL("./worker.js", import.meta.url), { workerData: data satisfies WorkerData, execArgv: [] }),
      );
    }
  }
}
