import { LlamaError, printable } from "../errors.js";
import type { GgufFile } from "./file.js";

/** More than any model is cut into; split.count is a u16. */
const MAX_SHARDS = 1 << 10;

/**
 * Joins the shards of a model of which the first was opened: files named `name-00001-of-0000N.gguf` side by side, with
 * `split.no` (from 0), `split.count` and `split.tensors.count` in their metadata. Any shard may hold any tensor; the
 * metadata is the first one's. A file that is no shard is returned as it is.
 * @param open reads another file by its path
 * @throws LlamaError `format` where shards do not belong together, `not-found` where one is missing
 */
export function joinShards(first: GgufFile, open: (path: string) => GgufFile): GgufFile {
  const count = first.metadata.findInteger("split.count") ?? 1;
  if (count <= 1) return first;
  if (count > MAX_SHARDS) throw wrong(first, `split.count is ${count}, and the limit is ${MAX_SHARDS}`);
  const shards = [first];
  checkNumber(first, 0, count);
  for (let number = 1; number < count; number++) {
    const shard = open(shardPath(first.path, number, count));
    checkNumber(shard, number, count);
    shards.push(shard);
  }
  const tensors = shards.flatMap((shard) => shard.tensors);
  const names = new Set<string>();
  for (const { name } of tensors) {
    if (names.has(name)) throw wrong(first, `tensor ${printable(name)} is in two shards`);
    names.add(name);
  }
  const expected = first.metadata.findInteger("split.tensors.count") ?? tensors.length;
  if (tensors.length !== expected) {
    throw wrong(first, `the shards have ${tensors.length} tensors, and split.tensors.count is ${expected}`);
  }
  return { ...first, size: shards.reduce((sum, shard) => sum + shard.size, 0), tensors };
}

/** The other shard's path, made from the given one: nothing in a file can lead elsewhere. */
function shardPath(firstPath: string, number: number, count: number): string {
  const five = (value: number) => String(value).padStart(5, "0");
  const ending = `-00001-of-${five(count)}.gguf`;
  if (!firstPath.endsWith(ending)) {
    throw new LlamaError(
      "format",
      `${printable(firstPath, 256)} is the first of ${count} shards, but is not named like one; its name must end in ${ending}.`,
    );
  }
  return `${firstPath.slice(0, -ending.length)}-${five(number + 1)}-of-${five(count)}.gguf`;
}

function checkNumber(shard: GgufFile, number: number, count: number): void {
  const found = shard.metadata.findInteger("split.no") ?? 0;
  const foundCount = shard.metadata.findInteger("split.count") ?? 1;
  if (found === number && foundCount === count) return;
  const hint = number === 0 ? "; give the first shard" : "";
  throw wrong(shard, `expected shard ${number + 1} of ${count}, found shard ${found + 1} of ${foundCount}${hint}`);
}

function wrong(file: GgufFile, what: string): LlamaError {
  return new LlamaError(
    "format",
    `The shards of the model do not fit together at ${printable(file.path, 256)}: ${what}.`,
  );
}
