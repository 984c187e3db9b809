import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../helpers/paths.js";
import type { Target } from "./target.js";

/** An input that breaks a promise: its file's name begins so, and it stays as a test once it is mended. */
const FOUND = "found-";
/** Larger inputs are not kept, as every clone would carry them; another run reaches what they did. */
const MAX_KEPT_BYTES = 16 << 10;

function folderOf({ name }: Target): string {
  return join(root, "test", "fuzz", "corpus", name);
}

/** Inputs that were kept for reaching something new, or for what they broke. */
export function readCorpus(target: Target): { readonly name: string; readonly bytes: Uint8Array }[] {
  const folder = folderOf(target);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((name) => ({ name, bytes: new Uint8Array(readFileSync(join(folder, name))) }));
}

/** Stores an input under the name that is returned; one that found nothing only where it is small. */
export function keep(target: Target, input: Uint8Array, isFinding = false): string {
  const folder = folderOf(target);
  if (!isFinding && input.length > MAX_KEPT_BYTES) return "";
  const digest = createHash("sha256").update(input).digest("hex").slice(0, 16);
  const name = `${isFinding ? FOUND : ""}${digest}`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), input);
  return name;
}
