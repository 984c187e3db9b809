import { isInfinite, toHalf } from "./half";

/**
 * The formats with blocks of 32 values, as ggml rounds them: src/quantize/blocks.ts is the same in plain TypeScript,
 * and has the reasons.
 */

/** Levels of the block under way, a byte each. */
const LEVELS: usize = memory.data(32, 16);

/** A level as an integer: NaN and what lies below is 0, as where a tiny scale has no finite inverse. */
function toLevel(x: f64, top: f64): u32 {
  const level = trunc(x);
  return i32x4.extract_lane(i32x4.trunc_sat_f64x2_u_zero(f64x2.splat(level > top ? top : level)), 0);
}

function inverse(d: f32): f32 {
  return d === 0 ? 0 : <f32>1 / d;
}

function valueAt(values: usize, i: i32): f32 {
  return load<f32>(values + ((<usize>i) << 2));
}

/** The value of the largest magnitude, with its sign; the first of several. */
function extreme(values: usize): f32 {
  let found: f32 = 0;
  for (let i = 0; i < 32; i++) {
    const value = valueAt(values, i);
    if (abs(value) > abs(found)) found = value;
  }
  return found;
}

export function write_q8_0(values: usize, out: usize, blocks: i32): i32 {
  for (let block = 0; block < blocks; block++, values += 128, out += 34) {
    const d = <f32>(abs(extreme(values)) / 127);
    const scale = inverse(d);
    const half = toHalf(d);
    if (isInfinite(half)) return block;
    store<u16>(out, <u16>half);
    for (let i = 0; i < 32; i++) {
      const x = <f64>(valueAt(values, i) * scale);
      const magnitude = floor(abs(x) + 0.5);
      // Where a tiny scale has no finite inverse.
      const level = magnitude <= 127 ? <i32>magnitude : 0;
      store<i8>(out + 2 + i, <i8>(x < 0 ? -level : level));
    }
  }
  return -1;
}

/** Levels 0 .. 2 * half - 1 around `half`; returns the scale. */
function signedLevels(values: usize, half: f64): f32 {
  const d = extreme(values) / -(<f32>half);
  const scale = <f64>inverse(d);
  for (let i = 0; i < 32; i++) {
    const x = <f64>valueAt(values, i);
    store<u8>(LEVELS + i, <u8>toLevel(<f64>(<f32>(x * scale + half + 0.5)), 2 * half - 1));
  }
  return d;
}

/** Levels 0 .. top from the least value on; returns the scale. */
function rangeLevels(values: usize, top: f64, least: f32): f32 {
  let greatest = valueAt(values, 0);
  for (let i = 1; i < 32; i++) greatest = max<f32>(greatest, valueAt(values, i));
  const d = <f32>(greatest - least) / <f32>top;
  const scale = <f64>inverse(d);
  for (let i = 0; i < 32; i++) {
    const x = <f64>(valueAt(values, i) - least);
    store<u8>(LEVELS + i, <u8>toLevel(<f64>(<f32>(x * scale + 0.5)), top));
  }
  return d;
}

function least(values: usize): f32 {
  let found = valueAt(values, 0);
  for (let i = 1; i < 32; i++) found = min<f32>(found, valueAt(values, i));
  return found;
}

function putNibbles(out: usize): void {
  for (let i = 0; i < 16; i++) {
    store<u8>(out + i, <u8>((load<u8>(LEVELS + i) & 15) | ((load<u8>(LEVELS + 16 + i) & 15) << 4)));
  }
}

function putFifthBits(out: usize): void {
  let word: u32 = 0;
  for (let i = 0; i < 32; i++) word |= (<u32>load<u8>(LEVELS + i) >> 4) << i;
  store<u32>(out, word);
}

export function write_q4_0(values: usize, out: usize, blocks: i32): i32 {
  for (let block = 0; block < blocks; block++, values += 128, out += 18) {
    const d = toHalf(signedLevels(values, 8));
    if (isInfinite(d)) return block;
    store<u16>(out, <u16>d);
    putNibbles(out + 2);
  }
  return -1;
}

export function write_q5_0(values: usize, out: usize, blocks: i32): i32 {
  for (let block = 0; block < blocks; block++, values += 128, out += 22) {
    const d = toHalf(signedLevels(values, 16));
    if (isInfinite(d)) return block;
    store<u16>(out, <u16>d);
    putFifthBits(out + 2);
    putNibbles(out + 6);
  }
  return -1;
}

export function write_q4_1(values: usize, out: usize, blocks: i32): i32 {
  for (let block = 0; block < blocks; block++, values += 128, out += 20) {
    const lowest = least(values);
    const d = toHalf(rangeLevels(values, 15, lowest));
    const offset = toHalf(lowest);
    if (isInfinite(d) || isInfinite(offset)) return block;
    store<u16>(out, <u16>d);
    store<u16>(out, <u16>offset, 2);
    putNibbles(out + 4);
  }
  return -1;
}

export function write_q5_1(values: usize, out: usize, blocks: i32): i32 {
  for (let block = 0; block < blocks; block++, values += 128, out += 24) {
    const lowest = least(values);
    const d = toHalf(rangeLevels(values, 31, lowest));
    const offset = toHalf(lowest);
    if (isInfinite(d) || isInfinite(offset)) return block;
    store<u16>(out, <u16>d);
    store<u16>(out, <u16>offset, 2);
    putFifthBits(out + 4);
    putNibbles(out + 8);
  }
  return -1;
}
