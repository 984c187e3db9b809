import { Q8_BYTES, Q8_PAIRS, Q8_SCALE, q8RowBytes } from "../../activations/q8";
import { touchAhead } from "../../threads/touch";
import { madd, splatLane32 } from "../../vector/simd";
import { dotPairs } from "../products";
import { GROUP } from "./interleave";
import { storeGroup } from "./matvec";
import { Offset, PANEL_BYTES, PANEL_D, PANEL_OFFSET, PANEL_OFFSETS, PANEL_SCALES } from "./panel";

/**
 * Products of packed weights with many tokens, a tile of tokens at a time. A block is unpacked into panels once for the
 * tile, and every panel meets each token: eight vectors of weights, of the two quads of a group, stay in registers
 * while the tokens pass, so that each activation that is loaded meets eight rows.
 *
 * The panels and the sums lie in scratch memory. That is no detour: V8 12 and older move pure instructions into the
 * loop that uses them, however often it runs, and would unpack anew for each token. What was loaded stays loaded.
 *
 * T is a class as in interleave.ts, that has besides
 *
 * - toPanels(target)   unpacks the block into columns() / 32 panels, or twice as many
 * - halves()           halves of panels that 32 columns have: 2, or 4 where a panel has the low bits of the weights
 *                      and the next one the high bits
 * - isCentred()        whether the panels' q stand for q - 32
 * - isNarrow()         whether 32 columns have one scale, and their products so few bits that those of a lane fit
 *                      into 16
 * - offset()           an Offset of panel.ts
 *
 * The arithmetic of a sum is that of `add` in matvec.ts, step by step, so a token has the same results in a batch as
 * alone.
 */
export const TILE: u32 = 32;

/** Panels of a super-block: the most that a block has. */
const MAX_PANELS: usize = 8;
/** Where the second quad's vectors lie in a panel: each behind the first quad's. */
const SECOND: usize = 16;
/** Sums of a tile: f32 (tokens, 8), and i32 (tokens, 8), or narrower, of the columns of a panel so far. */
const SUMS: usize = MAX_PANELS * PANEL_BYTES;
export const SUM_BYTES: usize = 32;
const PARTS: usize = <usize>TILE * SUM_BYTES;

/** Scratch memory that {@link matmulTile} needs, and more than matvec.ts and few.ts do, in bytes. */
export function tileBytes(): usize {
  return SUMS + 2 * PARTS;
}

/** As matmulAny (matmul.ts), for up to {@link TILE} tokens. */
export function matmulTile<T>(
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
  const bytes = changetype<T>(0).bytes();
  const panels = changetype<T>(0).columns() >> 5;
  const groupBytes = <usize>(n / changetype<T>(0).columns()) * bytes;
  const rowBytes = <usize>q8RowBytes(n);
  const end = w + <usize>((to + GROUP - 1) / GROUP) * groupBytes;
  const sums = scratch + SUMS;
  const sumsEnd = sums + <usize>tokens * SUM_BYTES;
  for (let row = from - (from % GROUP); row < to; row += GROUP) {
    memory.fill(sums, 0, sumsEnd - sums);
    const group = w + <usize>(row / GROUP) * groupBytes;
    let values = x;
    for (let block = group; block < group + groupBytes; block += bytes) {
      touchAhead(block, block + bytes, end);
      changetype<T>(block).toPanels(scratch);
      let panel = scratch;
      for (let i: u32 = 0; i < panels; i++, panel += PANEL_BYTES, values += Q8_BYTES) {
        firstHalf<T>(panel, values, sums, sumsEnd, rowBytes);
        if (changetype<T>(0).halves() === 4) {
          middleHalf(panel, 128, PANEL_SCALES + 32, values + 16, sums, sumsEnd, rowBytes);
          panel += PANEL_BYTES;
          middleHalf(panel, 0, PANEL_SCALES, values, sums, sumsEnd, rowBytes);
        }
        lastHalf<T>(panel, values, sums, sumsEnd, rowBytes);
      }
    }
    let target = out;
    for (let sum = sums; sum < sumsEnd; sum += SUM_BYTES, target += outStride) {
      storeGroup(target, sum, row, from, to);
    }
  }
}

