import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { LlamaError } from "#dist/errors.js";
import { AtomicFile } from "#dist/files/atomic-file.js";
import type { ModelState } from "./team.js";

/** Where a run stands. */
export interface Progress {
  /** What must be the same to go on: a checkpoint of another recipe is refused. */
  readonly recipe: string;
  readonly stage: number;
  /** Steps done of the stage. */
  readonly step: number;
  readonly tokensSeen: number;
}

const ARRAYS = ["values", "means", "squares"] as const;

/**
 * Writes the whole state of a run, whole or not at all: a line of JSON, three arrays of f32, and the SHA-256 of all
 * that.
 */
export function writeCheckpoint(path: string, progress: Progress, state: ModelState): void {
  const head = Buffer.from(`${JSON.stringify({ ...progress, size: state.values.length })}\n`);
  // Views of shared memory cannot be hashed: copies can.
  const parts = [head, ...ARRAYS.map((name) => Buffer.from(state[name].slice().buffer))];
  const hash = createHash("sha256");
  const file = new AtomicFile(path, { force: true });
  try {
    for (const part of parts) {
      hash.update(part);
      file.write(part);
    }
    file.write(hash.digest());
    file.commit();
  } finally {
    file.discard();
  }
}

/** Undefined where there is no checkpoint yet. */
export function readCheckpoint(path: string, recipe?: string): { progress: Progress; state: ModelState } | undefined {
  if (!existsSync(path)) return undefined;
  const bytes = readFileSync(path);
  const body = bytes.subarray(0, -32);
  if (!createHash("sha256").update(body).digest().equals(bytes.subarray(-32))) {
    throw new LlamaError("integrity", `The checkpoint ${path} is damaged; remove it to begin anew.`);
  }
  const headEnd = body.indexOf(10) + 1;
  const { size, ...progress } = JSON.parse(body.toString("utf8", 0, headEnd)) as Progress & { size: number };
  if (recipe !== undefined && progress.recipe !== recipe) {
    throw new LlamaError("option", `The checkpoint ${path} belongs to another recipe; remove it to begin anew.`);
  }
  const array = (index: number) => {
    const start = headEnd + index * size * 4;
    return new Float32Array(Uint8Array.from(body.subarray(start, start + size * 4)).buffer);
  };
  return { progress, state: { values: array(0), means: array(1), squares: array(2) } };
}

/** The same for a run that has ended, whatever its recipe. @throws LlamaError `not-found` where there is none */
export function readCheckpointOf(path: string): { progress: Progress; state: ModelState } {
  const found = readCheckpoint(path);
  if (found === undefined) throw new LlamaError("not-found", `There is no checkpoint ${path}; train first.`);
  return found;
}
