import { Random } from "#dist/random.js";
import { Batch } from "../data/batch.js";
import { FLOAT } from "../network/activations.js";
import type { CachePlan } from "../network/cache.js";
import type { Weights } from "../network/weights.js";
import type { Decoder } from "./decoder.js";

/** What is to be answered, and the seed of its own that makes the answer independent of all others. */
export interface Prompt {
  readonly ids: readonly number[];
  readonly seed: number;
}

export interface SamplingOptions {
  /** 0 takes the likeliest. No top-k, no top-p: what is drawn is what the learner's probabilities say. */
  readonly temperature: number;
  /** Of an answer, its EOS included. */
  readonly mostTokens: number;
  readonly eos: number;
}

export interface Sample {
  /** The answer; its last id is EOS, unless it was too long. */
  readonly ids: readonly number[];
  /** Of each id, at the temperature; 0 at temperature 0, where nothing else was possible. */
  readonly logProbabilities: readonly number[];
  readonly ended: boolean;
}

interface Lane {
  readonly index: number;
  readonly lane: number;
  readonly random: Random;
  readonly promptLength: number;
  readonly ids: number[];
  readonly logProbabilities: number[];
}

/** Answers prompts, as many at a time as there are lanes: a lane that is free takes the next prompt. */
export class Sampler {
  readonly #weights: Weights;
  readonly #decoder: Decoder;
  readonly #cache: CachePlan;
  readonly #capacity: number;

  /** @param capacity tokens that the network reads at a time */
  constructor(weights: Weights, decoder: Decoder, cache: CachePlan, capacity: number) {
    this.#weights = weights;
    this.#decoder = decoder;
    this.#cache = cache;
    this.#capacity = capacity;
  }

  sample(prompts: readonly Prompt[], options: SamplingOptions): Sample[] {
    const samples: Sample[] = [];
    const free = Array.from({ length: this.#cache.lanes }, (_, lane) => lane);
    let active: Lane[] = [];
    let waiting = 0;
    const settle = (lanes: readonly Lane[]) =>
      lanes.filter(({ index, lane, ids, logProbabilities }) => {
        const ended = ids.at(-1) === options.eos;
        if (!ended && ids.length < options.mostTokens) return true;
        samples[index] = { ids, logProbabilities, ended };
        free.push(lane);
        return false;
      });
    while (waiting < prompts.length || active.length > 0) {
      // Prompts are read many at a time, once lanes enough are free.
      if (waiting < prompts.length && free.length * 4 >= this.#cache.lanes) {
        const begun = this.#begin(prompts, waiting, free, options);
        waiting += begun.length;
        active.push(...settle(begun));
      }
      if (active.length === 0) continue;
      const logits = this.#decoder.step(
        active.map(({ lane, ids, promptLength }) => ({
          lane,
          id: ids.at(-1) as number,
          position: promptLength + ids.length - 1,
        })),
      );
      const row = this.#weights.shape.vocabularySize * FLOAT;
      for (const [index, lane] of active.entries()) this.#draw(lane, logits + index * row, options);
      active = settle(active);
    }
    return samples;
  }

  /** Reads prompts from `first` on, as many as fit; equal ones that follow each other are read once. */
  #begin(prompts: readonly Prompt[], first: number, free: number[], options: SamplingOptions): Lane[] {
    const batch = new Batch(this.#capacity);
    const groups: Lane[][] = [];
    let last = "";
    for (let index = first; index < prompts.length && free.length > 0; index++) {
      const { ids, seed } = prompts[index] as Prompt;
      if (ids.length + options.mostTokens - 1 > this.#cache.length) {
        throw new RangeError(
          `a prompt of ${ids.length} tokens with an answer of ${options.mostTokens} does not fit into ${this.#cache.length}`,
        );
      }
      if (ids.join() !== last) {
        if (!batch.addToJudge({ ids, weights: ids.map(() => 0) })) break;
        groups.push([]);
        last = ids.join();
      }
      const lane = free.pop() as number;
      groups.at(-1)?.push({
        index,
        lane,
        random: new Random(seed),
        promptLength: ids.length,
        ids: [],
        logProbabilities: [],
      });
    }
    const logits = this.#decoder.begin(
      batch,
      groups.map((group) => group.map(({ lane }) => lane)),
    );
    for (const [i, group] of groups.entries()) {
      for (const lane of group) this.#draw(lane, logits[i] as number, options);
    }
    return groups.flat();
  }

  #draw({ random, ids, logProbabilities }: Lane, logits: number, { temperature }: SamplingOptions): void {
    const { kernels, memory, shape } = this.#weights;
    const { scratch, drawn } = this.#cache;
    const id =
      temperature === 0
        ? kernels.best(logits, shape.vocabularySize)
        : kernels.draw(logits, scratch, shape.vocabularySize, temperature, random.nextFloat(), drawn);
    ids.push(id);
    logProbabilities.push(temperature === 0 ? 0 : (new Float32Array(memory.buffer, drawn, 1)[0] as number));
  }
}
