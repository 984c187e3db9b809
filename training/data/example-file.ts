import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AtomicFile } from "#dist/files/atomic-file.js";
import { Random } from "#dist/random.js";
import { SHARDS } from "../network/shared-arrays.js";
import { Batch, type Document } from "./batch.js";
import { shuffled } from "./shuffle.js";
import type { BatchSource, SourceContext, SourceName } from "./source.js";

/** A text to be learned from `from` on: what comes before it is read only. */
export interface Example {
  readonly ids: readonly number[];
  readonly from: number;
}

/** Two answers to a prompt, of which the first is the better one; whole, with prompt and EOS. */
export interface RankedPair {
  readonly chosen: readonly number[];
  readonly rejected: readonly number[];
  readonly margin: number;
  /** Whether each is safe, 0 or 1. */
  readonly safe: readonly [number, number];
}

/** What a line holds: one example, or a pair that is ranked. */
export type ExampleKind = "examples" | "pairs";

/** A file as a source is told of it: a changed one would be another recipe. */
interface Parameters {
  readonly kind: ExampleKind;
  readonly file: string;
  readonly sha256: string;
}

/** Writes lines of JSON, all of them or no file. */
export function writeExamples(path: string, lines: readonly (Example | RankedPair)[]): void {
  const file = new AtomicFile(path, { force: true });
  try {
    file.write(Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join("")));
    file.commit();
  } finally {
    file.discard();
  }
}

export function readExamples<T extends Example | RankedPair>(path: string): T[] {
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as T);
}

/** The source of a file that is there already. */
export function exampleFile(kind: ExampleKind, directory: string, file: string): SourceName {
  const sha256 = createHash("sha256")
    .update(readFileSync(join(directory, file)))
    .digest("hex");
  return { module: "data/example-file.js", parameters: { kind, file, sha256 } satisfies Parameters };
}

/** Steps that one epoch of a file takes, at least 1. */
export function stepsOfEpoch(kind: ExampleKind, path: string, shardTokens: number, seed: number): number {
  const lengths = readExamples(path).map((line) => tokensOf(kind, line));
  return Math.max(1, Math.ceil(pack(lengths, shardTokens, seed, 0).length / SHARDS));
}

/** Every example once an epoch, in an order of its own; a batch is filled until the next one no longer fits. */
export function openSource(parameters: unknown, { directory = ".", shardTokens }: SourceContext): BatchSource {
  const { kind, file, sha256 } = parameters as Parameters;
  const bytes = readFileSync(join(directory, file));
  if (createHash("sha256").update(bytes).digest("hex") !== sha256) {
    throw new Error(`The examples ${file} are not those that this stage was begun with; remove its checkpoint.`);
  }
  const lines = readExamples(join(directory, file));
  const lengths = lines.map((line) => tokensOf(kind, line));
  const epochs: number[][][] = [];
  return ({ seed, step, shard }) => {
    let first = 0;
    for (let epoch = 0; ; epoch++) {
      const packs = epochs[epoch] ?? pack(lengths, shardTokens, seed, epoch);
      epochs[epoch] = packs;
      const steps = Math.max(1, Math.ceil(packs.length / SHARDS));
      if (step < first + steps) return batchOf(kind, packs[(step - first) * SHARDS + shard] ?? [], lines, shardTokens);
      first += steps;
    }
  };
}

function tokensOf(kind: ExampleKind, line: Example | RankedPair): number {
  if (kind === "examples") return (line as Example).ids.length - 1;
  const { chosen, rejected } = line as RankedPair;
  return chosen.length + rejected.length;
}

/** Indices of the examples of each batch of an epoch. */
function pack(lengths: readonly number[], capacity: number, seed: number, epoch: number): number[][] {
  const random = new Random((seed * 1021 + epoch) >>> 0);
  const packs: number[][] = [];
  let room = 0;
  for (const index of shuffled(random, [...lengths.keys()])) {
    const length = lengths[index] as number;
    if (length > capacity) throw new RangeError(`an example of ${length} tokens is longer than ${capacity}`);
    if (length > room) {
      packs.push([]);
      room = capacity;
    }
    packs.at(-1)?.push(index);
    room -= length;
  }
  return packs;
}

function batchOf(
  kind: ExampleKind,
  indices: readonly number[],
  lines: readonly (Example | RankedPair)[],
  capacity: number,
): Batch {
  const batch = new Batch(capacity);
  for (const index of indices) {
    const line = lines[index] as Example | RankedPair;
    if (kind === "examples") batch.add(learnedDocument(line as Example));
    else for (const document of judgedDocuments(line as RankedPair)) batch.addToJudge(document);
  }
  return batch;
}

function learnedDocument({ ids, from }: Example): Document {
  return { ids, weights: ids.map((_, i) => (i < from ? 0 : 1)) };
}

/** As `objectives/ranking.ts` wants them: the chosen one first, all that counts at the last tokens. */
export function judgedDocuments({ chosen, rejected, margin, safe }: RankedPair): [Document, Document] {
  const judged = (ids: readonly number[], weight: number, signals: readonly number[]): Document => {
    const last = (value: number) => ids.map((_, i) => (i === ids.length - 1 ? value : 0));
    return { ids, weights: last(weight), signals: signals.map(last) };
  };
  return [judged(chosen, 1, [margin, safe[0]]), judged(rejected, 0, [0, safe[1]])];
}
