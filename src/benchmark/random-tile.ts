import { toHalf } from "../gguf/floats.js";
import type { TensorType } from "../gguf/format.js";
import type { Random } from "../random.js";

/** A tile stays in a core's cache while it is copied out, and has some hundred rows. */
const TILE_BYTES = 1 << 20;

/** How random bytes become plausible blocks of a type: what its halves must be, all else may be anything. */
interface BlockFacts {
  /** Where the scale d lies, in bytes from the start of the block. */
  readonly scaleAt: number;
  /** Where the minimum lies, and the minimum for a scale of 1 that makes values average 0. */
  readonly minAt?: number;
  readonly min?: number;
  /** Root mean square of the values where the scale is 1. */
  readonly rms: number;
}

const BLOCKS: Readonly<Record<string, BlockFacts>> = {
  Q4_0: { scaleAt: 0, rms: 4.6 },
  Q4_1: { scaleAt: 0, minAt: 2, min: -7.5, rms: 4.6 },
  Q5_0: { scaleAt: 0, rms: 9.2 },
  Q5_1: { scaleAt: 0, minAt: 2, min: -15.5, rms: 9.2 },
  Q8_0: { scaleAt: 0, rms: 74 },
  Q2_K: { scaleAt: 80, minAt: 82, min: 1.5, rms: 14 },
  Q3_K: { scaleAt: 108, rms: 44 },
  Q4_K: { scaleAt: 0, minAt: 2, min: 7.5, rms: 260 },
  Q5_K: { scaleAt: 0, minAt: 2, min: 15.5, rms: 530 },
  Q6_K: { scaleAt: 208, rms: 1360 },
  IQ2_XXS: { scaleAt: 0, rms: 53 },
  IQ2_XS: { scaleAt: 0, rms: 56 },
  IQ2_S: { scaleAt: 0, rms: 56 },
  IQ3_XXS: { scaleAt: 0, rms: 140 },
  IQ3_S: { scaleAt: 0, rms: 140 },
  IQ4_NL: { scaleAt: 0, rms: 67 },
  IQ4_XS: { scaleAt: 0, rms: 1240 },
  TQ1_0: { scaleAt: 52, rms: 0.82 },
  TQ2_0: { scaleAt: 64, rms: 1.2 },
};

/** The bits of a value in a type that stores values one by one. */
const DENSE: Readonly<Record<string, (value: number) => number>> = {
  F32: floatBits,
  F16: toHalf,
  BF16: (value) => floatBits(value) >>> 16,
};

/**
 * Blocks of a type with random values around `mean`, in memory that worker threads share. Values of the dense types
 * are uniform with the standard deviation given; those of the block formats come from random bits, and their
 * deviation is near it.
 */
export function randomTile(type: TensorType, mean: number, deviation: number, random: Random): Uint8Array {
  const blocks = Math.floor(TILE_BYTES / type.blockBytes);
  const tile = new Uint8Array(new SharedArrayBuffer(blocks * type.blockBytes));
  const dense = DENSE[type.name];
  if (dense === undefined) fillBlocks(tile, type, deviation, random);
  else fillDense(tile, type, () => dense(mean + deviation * Math.sqrt(12) * (random.nextFloat() - 0.5)));
  return tile;
}

function fillDense(tile: Uint8Array, type: TensorType, draw: () => number): void {
  const view = new DataView(tile.buffer);
  for (let at = 0; at < tile.length; at += type.blockBytes) {
    if (type.blockBytes === 4) view.setUint32(at, draw(), true);
    else view.setUint16(at, draw(), true);
  }
}

function fillBlocks(tile: Uint8Array, type: TensorType, deviation: number, random: Random): void {
  const facts = BLOCKS[type.name];
  if (facts === undefined) throw new RangeError(`no facts about blocks of ${type.name}`);
  for (let i = 0; i < tile.length; i++) tile[i] = random.nextUint32() >>> 24;
  const view = new DataView(tile.buffer);
  const scale = deviation / facts.rms;
  for (let block = 0; block < tile.length; block += type.blockBytes) {
    view.setUint16(block + facts.scaleAt, toHalf(scale), true);
    if (facts.minAt !== undefined) view.setUint16(block + facts.minAt, toHalf(scale * (facts.min ?? 0)), true);
  }
}

function floatBits(value: number): number {
  float[0] = value;
  return bits[0] ?? 0;
}

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);
