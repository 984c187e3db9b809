import type { TensorInfo } from "../gguf/tensors.js";
import type { PlacedTensor } from "./memory.js";
import { LOADED_UNIT, Word } from "./protocol.js";
import { openWeights, type WeightOrigin } from "./weight-source.js";

/** Large enough that the calls do not count, small enough that workers finish together. */
const PIECE_BYTES = 4 << 20;

/** A stretch of a tensor and where its bytes go. */
interface Piece {
  readonly tensor: TensorInfo;
  /** From the start of the tensor. */
  readonly offset: number;
  readonly bank: number;
  readonly address: number;
  readonly bytes: number;
}

/**
 * Reads this worker's part of the weights straight into the banks. All workers take pieces from one
 * list until none is left; each reads NEXT_PIECE to see which is next, and adds what it has loaded to LOADED.
 * Returns false where the load was aborted.
 * @param memoryOf the bytes of a bank
 * @throws LlamaError `format` where a file has become shorter since it was opened
 */
export function loadWeights(
  tensors: readonly PlacedTensor[],
  origin: WeightOrigin,
  memoryOf: (bank: number) => Uint8Array,
  words: Int32Array,
): boolean {
  const source = openWeights(origin);
  try {
    const pieces = cutIntoPieces(tensors);
    for (;;) {
      const piece = pieces[Atomics.add(words, Word.NEXT_PIECE, 1)];
      if (piece === undefined) return true;
      if (Atomics.load(words, Word.ABORT_WANTED) !== 0) return false;
      const target = memoryOf(piece.bank).subarray(piece.address, piece.address + piece.bytes);
      source.read(piece.tensor, piece.offset, target);
      Atomics.add(words, Word.LOADED, Math.ceil(piece.bytes / LOADED_UNIT));
    }
  } finally {
    source.close();
  }
}

/** What LOADED counts up to. */
export function loadUnits(tensors: readonly PlacedTensor[]): number {
  return cutIntoPieces(tensors).reduce((sum, piece) => sum + Math.ceil(piece.bytes / LOADED_UNIT), 0);
}

function cutIntoPieces(tensors: readonly PlacedTensor[]): Piece[] {
  const pieces: Piece[] = [];
  for (const { info, bank, address } of tensors) {
    for (let done = 0; done < info.bytes; done += PIECE_BYTES) {
      const bytes = Math.min(PIECE_BYTES, info.bytes - done);
      pieces.push({
        tensor: info,
        offset: done,
        bank,
        address: address + done,
        bytes,
      });
    }
  }
  return pieces;
}
