import { halfToFloat } from "../vector/half";

/** All bits of a half's exponent: infinity and NaN have them. */
const EXPONENT: u32 = 0x7c00;

/** The bits of the half nearest to a float, ties to even; beyond 65504 infinity. */
export function toHalf(value: f32): u32 {
  const all = reinterpret<u32>(value);
  const sign = (all >>> 16) & 0x8000;
  const magnitude = all & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x38800000) {
    // The spacing of floats at 0.5 is that of subnormal halves, so the addition rounds.
    return sign | (reinterpret<u32>(reinterpret<f32>(magnitude) + 0.5) - 0x3f000000);
  }
  return sign | ((magnitude + 0xfff + ((magnitude >>> 13) & 1) - 0x38000000) >>> 13);
}

/** The value of a half as a double. */
export function fromHalf(half: u32): f64 {
  return <f64>halfToFloat(half);
}

export function isInfinite(half: u32): bool {
  return (half & EXPONENT) === EXPONENT;
}