/** Begins the sums of a panel with its first 16 columns. */
function firstHalf<T>(panel: usize, x: usize, sums: usize, sumsEnd: usize, rowBytes: usize): void {
  const isCentred = changetype<T>(0).isCentred();
  const isNarrow = changetype<T>(0).isNarrow();
  const p0 = v128.load(panel);
  const p1 = v128.load(panel, 32);
  const p2 = v128.load(panel, 64);
  const p3 = v128.load(panel, 96);
  const q0 = v128.load(panel, SECOND);
  const q1 = v128.load(panel, SECOND + 32);
  const q2 = v128.load(panel, SECOND + 64);
  const q3 = v128.load(panel, SECOND + 96);
  for (let sum = sums; sum < sumsEnd; sum += SUM_BYTES, x += rowBytes) {
    const values = v128.load(x);
    let value = splatLane32(values, 0);
    let first = dotPairs(value, p0);
    let second = dotPairs(value, q0);
    value = splatLane32(values, 1);
    first = i16x8.add(first, dotPairs(value, p1));
    second = i16x8.add(second, dotPairs(value, q1));
    value = splatLane32(values, 2);
    first = i16x8.add(first, dotPairs(value, p2));
    second = i16x8.add(second, dotPairs(value, q2));
    value = splatLane32(values, 3);
    first = i16x8.add(first, dotPairs(value, p3));
    second = i16x8.add(second, dotPairs(value, q3));
    if (isCentred) {
      value = v128.load32_splat(x, Q8_PAIRS);
      first = i16x8.sub(first, value);
      second = i16x8.sub(second, value);
    }
    const a = isNarrow ? first : i32x4.dot_i16x8_s(first, v128.load(panel, PANEL_SCALES));
    const b = isNarrow ? second : i32x4.dot_i16x8_s(second, v128.load(panel, SECOND + PANEL_SCALES));
    v128.store(sum, a, PARTS);
    v128.store(sum, b, PARTS + 16);
  }
}

/**
 * Goes on with 16 columns of the low bits' panel or of the high bits': those at `half`, scaled by what is at `scale`.
 */
function middleHalf(
  panel: usize,
  half: usize,
  scale: usize,
  x: usize,
  sums: usize,
  sumsEnd: usize,
  rowBytes: usize,
): void {
  const p0 = v128.load(panel + half);
  const p1 = v128.load(panel + half, 32);
  const p2 = v128.load(panel + half, 64);
  const p3 = v128.load(panel + half, 96);
  const q0 = v128.load(panel + half, SECOND);
  const q1 = v128.load(panel + half, SECOND + 32);
  const q2 = v128.load(panel + half, SECOND + 64);
  const q3 = v128.load(panel + half, SECOND + 96);
  const scales = panel + scale;
  for (let sum = sums; sum < sumsEnd; sum += SUM_BYTES, x += rowBytes) {
    const values = v128.load(x);
    let value = splatLane32(values, 0);
    let first = dotPairs(value, p0);
    let second = dotPairs(value, q0);
    value = splatLane32(values, 1);
    first = i16x8.add(first, dotPairs(value, p1));
    second = i16x8.add(second, dotPairs(value, q1));
    value = splatLane32(values, 2);
    first = i16x8.add(first, dotPairs(value, p2));
    second = i16x8.add(second, dotPairs(value, q2));
    value = splatLane32(values, 3);
    first = i16x8.add(first, dotPairs(value, p3));
    second = i16x8.add(second, dotPairs(value, q3));
    const a = i32x4.dot_i16x8_s(first, v128.load(scales));
    const b = i32x4.dot_i16x8_s(second, v128.load(scales, SECOND));
    const aPart = i32x4.add(v128.load(sum, PARTS), a);
    const bPart = i32x4.add(v128.load(sum, PARTS + 16), b);
    v128.store(sum, aPart, PARTS);
    v128.store(sum, bPart, PARTS + 16);
  }
}

