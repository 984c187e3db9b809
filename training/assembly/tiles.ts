import { madd } from "../../assembly/vector/simd";

// Four rows of C by eight or sixteen columns. Rows past the last are the last once more: all loads come before the
// stores. Each element is the same chain of sums over depth in both tiles, so their bits are the same, too. Both are
// written out: sums stay in registers only as variables of their own, a table of them would lie in memory.

/** Eight columns: as many sums as fit the sixteen registers of 128 bits beside what they are made of. */
export function tile8(
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
    const part0 = v128.load(b);
    const part1 = v128.load(b, 16);
    let factor = v128.load32_splat(a0);
    s00 = madd(factor, part0, s00);
    s01 = madd(factor, part1, s01);
    factor = v128.load32_splat(a1);
    s10 = madd(factor, part0, s10);
    s11 = madd(factor, part1, s11);
    factor = v128.load32_splat(a2);
    s20 = madd(factor, part0, s20);
    s21 = madd(factor, part1, s21);
    factor = v128.load32_splat(a3);
    s30 = madd(factor, part0, s30);
    s31 = madd(factor, part1, s31);
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

/** Sixteen columns, for a V8 that joins vectors: eight sums of 256 bits hide the time that one addition takes. */
export function tile16(
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
  let s02 = s00;
  let s03 = s00;
  let s10 = s00;
  let s11 = s00;
  let s12 = s00;
  let s13 = s00;
  let s20 = s00;
  let s21 = s00;
  let s22 = s00;
  let s23 = s00;
  let s30 = s00;
  let s31 = s00;
  let s32 = s00;
  let s33 = s00;
  if (adds) {
    s00 = v128.load(c0);
    s01 = v128.load(c0, 16);
    s02 = v128.load(c0, 32);
    s03 = v128.load(c0, 48);
    s10 = v128.load(c1);
    s11 = v128.load(c1, 16);
    s12 = v128.load(c1, 32);
    s13 = v128.load(c1, 48);
    s20 = v128.load(c2);
    s21 = v128.load(c2, 16);
    s22 = v128.load(c2, 32);
    s23 = v128.load(c2, 48);
    s30 = v128.load(c3);
    s31 = v128.load(c3, 16);
    s32 = v128.load(c3, 32);
    s33 = v128.load(c3, 48);
  }
  let a0 = a + <usize>row * aRow;
  let a1 = a + <usize>row1 * aRow;
  let a2 = a + <usize>row2 * aRow;
  let a3 = a + <usize>row3 * aRow;
  for (const end = b + <usize>depth * bRow; b < end; b += bRow) {
    const part0 = v128.load(b);
    const part1 = v128.load(b, 16);
    const part2 = v128.load(b, 32);
    const part3 = v128.load(b, 48);
    let factor = v128.load32_splat(a0);
    s00 = madd(factor, part0, s00);
    s01 = madd(factor, part1, s01);
    s02 = madd(factor, part2, s02);
    s03 = madd(factor, part3, s03);
    factor = v128.load32_splat(a1);
    s10 = madd(factor, part0, s10);
    s11 = madd(factor, part1, s11);
    s12 = madd(factor, part2, s12);
    s13 = madd(factor, part3, s13);
    factor = v128.load32_splat(a2);
    s20 = madd(factor, part0, s20);
    s21 = madd(factor, part1, s21);
    s22 = madd(factor, part2, s22);
    s23 = madd(factor, part3, s23);
    factor = v128.load32_splat(a3);
    s30 = madd(factor, part0, s30);
    s31 = madd(factor, part1, s31);
    s32 = madd(factor, part2, s32);
    s33 = madd(factor, part3, s33);
    a0 += aColumn;
    a1 += aColumn;
    a2 += aColumn;
    a3 += aColumn;
  }
  v128.store(c0, s00);
  v128.store(c0, s01, 16);
  v128.store(c0, s02, 32);
  v128.store(c0, s03, 48);
  v128.store(c1, s10);
  v128.store(c1, s11, 16);
  v128.store(c1, s12, 32);
  v128.store(c1, s13, 48);
  v128.store(c2, s20);
  v128.store(c2, s21, 16);
  v128.store(c2, s22, 32);
  v128.store(c2, s23, 48);
  v128.store(c3, s30);
  v128.store(c3, s31, 16);
  v128.store(c3, s32, 32);
  v128.store(c3, s33, 48);
}
