import { tile8, tile16 } from "./tiles";

/** Rows of B that stay in the first-level cache while all of A passes by. */
const DEPTH: u32 = 256;

/** With fewer rows of A a copy of B costs more than it saves. */
const COPIED_FROM: u32 = 16;

let panel: usize = 0;
let isWide: bool = false;

/** Floats of the memory that {@link gemm} copies parts of B into. */
export function panelSize(): u32 {
  return DEPTH * 16;
}

/**
 * To be called once by each thread.
 * @param memory {@link panelSize} floats of its own
 * @param wide whether tiles of sixteen columns are the faster ones; the bits are the same
 */
export function prepareGemm(memory: usize, wide: bool): void {
  panel = memory;
  isWide = wide;
}

/**
 * C = A B, or C += A B where `accumulate`. A (m, k), element (i, p) at a + i aRow + p aColumn, so that a
 * transposed matrix is read in place; B (k, n) and C (m, n) with rows bRow and cRow apart. n is a multiple of 8.
 */
export function gemm(
  a: usize,
  aRow: usize,
  aColumn: usize,
  b: usize,
  bRow: usize,
  c: usize,
  cRow: usize,
  m: u32,
  n: u32,
  k: u32,
  accumulate: bool,
): void {
  const isCopied = m >= COPIED_FROM;
  for (let from: u32 = 0; from < k; from += DEPTH) {
    const depth = min(DEPTH, k - from);
    const aFrom = a + <usize>from * aColumn;
    const bFrom = b + <usize>from * bRow;
    const adds = accumulate || from > 0;
    for (let column: u32 = 0; column < n; ) {
      const columns: u32 = isWide && column + 16 <= n ? 16 : 8;
      const offset = (<usize>column) << 2;
      if (isCopied) copy(bFrom + offset, bRow, depth, columns);
      const part = isCopied ? panel : bFrom + offset;
      const partRow = isCopied ? (<usize>columns) << 2 : bRow;
      for (let row: u32 = 0; row < m; row += 4) {
        if (columns === 16) tile16(aFrom, aRow, aColumn, part, partRow, c + offset, cRow, row, m - 1, depth, adds);
        else tile8(aFrom, aRow, aColumn, part, partRow, c + offset, cRow, row, m - 1, depth, adds);
      }
      column += columns;
    }
  }
}

/** Into the panel, row after row: rows of B that lie a power of two apart would share a few lines of the cache. */
function copy(b: usize, bRow: usize, depth: u32, columns: u32): void {
  const bytes = (<usize>columns) << 2;
  let to = panel;
  for (let row: u32 = 0; row < depth; row++, b += bRow, to += bytes) {
    for (let byte: usize = 0; byte < bytes; byte += 16) v128.store(to + byte, v128.load(b + byte));
  }
}

/** source (rows, columns) with rows sourceRow apart -> target (columns, rows) with rows targetRow apart */
export function transpose(
  source: usize,
  sourceRow: usize,
  target: usize,
  targetRow: usize,
  rows: u32,
  columns: u32,
): void {
  for (let row: u32 = 0; row < rows; row++) {
    const from = source + <usize>row * sourceRow;
    const to = target + ((<usize>row) << 2);
    for (let column: u32 = 0; column < columns; column++) {
      store<f32>(to + <usize>column * targetRow, load<f32>(from + ((<usize>column) << 2)));
    }
  }
}
