import { openWeights } from "../engine/team/weight-source.js";
import { AtomicFile } from "../files/atomic-file.js";
import { encodeHead, padded } from "../gguf/writer.js";
import { platform } from "../platform/current.js";
import type { RandomModel } from "./random-model.js";

/** A multiple of the alignment of tensors, and some milliseconds of writing. */
const STRETCH_BYTES = 4 << 20;

export interface WriteOptions {
  readonly signal?: AbortSignal | undefined;
  /** Whether a file that is there already is replaced; by default that is an error. */
  readonly force?: boolean | undefined;
  /** Called now and then with the part that is done, 0 to 1. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

/**
 * Writes a model of random weights to a GGUF file, for programs that need one. The file appears when it is whole, and
 * gives the same logits as the model itself.
 * @throws the signal's reason when aborted, with nothing left behind
 */
export async function writeRandomModel(
  path: string,
  { file, origin }: RandomModel,
  { signal, force, onProgress }: WriteOptions = {},
): Promise<void> {
  const source = openWeights(origin);
  const target = new AtomicFile(path, { force });
  try {
    target.write(encodeHead(file));
    for (const tensor of file.tensors) {
      for (let offset = 0; offset < tensor.bytes; offset += STRETCH_BYTES) {
        await platform.nextTurn(); // lets a signal or a spinner have its turn
        signal?.throwIfAborted();
        const bytes = new Uint8Array(Math.min(STRETCH_BYTES, tensor.bytes - offset));
        source.read(tensor, offset, bytes);
        target.write(padded(bytes));
        onProgress?.((tensor.offset + offset) / file.size);
      }
    }
    target.commit();
  } finally {
    source.close();
    target.discard();
  }
}
