import { fromHalf, toHalf } from "../gguf/floats.js";
import type { BlockWriter } from "./blocks.js";
import { type Candidates, fitAffine, fitSigned, levelOf } from "./fit.js";

/**
 * The K formats: super-blocks of 256 values whose sub-blocks have integer scales of their own. The byte diagrams stand
 * in assembly/formats/.
 */

/** Sub-blocks x ~ d * scales[j] * level - dmin * mins[j], both d stored as halves. */
interface AffineBlock {
  readonly d: number;
  readonly dmin: number;
  readonly scales: readonly number[];
  readonly mins: readonly number[];
  readonly levels: Uint8Array;
}

function fitAffineBlock(
  values: Float32Array,
  size: number,
  top: number,
  scaleTop: number,
  candidates: Candidates,
): AffineBlock {
  const parts = Array.from({ length: 256 / size }, (_, j) => values.subarray(j * size, (j + 1) * size));
  const fits = parts.map((part) => fitAffine(part, top, candidates));
  const greatest = (numbers: readonly number[]) => Math.max(0, ...numbers);
  const d = toHalf(greatest(fits.map(({ scale }) => scale)) / scaleTop);
  const dmin = toHalf(greatest(fits.map(({ min }) => min)) / scaleTop);
  const scales = fits.map(({ scale }) => levelOf(scale, fromHalf(d), 0, scaleTop));
  const mins = fits.map(({ min }) => levelOf(min, fromHalf(dmin), 0, scaleTop));
  const levels = new Uint8Array(256);
  parts.forEach((part, j) => {
    const scale = fromHalf(d) * (scales[j] ?? 0);
    const min = fromHalf(dmin) * (mins[j] ?? 0);
    part.forEach((x, i) => {
      levels[j * size + i] = levelOf(x + min, scale, 0, top);
    });
  });
  return { d, dmin, scales, mins, levels };
}

/** Sub-blocks of 16, x ~ d * scales[j] * level, with signed scales and levels. */
interface SignedBlock {
  readonly d: number;
  readonly scales: readonly number[];
  /** From 0: `half` was added. */
  readonly levels: Uint8Array;
}

function fitSignedBlock(values: Float32Array, half: number, scaleHalf: number): SignedBlock {
  const parts = Array.from({ length: 16 }, (_, j) => values.subarray(j * 16, j * 16 + 16));
  const fits = parts.map((part) => fitSigned(part, half));
  const extreme = fits.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0);
  // The extreme scale gets the level that only the negative side has.
  const d = toHalf(extreme / -scaleHalf);
  const scales = fits.map((scale) => levelOf(scale, fromHalf(d), -scaleHalf, scaleHalf - 1));
  const levels = new Uint8Array(256);
  parts.forEach((part, j) => {
    const scale = fromHalf(d) * (scales[j] ?? 0);
    part.forEach((x, i) => {
      levels[j * 16 + i] = levelOf(x, scale, -half, half - 1) + half;
    });
  });
  return { d, scales, levels };
}

/** Eight scales and eight mins of 6 bits in 12 bytes. */
function putScalesAndMins(out: DataView, offset: number, scales: readonly number[], mins: readonly number[]): void {
  for (let j = 0; j < 4; j++) {
    const [s0 = 0, s4 = 0, m0 = 0, m4 = 0] = [scales[j], scales[j + 4], mins[j], mins[j + 4]];
    out.setUint8(offset + j, s0 | ((s4 >> 4) << 6));
    out.setUint8(offset + j + 4, m0 | ((m4 >> 4) << 6));
    out.setUint8(offset + j + 8, (s4 & 15) | ((m4 & 15) << 4));
  }
}

/** Four levels of 2 bits a byte: of each 128 values, byte i has values i, i + 32, i + 64 and i + 96. */
function putPairsOfBits(out: DataView, offset: number, bits: (index: number) => number): void {
  for (let i = 0; i < 64; i++) {
    const first = (i >> 5) * 128 + (i & 31);
    out.setUint8(offset + i, bits(first) | (bits(first + 32) << 2) | (bits(first + 64) << 4) | (bits(first + 96) << 6));
  }
}

