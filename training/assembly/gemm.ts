import { madd } from "../../assembly/vector/simd";

/** Rows of B that stay in the first-level cache while all of A passes by. */
const DEPTH: u32 = 256;

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
  for (let from: u32 = 0; from < k; from += DEPTH) {
    const depth = min(DEPTH, k - from);
    const aFrom = a + <usize>from * aColumn;
    const bFrom = b + <usize>from * bRow;
    const adds = accumulate || from > 0;
    for (let column: u32 = 0; column < n; column += 8) {
      const bColumn = bFrom + ((<usize>column) << 2);
      const cColumn = c + ((<usize>column) << 2);
      for (let row: u32 = 0; row < m; row += 4) {
        tile(aFrom, aRow, aColumn, bColumn, bRow, cColumn, cRow, row, m - 1, depth, adds);
      }
    }
  }
}

/** Four rows by eight columns of C. Rows past the last are the last once more: all loads come before the stores. */
function tile(
  a: usize,
  aRow: usize,
  aColumn: usize,
  b: usize,
  bRow: usize,
  c: usize,
  cRow: usize,
  row: u32,
  last: u32,
  depth: u32,
  adds: bool,
): void {
  const row1 = min(row + 1, last);
  const row2 = min(row + 2, last);
  const row3 = min(row + 3, last);
  const c0 = c + <usize>row * cRow;
  const c1 = c + <usize>row1 * cRow;
  const c2 = c + <usize>row2 * cRow;
  const c3 = c + <usize>row3 * cRow;
  let s00 = f32x4.splat(0);
  let s01 = s00;
  let s10 = s00;
  let s11 = s00;
  let s20 = s00;
  let s21 = s00;
  let s30 = s00;
  let s31 = s00;
  if (adds) {
    s00 = v128.load(c0);
    s01 = v128.load(c0, 16);
    s10 = v128.load(c1);
    s11 = v128.load(c1, 16);
    s20 = v128.load(c2);
    s21 = v128.load(c2, 16);
    s30 = v128.load(c3);
    s31 = v128.load(c3, 16);
  }
  let a0 = a + <usize>row * aRow;
  let a1 = a + <usize>row1 * aRow;
  let a2 = a + <usize>row2 * aRow;
  let a3 = a + <usize>row3 * aRow;
  for (const end = b + <usize>depth * bRow; b < end; b += bRow) {
    const left = v128.load(b);
    const right = v128.load(b, 16);
    let factor = v128.load32_splat(a0);
    s00 = madd(factor, left, s00);
    s01 = madd(factor, right, s01);
    factor = v128.load32_splat(a1);
    s10 = madd(factor, left, s10);
    s11 = madd(factor, right, s11);
    factor = v128.load32_splat(a2);
    s20 = madd(factor, left, s20);
    s21 = madd(factor, right, s21);
    factor = v128.load32_splat(a3);
    s30 = madd(factor, left, s30);
    s31 = madd(factor, right, s31);
    a0 += aColumn;
    a1 += aColumn;
    a2 += aColumn;
    a3 += aColumn;
  }
  v128.store(c0, s00);
  v128.store(c0, s01, 16);
  v128.store(c1, s10);
  v128.store(c1, s11, 16);
  v128.store(c2, s20);
  v128.store(c2, s21, 16);
  v128.store(c3, s30);
  v128.store(c3, s31, 16);
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
