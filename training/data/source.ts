import type { Shape } from "../network/shape.js";
import type { Batch } from "./batch.js";
import type { Piece } from "./vocabulary.js";

/** Which documents: a source is as long as it is asked for, and the same place gives the same batch. */
export interface Place {
  readonly seed: number;
  readonly step: number;
  readonly shard: number;
}

/** The batch of a place: a function of nothing else, so that a run can go on anywhere and with any workers. */
export type BatchSource = (place: Place) => Batch;

/** Where batches come from: a module below training/, and what its `openSource` is told; plain data for threads. */
export interface SourceName {
  /** Path from training/, as it is built: `data/documents.js`. */
  readonly module: string;
  /** JSON. */
  readonly parameters: unknown;
}

export interface SourceContext {
  readonly pieces: readonly Piece[];
  readonly shape: Shape;
  /** Tokens of a batch at most. */
  readonly shardTokens: number;
  /** Where the files of examples are that earlier stages wrote; a run without such has none. */
  readonly directory?: string;
}

/** What a module that is named as a source has to export. */
export interface SourceModule {
  openSource(parameters: unknown, context: SourceContext): BatchSource | Promise<BatchSource>;
}

export async function openSource({ module, parameters }: SourceName, context: SourceContext): Promise<BatchSource> {
  const loaded = (await import(new URL(`../${module}`, import.meta.url).href)) as Partial<SourceModule>;
  if (loaded.openSource === undefined) throw new TypeError(`training/${module} has no openSource`);
  return loaded.openSource(parameters, context);
}
