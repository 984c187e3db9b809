import type { Metadata } from "./metadata.js";
import type { TensorInfo } from "./tensors.js";

/** What a GGUF file says of itself; its tensor data stays on disk. */
export interface GgufFile {
  readonly path: string;
  readonly version: number;
  /** Bytes of the file, or of all its shards. */
  readonly size: number;
  readonly metadata: Metadata;
  /** In the order of the file's table. */
  readonly tensors: readonly TensorInfo[];
}
