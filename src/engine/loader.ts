import { closeSync, openSync, readSync } from "node:fs";
import { LlamaError, printable } from "../errors.js";
import type { PlacedTensor } from "./memory.js";
import { LOADED_UNIT, Word } from "./protocol.js";

/** Large enough that the calls do not count, small enough that workers finish together. */
const PIECE_BYTES = 4 << 20;

/** A stretch of a file and where its bytes go. */
interface Piece {
  readonly path: string;
  readonly tensor: string;
  readonly offset: number;
  readonly bank: number;
  readonly address: number;
  readonly bytes: number;
}

/**
 * Reads this worker's part of the weights from disk straight into the banks. All workers take pieces from one
 * list until none is left; each reads NEXT_PIECE to see which is next, and adds what it has loaded to LOADED.
 * Returns false where the load was aborted.
 * @param memoryOf the bytes of a bank
 * @throws LlamaError `format` where a file has become shorter since it was opened
 */
export function loadWeights(
  tensors: readonly PlacedTensor[],
  memoryOf: (bank: number) => Uint8Array,
  words: Int32Array,
): boolean {
  const files = new OpenFiles();
  try {
    const pieces = cutIntoPieces(tensors);
    for (;;) {
      const piece = pieces[Atomics.add(words, Word.NEXT_PIECE, 1)];
      if (piece === undefined) return true;
      if (Atomics.load(words, Word.ABORT_WANTED) !== 0) return false;
      readPiece(files, piece, memoryOf(piece.bank).subarray(piece.address, piece.address + piece.bytes));
      Atomics.add(words, Word.LOADED, Math.ceil(piece.bytes / LOADED_UNIT));
    }
  } finally {
    files.close();
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
        path: info.path,
        tensor: info.name,
        offset: info.offset + done,
        bank,
        address: address + done,
        bytes,
      });
    }
  }
  return pieces;
}

function readPiece(files: OpenFiles, piece: Piece, target: Uint8Array): void {
  const fd = files.get(piece.path);
  for (let done = 0; done < target.length; ) {
    const count = readSync(fd, target, done, target.length - done, piece.offset + done);
    if (count === 0) {
      throw new LlamaError(
        "format",
        `The file ${printable(piece.path, 256)} ended within tensor ${piece.tensor} while it was read; it was longer when it was opened.`,
      );
    }
    done += count;
  }
}

class OpenFiles {
  readonly #fds = new Map<string, number>();

  get(path: string): number {
    const known = this.#fds.get(path);
    if (known !== undefined) return known;
    const fd = openSync(path, "r");
    this.#fds.set(path, fd);
    return fd;
  }

  close(): void {
    for (const fd of this.#fds.values()) closeSync(fd);
    this.#fds.clear();
  }
}
