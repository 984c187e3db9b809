import { floatToHalf } from "./half";

/** Writes keys or values into a cache of f32. source (n,) f32, target (n,) f32 */
export function store_f32(source: usize, target: usize, n: u32): void {
  memory.copy(target, source, (<usize>n) << 2);
}

/** Writes keys or values into a cache of halves. source (n,) f32, target (n,) f16 */
export function store_f16(source: usize, target: usize, n: u32): void {
  for (let i: u32 = 0; i < n; i++) {
    store<u16>(target + ((<usize>i) << 1), <u16>floatToHalf(load<f32>(source + ((<usize>i) << 2))));
  }
}
