import { toHalf } from "../gguf/floats.js";

/**
 * The formats with blocks of 32 values, bit for bit as ggml rounds them: scales in single precision, products and
 * sums rounded once. The byte diagrams stand in assembly/formats/.
 */
export type BlockWriter = (values: Float32Array, out: DataView) => void;

/** Rounds halves away from zero, as C's roundf. */
function roundAway(x: number): number {
  return Math.sign(x) * Math.floor(Math.abs(x) + 0.5);
}

function inverse(d: number): number {
  return d === 0 ? 0 : Math.fround(1 / d);
}

/** The value of the largest magnitude, with its sign; the first of several. */
function extreme(values: Float32Array): number {
  let found = 0;
  for (const value of values) if (Math.abs(value) > Math.abs(found)) found = value;
  return found;
}

export const writeQ8_0: BlockWriter = (values, out) => {
  const d = Math.fround(Math.abs(extreme(values)) / 127);
  const scale = inverse(d);
  out.setUint16(0, toHalf(d), true);
  values.forEach((value, i) => {
    out.setInt8(2 + i, roundAway(Math.fround(value * scale)));
  });
};

/** Levels 0 .. 2 * half - 1 around `half`, for a scale that puts the extreme value on level 0. */
function signedLevels(values: Float32Array, half: number): { d: number; levels: number[] } {
  const d = Math.fround(extreme(values) / -half);
  const scale = inverse(d);
  const levels = Array.from(values, (x) => Math.min(2 * half - 1, Math.trunc(Math.fround(x * scale + half + 0.5))));
  return { d, levels };
}

/** Levels 0 .. top between the least and the greatest value. */
function rangeLevels(values: Float32Array, top: number): { d: number; min: number; levels: number[] } {
  const min = values.reduce((a, b) => Math.min(a, b));
  const max = values.reduce((a, b) => Math.max(a, b));
  const d = Math.fround(Math.fround(max - min) / top);
  const scale = inverse(d);
  const levels = Array.from(values, (x) => Math.min(top, Math.trunc(Math.fround(Math.fround(x - min) * scale + 0.5))));
  return { d, min, levels };
}

function putNibbles(out: DataView, offset: number, levels: readonly number[]): void {
  for (let i = 0; i < 16; i++) out.setUint8(offset + i, ((levels[i] ?? 0) & 15) | (((levels[i + 16] ?? 0) & 15) << 4));
}

function putFifthBits(out: DataView, offset: number, levels: readonly number[]): void {
  let word = 0;
  for (let i = 0; i < 32; i++) word |= ((levels[i] ?? 0) >> 4) << i;
  out.setUint32(offset, word >>> 0, true);
}

export const writeQ4_0: BlockWriter = (values, out) => {
  const { d, levels } = signedLevels(values, 8);
  out.setUint16(0, toHalf(d), true);
  putNibbles(out, 2, levels);
};

export const writeQ4_1: BlockWriter = (values, out) => {
  const { d, min, levels } = rangeLevels(values, 15);
  out.setUint16(0, toHalf(d), true);
  out.setUint16(2, toHalf(min), true);
  putNibbles(out, 4, levels);
};

export const writeQ5_0: BlockWriter = (values, out) => {
  const { d, levels } = signedLevels(values, 16);
  out.setUint16(0, toHalf(d), true);
  putFifthBits(out, 2, levels);
  putNibbles(out, 6, levels);
};

export const writeQ5_1: BlockWriter = (values, out) => {
  const { d, min, levels } = rangeLevels(values, 31);
  out.setUint16(0, toHalf(d), true);
  out.setUint16(2, toHalf(min), true);
  putFifthBits(out, 4, levels);
  putNibbles(out, 8, levels);
};
