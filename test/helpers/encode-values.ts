import type { TensorType } from "#dist/gguf/format.js";

/** A tensor's bytes, and the exact values that these bytes mean. */
export interface EncodedValues {
  readonly bytes: Uint8Array;
  readonly values: Float64Array;
}

/** Stores values in a dense or a simple block format, by plain arithmetic: an oracle beside the real quantisers. */
export function encodeValues(type: TensorType, wanted: Float64Array): EncodedValues {
  switch (type.name) {
    case "F32":
      return encodeF32(wanted);
    case "F16":
      return encodeHalves(wanted, halfBits, halfValue);
    case "BF16":
      return encodeHalves(wanted, bfloatBits, bfloatValue);
    case "Q8_0":
      return encodeBlocks(type, wanted, 127, (q) => q, storeBytes);
    case "Q4_0":
      return encodeBlocks(type, wanted, 7, (q) => q, storeNibbles);
    default:
      throw new Error(`fixtures of type ${type.name} are not made here`);
  }
}

function encodeF32(wanted: Float64Array): EncodedValues {
  const floats = Float32Array.from(wanted);
  return { bytes: new Uint8Array(floats.buffer), values: Float64Array.from(floats) };
}

function encodeHalves(
  wanted: Float64Array,
  bits: (x: number) => number,
  value: (bits: number) => number,
): EncodedValues {
  const stored = Uint16Array.from(wanted, bits);
  return { bytes: new Uint8Array(stored.buffer), values: Float64Array.from(stored, value) };
}

function encodeBlocks(
  type: TensorType,
  wanted: Float64Array,
  highest: number,
  level: (q: number) => number,
  store: (levels: readonly number[]) => Uint8Array,
): EncodedValues {
  const blocks = wanted.length / 32;
  const bytes = new Uint8Array(blocks * type.blockBytes);
  const values = new Float64Array(wanted.length);
  for (let block = 0; block < blocks; block++) {
    const part = wanted.subarray(block * 32, block * 32 + 32);
    const scaleBits = halfBits(Math.max(...part.map(Math.abs)) / highest);
    const scale = halfValue(scaleBits);
    const levels = Array.from(part, (x) => Math.max(-highest, Math.min(highest, Math.round(x / scale))));
    const at = block * type.blockBytes;
    bytes[at] = scaleBits & 0xff;
    bytes[at + 1] = scaleBits >> 8;
    bytes.set(store(levels), at + 2);
    levels.forEach((q, i) => {
      values[block * 32 + i] = scale * level(q);
    });
  }
  return { bytes, values };
}

function storeBytes(levels: readonly number[]): Uint8Array {
  return Uint8Array.from(levels, (q) => q & 0xff);
}

function storeNibbles(levels: readonly number[]): Uint8Array {
  return Uint8Array.from({ length: 16 }, (_, i) => ((levels[i] ?? 0) + 8) | (((levels[i + 16] ?? 0) + 8) << 4));
}

/** The value of a half, by the definition of the format. */
export function halfValue(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The bits of the nearest half, found by searching among all of them that have the right sign. */
export function halfBits(x: number): number {
  const size = Math.abs(x);
  let low = 0;
  let high = 0x7c00;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (halfValue(middle) <= size) low = middle;
    else high = middle;
  }
  const upper = high === 0x7c00 ? 65536 : halfValue(high);
  const toLow = size - halfValue(low);
  const toHigh = upper - size;
  const nearest = toLow < toHigh || (toLow === toHigh && low % 2 === 0) ? low : high;
  return (x < 0 || Object.is(x, -0) ? 0x8000 : 0) | nearest;
}

export function bfloatValue(bits: number): number {
  return new Float32Array(Uint32Array.of(bits << 16).buffer)[0] ?? 0;
}

function bfloatBits(x: number): number {
  const bits = new Uint32Array(Float32Array.of(x).buffer)[0] ?? 0;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}
