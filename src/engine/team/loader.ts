import { LlamaError, printable } from "../../errors.js";
import type { TensorInfo } from "../../gguf/tensors.js";
import type { PlacedTensor } from "../plan/placed.js";
import type { Bank } from "../run/bank.js";
import { LOADED_UNIT, Word } from "./protocol.js";
import { openWeights, type WeightOrigin, type WeightSource } from "./weight-source.js";

/** Large enough that taking a piece does not count, small enough that workers finish together. */
const PIECE_BYTES = 4 << 20;

/** A stretch of a tensor. Of packed ones, whole groups of rows. */
interface Piece {
  readonly tensor: PlacedTensor;
  /** From the start of the tensor, in the file. */
  readonly offset: number;
  readonly bytes: number;
}

/**
 * Reads this worker's part of the weights into the banks, and packs it as the kernels want it. All workers take
 * pieces from one list until none is left; each reads NEXT_PIECE to see which is next, and adds what it has loaded
 * to LOADED. Returns false where the load was aborted.
 * @throws LlamaError `format` where a file has become shorter since it was opened; `numeric` where a scale of packed
 *   weights is infinite or NaN
 */
export function loadWeights(
  tensors: readonly PlacedTensor[],
  origin: WeightOrigin,
  banks: readonly Bank[],
  worker: number,
  words: Int32Array,
): boolean {
  const source = openWeights(origin);
  try {
    const pieces = cutIntoPieces(tensors);
    for (;;) {
      const piece = pieces[Atomics.add(words, Word.NEXT_PIECE, 1)];
      if (piece === undefined) return true;
      if (Atomics.load(words, Word.ABORT_WANTED) !== 0) return false;
      const bank = banks[piece.tensor.bank];
      if (bank === undefined) throw new RangeError(`there is no bank ${piece.tensor.bank}`);
      const workspace = bank.plan.scratch.perWorker[worker]?.workspace ?? 0;
      if (piece.tensor.isPacked) readPacked(piece, source, bank, workspace);
      else if (piece.tensor.type.name !== piece.tensor.info.type.name) readWidened(piece, source, bank, workspace);
      else readPlain(piece, source, bank);
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

function readPlain({ tensor, offset, bytes }: Piece, source: WeightSource, bank: Bank): void {
  const start = tensor.address + offset;
  source.read(tensor.info, offset, bank.bytes.subarray(start, start + bytes));
}

/** Reads a vector, which fits into the workspace, and turns it into floats. */
function readWidened({ tensor, bytes }: Piece, source: WeightSource, bank: Bank, workspace: number): void {
  source.read(tensor.info, 0, bank.bytes.subarray(workspace, workspace + bytes));
  bank.format(tensor.info.type).dequantize(workspace, tensor.address, tensor.columns);
}

/** Reads as many groups at a time as fit into the workspace, so that they are packed while the cache has them. */
function readPacked({ tensor, offset, bytes }: Piece, source: WeightSource, bank: Bank, workspace: number): void {
  const { info, rowBytes, groupRows, columns, address } = tensor;
  const { packing } = bank.format(tensor.type);
  if (packing === undefined) throw new RangeError(`${tensor.type.name} has no packing`);
  const groupBytes = groupRows * rowBytes;
  const stretch = Math.floor(bank.plan.scratch.workspaceBytes / groupBytes) * groupBytes;
  for (let done = 0; done < bytes; done += stretch) {
    const count = Math.min(stretch, bytes - done);
    source.read(info, offset + done, bank.bytes.subarray(workspace, workspace + count));
    if (packing.repack(workspace, address + offset + done, count / rowBytes, columns) === 0) throw notFinite(info);
  }
}

function notFinite({ name, type }: TensorInfo): LlamaError {
  return new LlamaError(
    "numeric",
    `Tensor ${printable(name)} has a ${type.name} scale that is infinite or not a number, so the model cannot compute with it; download or convert the file again.`,
  );
}

function cutIntoPieces(tensors: readonly PlacedTensor[]): Piece[] {
  const pieces: Piece[] = [];
  for (const tensor of tensors) {
    const unit = tensor.isPacked ? tensor.groupRows * tensor.rowBytes : 1;
    const pieceBytes = Math.max(1, Math.floor(PIECE_BYTES / unit)) * unit;
    for (let offset = 0; offset < tensor.info.bytes; offset += pieceBytes) {
      pieces.push({ tensor, offset, bytes: Math.min(pieceBytes, tensor.info.bytes - offset) });
    }
  }
  return pieces;
}
