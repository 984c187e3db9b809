import { Q8_BYTES, Q8_PAIRS, Q8_SCALE, Q8_SUM, q8RowBytes } from "../quantize";
import { madd } from "../simd";
import { GROUP } from "./interleave";
import { Offset, PANEL_BYTES, PANEL_D, PANEL_OFFSET, PANEL_OFFSETS, PANEL_SCALES } from "./panel";
import { dotPairs } from "./products";
import { storeRows } from "./matvec";

/**
 * Products of packed weights with many tokens, a tile of tokens at a time. A block is unpacked into panels once for the
 * tile, and every panel meets each token: four vectors of weights stay in registers while the tokens pass.
 *
 * The panels and the sums lie in scratch memory. That is no detour: V8 12 and older move pure instructions into the
 * loop that uses them, however often it runs, and would unpack anew for each token. What was loaded stays loaded.
 *
 * T is a class as in interleave.ts, that has besides
 *
 * - toPanels(target)   unpacks the block into columns() / 32 panels, or twice as many
 * - halves()             halves of panels that 32 columns have: 2, or 4 where a panel has the low bits of the weights and
 *                        the next one the high bits
 * - isCentred()          whether the panels' q stand for q - 32
 * - offset()             an Offset of panel.ts
 *
 * The arithmetic of a sum is that of `add` in matvec.ts, step by step, so a token has the same results in a batch as
 * alone.
 */
const TILE: u32 = 32;

/** Panels of a super-block: the most that a block has. */
const MAX_PANELS: usize = 8;
/** Sums of a tile: f32 (tokens, 4), and i32 (tokens, 4) of the columns of a panel so far. */
const SUMS: usize = MAX_PANELS * PANEL_BYTES;
const PARTS: usize = SUMS + ((<usize>TILE) << 4);

/** Scratch memory that {@link matmulPacked} wants, in bytes. */
export function tileBytes(): usize {
  return PARTS + ((<usize>TILE) << 4);
}

/**
 * W (rows, n) packed, X (tokens, n) q8: out[:, from..to) = W[from..to) @ X; out (tokens, rows) f32, tokens of out
 * `outStride` bytes apart
 */
export function matmulPacked<T>(
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
  const blocks = n / changetype<T>(0).columns();
  const bytes = changetype<T>(0).bytes();
  const groupBytes = <usize>blocks * bytes;
  const rowBytes = <usize>q8RowBytes(n);
  const sums = scratch + SUMS;
  for (let token: u32 = 0; token < tokens; token += TILE) {
    const sumsEnd = sums + ((<usize>min(TILE, tokens - token)) << 4);
    for (let row = from - (from % GROUP); row < to; row += GROUP) {
      for (let sum = sums; sum < sumsEnd; sum += 16) v128.store(sum, f32x4.splat(0));
      const group = w + <usize>(row / GROUP) * groupBytes;
      let values = x;
      for (let block = group; block < group + groupBytes; block += bytes) {
        changetype<T>(block).toPanels(scratch);
        let panel = scratch;
        const panels = changetype<T>(0).columns() >> 5;
        for (let i: u32 = 0; i < panels; i++, panel += PANEL_BYTES, values += Q8_BYTES) {
          firstHalf<T>(panel, values, sums, sumsEnd, rowBytes);
          if (changetype<T>(0).halves() === 4) {
            middleHalves(panel, values, sums, sumsEnd, rowBytes);
            panel += PANEL_BYTES;
          }
          lastHalf<T>(panel, values, sums, sumsEnd, rowBytes);
        }
      }
      let target = out;
      for (let sum = sums; sum < sumsEnd; sum += 16, target += outStride) {
        if (row >= from && row + GROUP <= to) v128.store(target + ((<usize>row) << 2), v128.load(sum));
        else storeRows(target, v128.load(sum), max(row, from), min(row + GROUP, to));
      }
    }
    x += <usize>TILE * rowBytes;
    out += <usize>TILE * outStride;
  }
}

/** The products of 16 columns, as pairs of i16. */
@inline
function products(x: usize, q0: v128, q1: v128, q2: v128, q3: v128): v128 {
  return i16x8.add(
    i16x8.add(dotPairs(v128.load32_splat(x), q0), dotPairs(v128.load32_splat(x, 4), q1)),
    i16x8.add(dotPairs(v128.load32_splat(x, 8), q2), dotPairs(v128.load32_splat(x, 12), q3)),
  );
}

