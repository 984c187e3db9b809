import { storeTurned } from "../../vector/simd";

/**
 * How rows are packed. Eight rows form a group: a block of each of them, field by field, word by word. So all of a
 * group is one stream from memory, and every activation that is loaded meets eight rows.
 *
 * ```
 * in the file   row 0: a0 b0 | a1 b1 | ...   row 1: a0 b0 | a1 b1 | ...   ...   row 7: a0 b0 | a1 b1 | ...
 * packed        a0 of rows 0 .. 7, b0 of rows 0 .. 7 | a1 of rows 0 .. 7, b1 of rows 0 .. 7 | ...
 * ```
 *
 * Fields of several bytes are interleaved in words of 4 bytes, so a vector has four columns of a quad of rows: the
 * first vector of two is of rows 0 to 3, the second of rows 4 to 7. Products need no sum across lanes; f16 scales lie
 * side by side, and four are converted at once. Not a byte is added, but for rows that fill the last group: they are
 * its last row once more.
 *
 * T is a class whose pointer is the address of a group's packed block, with
 *
 * - columns()                     values of a row in a block
 * - bytes()                       bytes of a packed block: eight times those of the file
 * - pack(quad, r0, r1, r2, r3)    fills in one block of each row of a quad; returns bits set where a scale is not
 *                                 finite
 * - unpack(row, target)           the way back, for one row of the eight
 */

/** Rows of a quad. */
const QUAD: u32 = 4;
/** Rows of a group. */
export const GROUP: u32 = 2 * QUAD;

/** The same for TypeScript. */
export function groupRows(): u32 {
  return GROUP;
}

/**
 * The quads of a group as types: offsetof is where a quad's vector lies in a pair. As types,
 * because offsets that instructions carry have to be constants, and V8 joins vectors only where it sees such offsets.
 */
@unmanaged
export class First {}

@unmanaged
export class Second {
  low: u64;
  high: u64;
}

/** W (rows, n) as in the file -> packed: rows / 8 groups, rounded up; returns whether all scales are finite */
export function packRows<T>(source: usize, target: usize, rows: u32, n: u32): bool {
  const packedBytes = changetype<T>(0).bytes();
  const bytes = packedBytes / GROUP;
  const rowBytes = <usize>(n / changetype<T>(0).columns()) * bytes;
  const last = rows - 1;
  let notFinite = i64x2.splat(0);
  for (let row: u32 = 0; row < rows; row += GROUP, target += rowBytes * <usize>GROUP) {
    for (let quad: u32 = 0; quad < 2; quad++) {
      const first = row + quad * QUAD;
      const r0 = source + <usize>min(first, last) * rowBytes;
      const r1 = source + <usize>min(first + 1, last) * rowBytes;
      const r2 = source + <usize>min(first + 2, last) * rowBytes;
      const r3 = source + <usize>min(first + 3, last) * rowBytes;
      let block = target;
      for (let at: usize = 0; at < rowBytes; at += bytes, block += packedBytes) {
        notFinite = v128.or(notFinite, changetype<T>(block).pack(quad, r0 + at, r1 + at, r2 + at, r3 + at));
      }
    }
  }
  return !v128.any_true(notFinite);
}

/** One row of packed W -> its bytes as in the file */
export function unpackRow<T>(w: usize, row: u32, target: usize, n: u32): void {
  const packedBytes = changetype<T>(0).bytes();
  const rowBytes = (<usize>(n / changetype<T>(0).columns()) * packedBytes) / GROUP;
  let block = w + <usize>(row / GROUP) * (rowBytes * <usize>GROUP);
  for (const end = target + rowBytes; target < end; target += packedBytes / GROUP, block += packedBytes) {
    changetype<T>(block).unpack(row % GROUP, target);
  }
}

/** The exponent of infinite and NaN halves, in every lane. */
const HALF_SPECIAL: usize = memory.data<u32>([0x7c007c00, 0x7c007c00, 0x7c007c00, 0x7c007c00], 16);

/** The same f16 of each row of a quad, into the group's eight at `target`; returns bits set where one is not finite */
export function packHalves(quad: u32, r0: usize, r1: usize, r2: usize, r3: usize, target: usize): v128 {
  const special = v128.load(HALF_SPECIAL);
  let halves = v128.load16_lane(r0, i64x2.splat(0), 0);
  halves = v128.load16_lane(r1, halves, 1);
  halves = v128.load16_lane(r2, halves, 2);
  halves = v128.load16_lane(r3, halves, 3);
  v128.store64_lane(target + ((<usize>quad) << 3), halves, 0);
  return i16x8.eq(v128.and(halves, special), special);
}

/**
 * Four of a group's eight halves, of quad Q, each in its lane. Two loads of four would do too, but V8 13 joins those to
 * nonsense.
 */
export function halves<Q>(eight: v128): v128 {
  return offsetof<Q>() === 0 ? i32x4.extend_low_i16x8_u(eight) : i32x4.extend_high_i16x8_u(eight);
}

/** The same as signed numbers of 16 bits. */
export function signedHalves<Q>(eight: v128): v128 {
  return offsetof<Q>() === 0 ? i32x4.extend_low_i16x8_s(eight) : i32x4.extend_high_i16x8_s(eight);
}

export function unpackHalf(source: usize, row: u32, target: usize): void {
  store<u16>(target, load<u16>(source + ((<usize>row) << 1)));
}

/**
 * `bytes` of each row of a quad in words, into those of the group at `target`: word i of its rows is vector 2 i + quad
 */
export function packWords(quad: u32, r0: usize, r1: usize, r2: usize, r3: usize, target: usize, bytes: usize): void {
  target += (<usize>quad) << 4;
  let i: usize = 0;
  for (; i + 16 <= bytes; i += 16, target += 128) {
    storeTurned(v128.load(r0 + i), v128.load(r1 + i), v128.load(r2 + i), v128.load(r3 + i), target, 32);
  }
  for (; i < bytes; i += 4, target += 32) {
    store<u32>(target, load<u32>(r0 + i));
    store<u32>(target, load<u32>(r1 + i), 4);
    store<u32>(target, load<u32>(r2 + i), 8);
    store<u32>(target, load<u32>(r3 + i), 12);
  }
}

export function unpackWords(source: usize, row: u32, target: usize, bytes: usize): void {
  source += (<usize>row) << 2;
  for (const end = target + bytes; target < end; target += 4, source += 32) store<u32>(target, load<u32>(source));
}
