/**
 * How rows are packed. Four rows form a group: a block of each of them, field by field, word by word.
 *
 * ```
 * in the file   row 0: a0 b0 | a1 b1 | ...   row 1: a0 b0 | a1 b1 | ...   row 2 ...   row 3 ...
 * packed        a0 of rows 0, 1, 2, 3, b0 of rows 0, 1, 2, 3 | a1 of rows 0, 1, 2, 3, b1 ...
 * ```
 *
 * Fields of several bytes are interleaved in words of 4 bytes, so one vector has four columns of four rows and
 * products need no sum across lanes; f16 scales lie side by side, and four are converted at once. Not a byte is added,
 * but for rows that fill the last group: they are its last row once more.
 *
 * T is a class whose pointer is the address of a packed block, with
 *
 * - columns()               values of a row in a block
 * - bytes()                 bytes of a packed block: four times those of the file
 * - pack(r0, r1, r2, r3)    fills the block from one block of each row
 * - unpack(row, target)     the way back, for one row of the four
 */

/** Rows of a group. */
export const GROUP: u32 = 4;

/** W (rows, n) as in the file -> packed: rows / 4 groups, rounded up */
export function packRows<T>(source: usize, target: usize, rows: u32, n: u32): void {
  const format = changetype<T>(0);
  const packedBytes = format.bytes();
  const bytes = packedBytes / GROUP;
  const rowBytes = <usize>(n / format.columns()) * bytes;
  const last = rows - 1;
  for (let row: u32 = 0; row < rows; row += GROUP) {
    const r0 = source + <usize>row * rowBytes;
    const r1 = source + <usize>min(row + 1, last) * rowBytes;
    const r2 = source + <usize>min(row + 2, last) * rowBytes;
    const r3 = source + <usize>min(row + 3, last) * rowBytes;
    for (let at: usize = 0; at < rowBytes; at += bytes, target += packedBytes) {
      changetype<T>(target).pack(r0 + at, r1 + at, r2 + at, r3 + at);
    }
  }
}

/** One row of packed W -> its bytes as in the file */
export function unpackRow<T>(w: usize, row: u32, target: usize, n: u32): void {
  const format = changetype<T>(0);
  const packedBytes = format.bytes();
  const bytes = packedBytes / GROUP;
  const groupBytes = <usize>(n / format.columns()) * packedBytes;
  let group = w + <usize>(row / GROUP) * groupBytes;
  for (const end = group + groupBytes; group < end; group += packedBytes, target += bytes) {
    changetype<T>(group).unpack(row % GROUP, target);
  }
}

/** The same f16 of each row, side by side in 8 bytes */
export function packHalves(r0: usize, r1: usize, r2: usize, r3: usize, target: usize): void {
  store<u16>(target, load<u16>(r0));
  store<u16>(target, load<u16>(r1), 2);
  store<u16>(target, load<u16>(r2), 4);
  store<u16>(target, load<u16>(r3), 6);
}

export function unpackHalf(source: usize, row: u32, target: usize): void {
  store<u16>(target, load<u16>(source + ((<usize>row) << 1)));
}

/** `bytes` of each row in words: vector i has word i of each row */
export function packWords(r0: usize, r1: usize, r2: usize, r3: usize, target: usize, bytes: usize): void {
  let i: usize = 0;
  for (; i + 16 <= bytes; i += 16, target += 64) {
    const a = v128.load(r0 + i);
    const b = v128.load(r1 + i);
    const c = v128.load(r2 + i);
    const d = v128.load(r3 + i);
    const abLow = i8x16.shuffle(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
    const cdLow = i8x16.shuffle(c, d, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
    const abHigh = i8x16.shuffle(a, b, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
    const cdHigh = i8x16.shuffle(c, d, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
    v128.store(target, i8x16.shuffle(abLow, cdLow, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23));
    v128.store(target, i8x16.shuffle(abLow, cdLow, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31), 16);
    v128.store(target, i8x16.shuffle(abHigh, cdHigh, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23), 32);
    v128.store(target, i8x16.shuffle(abHigh, cdHigh, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31), 48);
  }
  for (; i < bytes; i += 4, target += 16) {
    store<u32>(target, load<u32>(r0 + i));
    store<u32>(target, load<u32>(r1 + i), 4);
    store<u32>(target, load<u32>(r2 + i), 8);
    store<u32>(target, load<u32>(r3 + i), 12);
  }
}

export function unpackWords(source: usize, row: u32, target: usize, bytes: usize): void {
  source += (<usize>row) << 2;
  for (const end = target + bytes; target < end; target += 4, source += 16) store<u32>(target, load<u32>(source));
}
