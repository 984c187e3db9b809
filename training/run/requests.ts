import type { Document } from "../data/batch.js";
import type { SourceName } from "../data/source.js";
import type { Piece } from "../data/vocabulary.js";
import type { Measure } from "../network/output.js";
import type { Shape } from "../network/shape.js";
import type { MemoryPlan } from "../network/shared-arrays.js";
import type { ObjectiveName } from "../objectives/table.js";
import type { Question, Text } from "../sampling/reader.js";
import type { Prompt, Sample, SamplingOptions } from "../sampling/sampler.js";
import type { Learning } from "./optimiser.js";

/** What a worker thread needs to know of its team. */
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
  readonly directory?: string;
}

/** Documents that are there already, instead of a source's: those of each shard. */
export interface Given {
  readonly given: readonly (readonly Document[])[];
}

/** Learns from, or only measures, the batches of one step. */
export interface StepRequest {
  readonly kind: "step";
  readonly source: SourceName | Given;
  readonly step: number;
  readonly objective: ObjectiveName;
  /** Absent where nothing is to be learned. */
  readonly learning?: Learning;
}

/** Asks of texts; each worker reads every so manieth. */
export interface ReadRequest {
  readonly kind: "read";
  readonly question: Question;
  readonly texts: readonly Text[];
}

/** Wants answers to prompts; each worker samples every so manieth. */
export interface SampleRequest {
  readonly kind: "sample";
  readonly prompts: readonly Prompt[];
  readonly options: SamplingOptions;
}

/** Parameters were written from outside. */
export interface RefreshRequest {
  readonly kind: "refresh";
}

/** What a team asks of its members, who all answer. */
export type TeamRequest = StepRequest | ReadRequest | SampleRequest | RefreshRequest;

/** What a thread hears; to join and to leave has no answer. */
export type WorkerRequest =
  | TeamRequest
  | { readonly kind: "join"; readonly data: WorkerData }
  | { readonly kind: "leave" };

/** What one worker says of a step: the measures of its shards, and what all know. */
export interface StepAnswer {
  readonly shards: readonly { readonly shard: number; readonly measure: Measure; readonly tokens: number }[];
  readonly weight: number;
  readonly gradientNorm: number;
}

/** What a worker answers to each kind of request; of reading and sampling, its own part in order. */
export interface Answers {
  readonly step: StepAnswer;
  readonly read: readonly Float32Array[];
  readonly sample: readonly Sample[];
  readonly refresh: null;
}
