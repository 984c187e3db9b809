/**
 * Signs of the IQ2 and IQ3 formats: a set bit makes a value negative. Some formats store seven signs of eight values:
 * the number of negative values is even, which gives the eighth.
 */
import { bitsToBytes } from "../../vector/constants";

/** The eight signs of which the low seven bits of `bits` hold seven. */
export function signsOf7(bits: u32): u32 {
  const seven = bits & 127;
  return seven | ((popcnt(seven) & 1) << 7);
}

/** 1 or -1, by bit k. */
export function signOf(signs: u32, k: u32): f32 {
  return (signs >> k) & 1 ? -1 : 1;
}

/** Negates byte i of `magnitudes` where bit i of `signs` is set. */
export function applySigns(magnitudes: v128, signs: u32): v128 {
  const mask = bitsToBytes(signs);
  return i8x16.sub(v128.xor(magnitudes, mask), mask);
}