/** Two levels of 4 bits a byte: of each 64 values, byte i has values i and i + 32. */
function putHalfBytes(out: DataView, offset: number, levels: Uint8Array): void {
  for (let i = 0; i < 128; i++) {
    const first = (i >> 5) * 64 + (i & 31);
    out.setUint8(offset + i, ((levels[first] ?? 0) & 15) | (((levels[first + 32] ?? 0) & 15) << 4));
  }
}

export const writeQ2_K: BlockWriter = (values, out) => {
  const candidates = { first: -0.5, step: 0.1, count: 15 };
  const { d, dmin, scales, mins, levels } = fitAffineBlock(values, 16, 3, 15, candidates);
  for (let j = 0; j < 16; j++) out.setUint8(j, (scales[j] ?? 0) | ((mins[j] ?? 0) << 4));
  putPairsOfBits(out, 16, (i) => levels[i] ?? 0);
  out.setUint16(80, d, true);
  out.setUint16(82, dmin, true);
};

export const writeQ3_K: BlockWriter = (values, out) => {
  const { d, scales, levels } = fitSignedBlock(values, 4, 32);
  for (let i = 0; i < 32; i++) {
    let mask = 0;
    for (let bit = 0; bit < 8; bit++) mask |= ((levels[bit * 32 + i] ?? 0) >> 2) << bit;
    out.setUint8(i, mask);
  }
  putPairsOfBits(out, 32, (i) => (levels[i] ?? 0) & 3);
  const stored = scales.map((scale) => scale + 32);
  for (let j = 0; j < 8; j++) out.setUint8(96 + j, ((stored[j] ?? 0) & 15) | (((stored[j + 8] ?? 0) & 15) << 4));
  for (let j = 0; j < 4; j++) {
    const high = (k: number) => ((stored[j + 4 * k] ?? 0) >> 4) << (2 * k);
    out.setUint8(104 + j, high(0) | high(1) | high(2) | high(3));
  }
  out.setUint16(108, d, true);
};

export const writeQ4_K: BlockWriter = (values, out) => {
  const candidates = { first: -1, step: 0.1, count: 20 };
  const { d, dmin, scales, mins, levels } = fitAffineBlock(values, 32, 15, 63, candidates);
  out.setUint16(0, d, true);
  out.setUint16(2, dmin, true);
  putScalesAndMins(out, 4, scales, mins);
  putHalfBytes(out, 16, levels);
};

export const writeQ5_K: BlockWriter = (values, out) => {
  const candidates = { first: -0.5, step: 0.1, count: 15 };
  const { d, dmin, scales, mins, levels } = fitAffineBlock(values, 32, 31, 63, candidates);
  out.setUint16(0, d, true);
  out.setUint16(2, dmin, true);
  putScalesAndMins(out, 4, scales, mins);
  for (let i = 0; i < 32; i++) {
    let mask = 0;
    for (let bit = 0; bit < 8; bit++) mask |= ((levels[bit * 32 + i] ?? 0) >> 4) << bit;
    out.setUint8(16 + i, mask);
  }
  putHalfBytes(out, 48, levels);
};

export const writeQ6_K: BlockWriter = (values, out) => {
  const { d, scales, levels } = fitSignedBlock(values, 32, 128);
  for (let i = 0; i < 128; i++) {
    const first = (i >> 6) * 128 + (i & 63);
    out.setUint8(i, ((levels[first] ?? 0) & 15) | (((levels[first + 64] ?? 0) & 15) << 4));
  }
  putPairsOfBits(out, 128, (i) => (levels[i] ?? 0) >> 4);
  scales.forEach((scale, j) => {
    out.setInt8(192 + j, scale);
  });
  out.setUint16(208, d, true);
};
