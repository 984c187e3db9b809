import type { GgufFile } from "./file.js";
import { type ReadRange, readGgufHead } from "./remote.js";
import { joinShards } from "./shards.js";

/** A file of a model that is read in ranges. */
export interface RangedFile {
  /** Stands in {@link GgufFile.path}; parts of a split are named as files of a split are. */
  readonly name: string;
  /** Bytes of the whole file. */
  readonly size: number;
  readonly read: ReadRange;
}

/**
 * The header, metadata and tensor table of a model that is read in ranges, of a split of all its parts.
 * @param files all parts, in order
 * @throws LlamaError `format`, `unsupported`, `model`, and what reading throws
 */
export async function readRemoteModel(files: readonly RangedFile[]): Promise<GgufFile> {
  const heads = await Promise.all(files.map(({ name, size, read }) => readGgufHead(size, read, name)));
  const [first] = heads as [GgufFile, ...GgufFile[]];
  let next = 1;
  return joinShards(first, () => heads[next++] as GgufFile);
}
