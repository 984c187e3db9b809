/** Looks vectors of bytes up in the grids of the IQ2 and IQ3 formats. */

/** Four vectors of four bytes, by their numbers. */
export function gather4(grid: usize, a: u32, b: u32, c: u32, d: u32): v128 {
  let v = v128.load32_zero(grid + ((<usize>a) << 2));
  v = v128.load32_lane(grid + ((<usize>b) << 2), v, 1);
  v = v128.load32_lane(grid + ((<usize>c) << 2), v, 2);
  return v128.load32_lane(grid + ((<usize>d) << 2), v, 3);
}

/** Two vectors of eight bytes, by their numbers. */
export function gather8(grid: usize, a: u32, b: u32): v128 {
  return v128.load64_lane(grid + ((<usize>b) << 3), v128.load64_zero(grid + ((<usize>a) << 3)), 1);
}