/** Begins the sums of a panel with its first 16 columns. */
function firstHalf<T>(panel: usize, x: usize, sums: usize, sumsEnd: usize, rowBytes: usize): void {
  const q0 = v128.load(panel);
  const q1 = v128.load(panel, 16);
  const q2 = v128.load(panel, 32);
  const q3 = v128.load(panel, 48);
  const scale = v128.load(panel, PANEL_SCALES);
  for (let sum = sums; sum < sumsEnd; sum += 16, x += rowBytes) {
    let pairs = products(x, q0, q1, q2, q3);
    if (changetype<T>(0).isCentred()) pairs = i16x8.sub(pairs, v128.load32_splat(x, Q8_PAIRS));
    v128.store(sum + (PARTS - SUMS), i32x4.dot_i16x8_s(pairs, scale));
  }
}

/** The last 16 columns of the low bits' panel, and the first 16 of the high bits'. */
function middleHalves(panel: usize, x: usize, sums: usize, sumsEnd: usize, rowBytes: usize): void {
  let q0 = v128.load(panel, 64);
  let q1 = v128.load(panel, 80);
  let q2 = v128.load(panel, 96);
  let q3 = v128.load(panel, 112);
  let scale = v128.load(panel, PANEL_SCALES + 16);
  let xi = x;
  for (let sum = sums; sum < sumsEnd; sum += 16, xi += rowBytes) {
    const pairs = products(xi + 16, q0, q1, q2, q3);
    v128.store(sum, i32x4.add(v128.load(sum, PARTS - SUMS), i32x4.dot_i16x8_s(pairs, scale)), PARTS - SUMS);
  }
  q0 = v128.load(panel, PANEL_BYTES);
  q1 = v128.load(panel, PANEL_BYTES + 16);
  q2 = v128.load(panel, PANEL_BYTES + 32);
  q3 = v128.load(panel, PANEL_BYTES + 48);
  scale = v128.load(panel, PANEL_BYTES + PANEL_SCALES);
  for (let sum = sums; sum < sumsEnd; sum += 16, x += rowBytes) {
    const pairs = products(x, q0, q1, q2, q3);
    v128.store(sum, i32x4.add(v128.load(sum, PARTS - SUMS), i32x4.dot_i16x8_s(pairs, scale)), PARTS - SUMS);
  }
}

/** Ends the sums of a panel with its last 16 columns, and adds them to those of the row. */
function lastHalf<T>(panel: usize, x: usize, sums: usize, sumsEnd: usize, rowBytes: usize): void {
  const format = changetype<T>(0);
  const q0 = v128.load(panel, 64);
  const q1 = v128.load(panel, 80);
  const q2 = v128.load(panel, 96);
  const q3 = v128.load(panel, 112);
  const scale = v128.load(panel, PANEL_SCALES + 16);
  const d = v128.load(panel, PANEL_D);
  const offset = v128.load(panel, PANEL_OFFSET);
  const firstOffset = v128.load(panel, PANEL_OFFSETS);
  const lastOffset = v128.load(panel, PANEL_OFFSETS + 16);
  for (let sum = sums; sum < sumsEnd; sum += 16, x += rowBytes) {
    let pairs = products(x + 16, q0, q1, q2, q3);
    if (format.isCentred()) pairs = i16x8.sub(pairs, v128.load32_splat(x, Q8_PAIRS + 4));
    const total = f32x4.convert_i32x4_s(i32x4.add(v128.load(sum, PARTS - SUMS), i32x4.dot_i16x8_s(pairs, scale)));
    const xScale = v128.load32_splat(x, Q8_SCALE);
    let result: v128;
    if (format.offset() === Offset.NONE) {
      result = madd(total, f32x4.mul(d, xScale), v128.load(sum));
    } else if (format.offset() === Offset.OF_Q) {
      const centred = madd(v128.load32_splat(x, Q8_SUM), offset, total);
      result = madd(centred, f32x4.mul(d, xScale), v128.load(sum));
    } else {
      let minimum: v128;
      if (format.offset() === Offset.OF_VALUE) {
        minimum = f32x4.mul(offset, v128.load32_splat(x, Q8_SUM));
      } else {
        const first = i32x4.dot_i16x8_s(v128.load32_splat(x, Q8_PAIRS), firstOffset);
        const last = i32x4.dot_i16x8_s(v128.load32_splat(x, Q8_PAIRS + 4), lastOffset);
        minimum = f32x4.mul(offset, f32x4.convert_i32x4_s(i32x4.add(first, last)));
      }
      result = madd(madd(total, d, minimum), xScale, v128.load(sum));
    }
    v128.store(sum, result);
  }
}
