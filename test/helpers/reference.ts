import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { root } from "./paths.js";

/** Trained weights and llama.cpp's outputs, which lie beside the repository where they are available. */
const folder = join(root, "..", "shared", "reference");

const isPresent = existsSync(folder);

/** For node:test: skips, with a line that says why, where the reference data is absent. */
export const needsReference: { readonly skip: string | false } = {
  skip: isPresent ? false : `the reference data is not in ${folder}`,
};

export function referencePath(...parts: string[]): string {
  return join(folder, ...parts);
}

/** Parses a JSON file of the reference data, also one that ends in .gz. */
export function readReference<T>(...parts: string[]): T {
  const bytes = readFileSync(referencePath(...parts));
  const text = parts.at(-1)?.endsWith(".gz") === true ? gunzipSync(bytes) : bytes;
  return JSON.parse(text.toString("utf8")) as T;
}
