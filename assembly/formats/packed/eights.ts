import { Q8_BYTES, q8RowBytes } from "../../activations/q8";
import { touchAhead } from "../../threads/touch";
import { madd, storeTurned } from "../../vector/simd";
import { GROUP, packWords } from "./interleave";

/**
 * Products of packed weights with more tokens than few.ts is for, eight at a time, where vectors have 128 bits. The
 * lanes of a vector are tokens: activations of eight tokens are interleaved as the weights of eight rows are
 * (interleave.ts), and a word of weights, four columns of a row, is spread over all lanes and meets both vectors of
 * them. So weights are unpacked in registers, for eight tokens at once, and the sums of a quad of rows stay there for a
 * whole block.
 *
 * T is a class as in matvec.ts, that has besides
 *
 * - addEight(sums, x)   `add` for the eight tokens at x; sums (8 rows, 8 tokens)
 *
 * The arithmetic of a sum is that of `add`, step by step.
 */
export const EIGHT: u32 = 8;

/** 32 columns of eight tokens, and where their scales and sums are: two vectors of each. */
export const EIGHT_BYTES: usize = <usize>EIGHT * Q8_BYTES;
export const EIGHT_SCALES: usize = 256;
export const EIGHT_SUMS: usize = 288;

/** How many of those are interleaved at a time: with the weights that they meet they fit into the nearest cache. */
const ROOM: u32 = 48;
/** f32 (8 rows, 8 tokens) */
const SUMS: usize = <usize>ROOM * EIGHT_BYTES;
const ROW_BYTES: usize = 32;
const SUMS_BYTES: usize = <usize>GROUP * ROW_BYTES;

/** Scratch memory that {@link matmulEights} needs, in bytes. */
export function eightsBytes(): usize {
  return SUMS + SUMS_BYTES;
}

/** As matmulAny (matmul.ts), for up to TILE tokens. */
export function matmulEights<T>(
  w: usize,
  x: usize,
  out: usize,
  from: u32,
  to: u32,
  n: u32,
  tokens: u32,
  outStride: u32,
  scratch: usize,
): void {
  const columns = changetype<T>(0).columns();
  const bytes = changetype<T>(0).bytes();
  const step = <usize>(columns >> 5) * EIGHT_BYTES;
  const groupBytes = <usize>(n / columns) * bytes;
  const end = w + <usize>((to + GROUP - 1) / GROUP) * groupBytes;
  const eights = (tokens + EIGHT - 1) / EIGHT;
  const visit = ((ROOM / eights) << 5) / columns;
  const sums = scratch + SUMS;
  for (let column: u32 = 0; column < n; column += visit * columns) {
    const blocks = min(visit, (n - column) / columns);
    const eightBytes = <usize>blocks * step;
    for (let i: u32 = 0; i < eights; i++) {
      const first = x + <usize>(column >> 5) * Q8_BYTES;
      interleaveEight(first, q8RowBytes(n), i * EIGHT, tokens, scratch + <usize>i * eightBytes, eightBytes);
    }
    for (let row = from - (from % GROUP); row < to; row += GROUP) {
      const start = w + <usize>(row / GROUP) * groupBytes + <usize>(column / columns) * bytes;
      const stop = start + <usize>blocks * bytes;
      let values = scratch;
      for (let token: u32 = 0; token < tokens; token += EIGHT) {
        const target = out + <usize>token * outStride;
        const count = min(EIGHT, tokens - token);
        if (column === 0) memory.fill(sums, 0, SUMS_BYTES);
        else loadSums(sums, target, outStride, count, row, from, to);
        for (let block = start; block < stop; block += bytes, values += step) {
          if (token === 0) touchAhead(block, block + bytes, end);
          changetype<T>(block).addEight(sums, values);
        }
        storeSums(sums, target, outStride, count, row, from, to);
      }
    }
  }
}

/** Interleaves `bytes` / 8 of each of eight rows of activations, of which the last is there again for any missing. */
function interleaveEight(x: usize, rowBytes: u32, first: u32, tokens: u32, target: usize, bytes: usize): void {
  const last = tokens - 1;
  for (let quad: u32 = 0; quad < 2; quad++) {
    const token = first + (quad << 2);
    const r0 = x + <usize>min(token, last) * rowBytes;
    const r1 = x + <usize>min(token + 1, last) * rowBytes;
    const r2 = x + <usize>min(token + 2, last) * rowBytes;
    const r3 = x + <usize>min(token + 3, last) * rowBytes;
    packWords(quad, r0, r1, r2, r3, target, bytes >> 3);
  }
}

/** sums (8 rows, 8 tokens) -> out (tokens, rows), of `count` tokens, and of the rows within `from` and `to` */
function storeSums(sums: usize, out: usize, outStride: u32, count: u32, row: u32, from: u32, to: u32): void {
  out += (<usize>row) << 2;
  if (count === EIGHT && row >= from && row + GROUP <= to) {
    for (let quad: usize = 0; quad < 32; quad += 16) {
      const first = out + <usize>(quad >> 2) * outStride;
      turn(sums + quad, ROW_BYTES, first, outStride);
      turn(sums + quad + 4 * ROW_BYTES, ROW_BYTES, first + 16, outStride);
    }
    return;
  }
  const first = max(row, from) - row;
  const last = min(row + GROUP, to) - row;
  for (let token: u32 = 0; token < count; token++, out += outStride, sums += 4) {
    for (let i = first; i < last; i++) store<f32>(out + ((<usize>i) << 2), load<f32>(sums + <usize>i * ROW_BYTES));
  }
}

/** The way back. */
function loadSums(sums: usize, out: usize, outStride: u32, count: u32, row: u32, from: u32, to: u32): void {
  out += (<usize>row) << 2;
  if (count === EIGHT && row >= from && row + GROUP <= to) {
    for (let quad: usize = 0; quad < 32; quad += 16) {
      const first = out + <usize>(quad >> 2) * outStride;
      turn(first, outStride, sums + quad, ROW_BYTES);
      turn(first + 16, outStride, sums + quad + 4 * ROW_BYTES, ROW_BYTES);
    }
    return;
  }
  const first = max(row, from) - row;
  const last = min(row + GROUP, to) - row;
  for (let token: u32 = 0; token < count; token++, out += outStride, sums += 4) {
    for (let i = first; i < last; i++) store<f32>(sums + <usize>i * ROW_BYTES, load<f32>(out + ((<usize>i) << 2)));
  }
}

/** Four vectors `stride` bytes apart -> their lanes k as the vector k of those `targetStride` bytes apart */
function turn(source: usize, stride: usize, target: usize, targetStride: usize): void {
  const a = v128.load(source);
  const b = v128.load(source + stride);
  const c = v128.load(source + 2 * stride);
  const d = v128.load(source + 3 * stride);
  storeTurned(a, b, c, d, target, targetStride);
}

/** sums (4 tokens,) + the i32 total of each with its centre, times d * scale */
export function centredSum(sums: v128, total: v128, centre: v128, d: v128, scale: v128): v128 {
  return madd(f32x4.add(f32x4.convert_i32x4_s(total), centre), f32x4.mul(d, scale), sums);
}
