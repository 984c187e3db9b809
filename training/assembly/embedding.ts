/** x (tokens, n) = table[ids]; table (vocabulary, n), ids (tokens,) u32 */
export function embed(table: usize, ids: usize, x: usize, tokens: u32, n: u32): void {
  const bytes = (<usize>n) << 2;
  for (let t: u32 = 0; t < tokens; t++, ids += 4, x += bytes) {
    memory.copy(x, table + <usize>load<u32>(ids) * bytes, bytes);
  }
}

/** dTable[ids] += dx (tokens, n); n is a multiple of 4 */
export function embedBackward(dTable: usize, ids: usize, dx: usize, tokens: u32, n: u32): void {
  const bytes = (<usize>n) << 2;
  for (let t: u32 = 0; t < tokens; t++, ids += 4, dx += bytes) {
    const row = dTable + <usize>load<u32>(ids) * bytes;
    for (let i: usize = 0; i < bytes; i += 16) {
      v128.store(row + i, f32x4.add(v128.load(row + i), v128.load(dx + i)));
    }
  }
}
