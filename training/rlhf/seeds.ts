import { createHash } from "node:crypto";
import { Random } from "#dist/random.js";

/** A seed for each thing that is drawn, by its name: none depends on how much another one drew. */
export function seedFor(seed: number, ...names: readonly (string | number)[]): number {
  return createHash("sha256")
    .update([seed, ...names].join("\n"))
    .digest()
    .readUInt32LE(0);
}

export function randomFor(seed: number, ...names: readonly (string | number)[]): Random {
  return new Random(seedFor(seed, ...names));
}
