import { toFloats } from "../gguf/floats.js";
import type { StoredMatrix } from "./piece.js";

/** What a LoRA adds to a matrix that is written: scale * left right, as the two halves lie in its file. */
export interface StoredLowRank {
  /** (rows, rank) */
  readonly left: StoredMatrix;
  /** (rank, columns), or (columns, rank) where it is transposed. */
  readonly right: StoredMatrix;
  readonly isTransposed: boolean;
  readonly scale: number;
}

/** Reads `rows` rows of a matrix from `firstRow` on. */
export type ReadRows = (matrix: StoredMatrix, firstRow: number, rows: number) => Uint8Array;

/** values (rows, columns) += the rows of all changes from `firstRow` on, summed in double precision. */
export function addLowRanks(
  values: Float32Array,
  columns: number,
  firstRow: number,
  changes: readonly StoredLowRank[],
  read: ReadRows,
): void {
  const rows = values.length / columns;
  const parts = changes.map((change) => {
    const { left, right, isTransposed, scale } = change;
    const rank = left.columns;
    const found = toFloats(right.type, read(right, 0, right.rows));
    return {
      rank,
      scale,
      left: toFloats(left.type, read(left, firstRow, rows)),
      right: isTransposed ? transposed(found, rank) : found,
    };
  });
  const sums = new Float64Array(columns);
  for (let row = 0; row < rows; row++) {
    sums.fill(0);
    for (const { rank, scale, left, right } of parts) {
      for (let r = 0; r < rank; r++) {
        const factor = scale * (left[row * rank + r] ?? 0);
        const start = r * columns;
        for (let i = 0; i < columns; i++) sums[i] = (sums[i] as number) + factor * (right[start + i] as number);
      }
    }
    const at = row * columns;
    for (let i = 0; i < columns; i++) values[at + i] = (values[at + i] as number) + (sums[i] as number);
  }
}

/** (columns, rank) -> (rank, columns) */
function transposed(values: Float32Array, rank: number): Float32Array {
  const columns = values.length / rank;
  return values.map((_, i) => values[(i % columns) * rank + Math.floor(i / columns)] ?? 0);
}