/** Ends the sums of a panel with its last 16 columns, and adds them to those of the row. */
function lastHalf<T>(panel: usize, x: usize, sums: usize, sumsEnd: usize, rowBytes: usize): void {
  const isCentred = changetype<T>(0).isCentred();
  const isNarrow = changetype<T>(0).isNarrow();
  const p0 = v128.load(panel, 128);
  const p1 = v128.load(panel, 160);
  const p2 = v128.load(panel, 192);
  const p3 = v128.load(panel, 224);
  const q0 = v128.load(panel, SECOND + 128);
  const q1 = v128.load(panel, SECOND + 160);
  const q2 = v128.load(panel, SECOND + 192);
  const q3 = v128.load(panel, SECOND + 224);
  for (let sum = sums; sum < sumsEnd; sum += SUM_BYTES, x += rowBytes) {
    const values = v128.load(x, 16);
    let value = splatLane32(values, 0);
    let first = dotPairs(value, p0);
    let second = dotPairs(value, q0);
    value = splatLane32(values, 1);
    first = i16x8.add(first, dotPairs(value, p1));
    second = i16x8.add(second, dotPairs(value, q1));
    value = splatLane32(values, 2);
    first = i16x8.add(first, dotPairs(value, p2));
    second = i16x8.add(second, dotPairs(value, q2));
    value = splatLane32(values, 3);
    first = i16x8.add(first, dotPairs(value, p3));
    second = i16x8.add(second, dotPairs(value, q3));
    const sides = v128.load(x, Q8_SCALE);
    if (isCentred) {
      value = splatLane32(sides, 3);
      first = i16x8.sub(first, value);
      second = i16x8.sub(second, value);
    }
    if (isNarrow) {
      first = i16x8.add(first, v128.load(sum, PARTS));
      second = i16x8.add(second, v128.load(sum, PARTS + 16));
    }
    first = i32x4.dot_i16x8_s(first, v128.load(panel, PANEL_SCALES + 32));
    second = i32x4.dot_i16x8_s(second, v128.load(panel, SECOND + PANEL_SCALES + 32));
    first = f32x4.convert_i32x4_s(isNarrow ? first : i32x4.add(v128.load(sum, PARTS), first));
    second = f32x4.convert_i32x4_s(isNarrow ? second : i32x4.add(v128.load(sum, PARTS + 16), second));
    addTotals<T>(sum, first, second, panel, sides);
  }
}

/**
 * sums (8,) f32 in memory += a panel's totals, scaled and offset as T has it; `sides` is what stands beside the
 * activations: scale, sum, and the sums of pairs of the first and the last 16.
 */
function addTotals<T>(sums: usize, first: v128, second: v128, panel: usize, sides: v128): void {
  const offset = changetype<T>(0).offset();
  const none = offset === Offset.NONE;
  const halves = offset === Offset.OF_HALVES;
  const low = splatLane32(sides, 2);
  const high = splatLane32(sides, 3);
  const o0 = none ? first : v128.load(panel, PANEL_OFFSET);
  const low0 = halves ? i32x4.dot_i16x8_s(low, v128.load(panel, PANEL_OFFSETS)) : first;
  const high0 = halves ? i32x4.dot_i16x8_s(high, v128.load(panel, PANEL_OFFSETS + 32)) : first;
  first = added<T>(v128.load(sums), first, v128.load(panel, PANEL_D), o0, low0, high0, sides);
  // Vectors are joined only if nothing is stored between what makes them; else the sooner a register is free, the
  // better.
  if (!JOINS_VECTORS) v128.store(sums, first);
  const o1 = none ? second : v128.load(panel, SECOND + PANEL_OFFSET);
  const low1 = halves ? i32x4.dot_i16x8_s(low, v128.load(panel, SECOND + PANEL_OFFSETS)) : second;
  const high1 = halves ? i32x4.dot_i16x8_s(high, v128.load(panel, SECOND + PANEL_OFFSETS + 32)) : second;
  second = added<T>(v128.load(sums, 16), second, v128.load(panel, SECOND + PANEL_D), o1, low1, high1, sides);
  if (JOINS_VECTORS) v128.store(sums, first);
  v128.store(sums, second, 16);
}

/** sums + total * d, scaled and offset as T has it; `low` and `high` are the offsets of the first and the last 16. */
function added<T>(sums: v128, total: v128, d: v128, offset: v128, low: v128, high: v128, sides: v128): v128 {
  const format = changetype<T>(0);
  const scale = splatLane32(sides, 0);
  if (format.offset() === Offset.NONE) return madd(total, f32x4.mul(d, scale), sums);
  const sum = splatLane32(sides, 1);
  if (format.offset() === Offset.OF_Q) return madd(madd(sum, offset, total), f32x4.mul(d, scale), sums);
  let minimum: v128;
  if (format.offset() === Offset.OF_VALUE) minimum = f32x4.mul(offset, sum);
  else minimum = f32x4.mul(offset, f32x4.convert_i32x4_s(i32x4.add(low, high)));
  return madd(madd(total, d, minimum), scale, sums);
}
