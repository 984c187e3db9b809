import { LlamaError } from "../errors.js";
import type { TensorType } from "./format.js";

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** The bits of the half nearest to a float, ties to even; beyond 65504 infinity. */
export function toHalf(value: number): number {
  float[0] = value;
  const all = bits[0] ?? 0;
  const sign = (all >>> 16) & 0x8000;
  const magnitude = all & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x38800000) {
    // The spacing of floats at 0.5 is that of subnormal halves, so the addition rounds.
    bits[0] = magnitude;
    float[0] = (float[0] ?? 0) + 0.5;
    return sign | ((bits[0] ?? 0) - 0x3f000000);
  }
  return sign | ((magnitude + 0xfff + ((magnitude >>> 13) & 1) - 0x38000000) >>> 13);
}

/** The value of a half. */
export function fromHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const DECODERS: Readonly<Record<string, (view: DataView, index: number) => number>> = {
  F32: (view, index) => view.getFloat32(index * 4, true),
  F16: (view, index) => fromHalf(view.getUint16(index * 2, true)),
  BF16: (view, index) => {
    bits[0] = view.getUint16(index * 2, true) << 16;
    return float[0] ?? 0;
  },
};

/** Whether the values of a type are stored one by one, as floats of some kind. */
export function isDense(type: TensorType): boolean {
  return Object.hasOwn(DECODERS, type.name);
}

/** Values of a dense type as floats. @throws LlamaError `unsupported` where they are quantised already */
export function toFloats(type: TensorType, bytes: Uint8Array): Float32Array {
  const decode = DECODERS[type.name];
  if (decode === undefined) {
    throw new LlamaError("unsupported", `The file is ${type.name} already; quantize its F32, F16 or BF16 original.`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: bytes.length / type.blockBytes }, (_, i) => decode(view, i));
}
