import { LlamaError, printable } from "../errors.js";
import { FileSource } from "../files/source.js";
import { isDense } from "../gguf/floats.js";
import { type TensorType, tensorBytes } from "../gguf/format.js";
import type { BadValue, QuantizeKernel } from "./kernel.js";
import { addLowRanks, type StoredLowRank } from "./low-rank.js";

/** A matrix as it lies in a file, row after row; a vector is one row. */
export interface StoredMatrix {
  /** In the file that is written, for messages. */
  readonly name: string;
  readonly path: string;
  /** Bytes from the start of the file. */
  readonly offset: number;
  readonly type: TensorType;
  readonly rows: number;
  readonly columns: number;
  /**
   * Rows of a head whose halves are to be interleaved: row i and row i + headRows / 2 become neighbours, as GGUF has
   * what RoPE rotates together, and Hugging Face's files have not.
   */
  readonly headRows?: number | undefined;
  /** What adapters add to it. */
  readonly changes?: readonly StoredLowRank[] | undefined;
}

/** Some rows of a matrix, and the type that they become. */
export interface Piece {
  readonly source: StoredMatrix;
  readonly to: TensorType;
  /** The first value, and how many; whole rows where rows change their places, or by adapters. */
  readonly start: number;
  readonly count: number;
}

/** Values of a piece: some tens of milliseconds of work. */
const PIECE_VALUES = 1 << 17;

/** A matrix in pieces, in the order of the result. */
export function* piecesOf(source: StoredMatrix, to: TensorType): Generator<Piece> {
  const total = source.rows * source.columns;
  const rows = Math.max(1, Math.floor(PIECE_VALUES / source.columns));
  const isWhole = source.headRows !== undefined || source.changes !== undefined;
  const step = isWhole ? rows * source.columns : PIECE_VALUES;
  for (let start = 0; start < total; start += step) {
    yield { source, to, start, count: Math.min(step, total - start) };
  }
}

/** Bytes of a piece in the file that it is read from. */
export function bytesToRead({ source, count }: Piece): number {
  return tensorBytes(source.type, count);
}

/**
 * Reads a piece and gives its new bytes.
 * @throws LlamaError `format` where the file ends early; `unsupported` where it is quantised and to become another type
 */
export function convertPiece(piece: Piece, kernel: QuantizeKernel): Uint8Array<ArrayBuffer> | BadValue {
  const { source, to, count } = piece;
  const { changes } = source;
  if (!isDense(source.type)) {
    if (source.type.name !== to.name || changes !== undefined) {
      throw new LlamaError(
        "unsupported",
        `The file is ${source.type.name} already; quantize its F32, F16 or BF16 original.`,
      );
    }
    const bytes = new Uint8Array(bytesToRead(piece));
    readPiece(piece, bytes);
    return bytes;
  }
  readPiece(piece, kernel.input(source.type, count));
  if (changes === undefined) return kernel.convert(source.type, to, count);
  return kernel.convert(source.type, to, count, (values) => {
    addLowRanks(values, source.columns, piece.start / source.columns, changes, readRows);
  });
}

function readRows(source: StoredMatrix, firstRow: number, rows: number): Uint8Array {
  const piece = { source, to: source.type, start: firstRow * source.columns, count: rows * source.columns };
  const bytes = new Uint8Array(bytesToRead(piece));
  readPiece(piece, bytes);
  return bytes;
}

function readPiece({ source, start, count }: Piece, target: Uint8Array): void {
  const file = new FileSource(source.path, "a model's file");
  try {
    const read = (part: Uint8Array, firstValue: number) => {
      const at = source.offset + tensorBytes(source.type, firstValue);
      if (file.read(part, at) === part.length) return;
      throw new LlamaError("format", `${printable(source.path, 256)} ended while it was read; download it again.`);
    };
    const { columns, headRows } = source;
    if (headRows === undefined) {
      read(target, start);
      return;
    }
    const rowBytes = tensorBytes(source.type, columns);
    for (let row = 0; row < count / columns; row++) {
      const from = rowBefore(start / columns + row, headRows);
      read(target.subarray(row * rowBytes, (row + 1) * rowBytes), from * columns);
    }
  } finally {
    file.close();
  }
}

/** Where a row of the result was before the halves of its head were interleaved. */
function rowBefore(row: number, headRows: number): number {
  const inHead = row % headRows;
  return row - inHead + (inHead % 2) * (headRows / 2) + Math.floor(inHead / 2);
}

/** The sentence for a value that keeps a piece from being converted. */
export function refuseValue({ source, to, start }: Piece, { index, value }: BadValue): LlamaError {
  const [found, advice] = Number.isFinite(value)
    ? [`the value ${value}`, `that is beyond the range of ${to.name}, so choose another type`]
    : [Number.isNaN(value) ? "NaN" : "infinity", "the weights are damaged, so use another file"];
  const place = `in row ${Math.floor((start + index) / source.columns) + 1} of ${source.rows}`;
  return new LlamaError("numeric", `Tensor ${printable(source.name)} has ${found} ${place}; ${advice}.`);
}
