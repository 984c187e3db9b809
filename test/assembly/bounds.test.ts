import assert from "node:assert/strict";
import { test } from "node:test";
import { CACHE_TYPES } from "#dist/kernels/cache-types.js";
import { type KernelBuild, runnableBuilds } from "#dist/kernels/load.js";
import { seededNormals } from "../helpers/random.js";
import { FORMATS, patternBlocks } from "./cases.js";
import { Workspace } from "./workspace.js";

/**
 * Every operand of every kernel in turn as the last bytes of memory, where the engine ends what loads or stores behind
 * them. The others lie in poison, so that what is stored beside them is found, and what is loaded beside them would
 * show.
 */
interface Call {
  /** What the kernel reads and writes: bytes, or how many poisoned ones. */
  readonly operands: readonly (Uint8Array | number)[];
  /** Which of them are read afterwards. */
  readonly results: readonly number[];
  readonly run: (...addresses: number[]) => void;
}

const ALIGNMENT = 16;

function assertBounded(workspace: Workspace, what: string, { operands, results, run }: Call): void {
  const outcome = (last: number) => {
    workspace.reset();
    const addresses = operands.map((operand, i) => {
      const bytes = typeof operand === "number" ? operand : operand.length;
      const address = i === last ? -1 : workspace.allocate(bytes, ALIGNMENT);
      if (typeof operand !== "number" && i !== last) workspace.write(address, operand);
      return address;
    });
    const operand = operands[last];
    if (operand !== undefined) {
      addresses[last] = workspace.allocateLast(typeof operand === "number" ? operand : operand.length);
      if (typeof operand !== "number") workspace.write(addresses[last] ?? 0, operand);
    }
    run(...addresses);
    workspace.verify();
    return results.map((i) => {
      const result = operands[i] ?? 0;
      return workspace.bytes(addresses[i] ?? 0, typeof result === "number" ? result : result.length);
    });
  };
  const expected = outcome(-1);
  for (let last = 0; last < operands.length; last++) {
    assert.deepEqual(outcome(last), expected, `${what}: operand ${last} at the end of memory`);
  }
}

function floats(count: number, seed: number): Uint8Array {
  return new Uint8Array(Float32Array.from({ length: count }, seededNormals(seed)).buffer);
}

function assertFormatBounded(build: KernelBuild, format: (typeof FORMATS)[number]): void {
  const workspace = new Workspace(build, 4 << 20);
  const { type } = format;
  const { kernels } = workspace;
  const { activation, packing, dequantize, matvec, matmul } = workspace.format(type);
  const n = type.blockSize === 1 ? 45 : type.blockSize;
  const rowBytes = (n / type.blockSize) * type.blockBytes;
  const most = 35;
  const rows = 13;
  const file = patternBlocks(format).subarray(0, rows * rowBytes);
  assertBounded(workspace, `${type.name} dequantize`, {
    operands: [file, rows * n * 4],
    results: [1],
    run: (source = 0, target = 0) => dequantize(source, target, rows * n),
  });
  let w = file;
  if (packing !== undefined) {
    const bytes = Math.ceil(rows / packing.groupRows) * packing.groupRows * rowBytes;
    assertBounded(workspace, `${type.name} repack`, {
      operands: [file, bytes],
      results: [1],
      run: (source = 0, target = 0) => void packing.repack(source, target, rows, n),
    });
    workspace.reset();
    w = workspace.bytes(workspace.putMatrix(type, file, rows, n), bytes);
    assertBounded(workspace, `${type.name} unpack`, {
      operands: [w, rowBytes],
      results: [1],
      run: (source = 0, target = 0) => packing.unpack(source, rows - 1, target, n),
    });
  }
  workspace.reset();
  const { address } = workspace.activations(type, Float32Array.from({ length: most * n }, seededNormals(5)), n);
  const xBytes = activation === "f32" ? n * 4 : kernels.q8RowBytes(n);
  const all = workspace.bytes(address, most * xBytes);
  assertBounded(workspace, `${type.name} matvec`, {
    operands: [w, all.subarray(0, xBytes), rows * 4, kernels.matmulBytes()],
    results: [2],
    run: (matrix = 0, x = 0, out = 0, scratch = 0) => matvec(matrix, x, out, 0, rows, n, scratch),
  });
  for (const tokens of [2, 3, 5, 8, 15, most]) {
    assertBounded(workspace, `${type.name} matmul of ${tokens}`, {
      operands: [w, all.subarray(0, tokens * xBytes), tokens * rows * 4, kernels.matmulBytes()],
      results: [2],
      run: (matrix = 0, x = 0, out = 0, scratch = 0) => matmul(matrix, x, out, 0, rows, n, tokens, rows * 4, scratch),
    });
  }
}

for (const build of runnableBuilds()) {
  test(`${build}: no product, and nothing that packs, loads or stores outside of its operands`, () => {
    for (const format of FORMATS) assertFormatBounded(build, format);
  });

  test(`${build}: what is added loads and stores nothing outside of its operands`, () => {
    const workspace = new Workspace(build, 1 << 20);
    const { kernels } = workspace;
    for (const rank of [1, 3, 4, 7, 16]) {
      for (const [bytes, add] of [
        [4, kernels.add_low_rank_f32],
        [2, kernels.add_low_rank_f16],
        [2, kernels.add_low_rank_bf16],
      ] as const) {
        assertBounded(workspace, `an adapter of rank ${rank} and ${bytes} bytes`, {
          operands: [new Uint8Array(13 * rank * bytes).fill(0x3c), floats(rank, 1), floats(13, 2)],
          results: [2],
          run: (b = 0, x = 0, out = 0) => add(b, x, out, 0, 13, rank, 0.5),
        });
      }
      assertBounded(workspace, `a part of ${rank}`, {
        operands: [floats(rank, 1), floats(rank, 2)],
        results: [0],
        run: (x = 0, y = 0) => kernels.add_scaled(x, y, 0.5, rank),
      });
    }
  });

  test(`${build}: attention loads and stores nothing outside of its operands`, () => {
    const workspace = new Workspace(build, 4 << 20);
    for (const type of CACHE_TYPES) {
      for (const [tokens, heads, headSize, position, window] of [
        [1, 1, 64, 70, 100],
        [1, 1, 32, 130, 20],
        [1, 3, 10, 33, 100],
        [5, 1, 64, 40, 100],
        [3, 8, 40, 66, 17],
        [35, 1, 6, 10, 9],
      ] as const) {
        const { number, rowBytes, store } = workspace.cacheFormat(type);
        const positions = position + tokens;
        workspace.reset();
        const source = workspace.put(floats(positions * headSize, 1));
        const target = workspace.allocate(positions * rowBytes(headSize), 4);
        for (let i = 0; i < positions; i++) store(source + i * headSize * 4, target + i * rowBytes(headSize), headSize);
        const rows = workspace.bytes(target, positions * rowBytes(headSize));
        const queries = floats(tokens * heads * headSize, 2);
        assertBounded(workspace, `${type}, ${tokens} x ${heads} x ${headSize}`, {
          operands: [queries, rows, rows, queries.length, workspace.kernels.attentionBytes(headSize)],
          results: [3],
          run: (q = 0, keys = 0, values = 0, out = 0, call = 0) =>
            workspace.attention(headSize, call).run({
              queries: q,
              keys,
              values,
              out,
              tokens,
              tokenStride: heads * headSize * 4,
              heads,
              headSize,
              position,
              window,
              rows: positions,
              scale: 1 / Math.sqrt(headSize),
              keyType: number,
              valueType: number,
            }),
        });
      }
    }
  });

  test(`${build}: the other steps of the network load and store nothing outside of their operands`, () => {
    const workspace = new Workspace(build, 1 << 20);
    const { kernels } = workspace;
    for (const n of [2, 6, 32, 45, 96]) {
      const [x, y] = [floats(n, 1), floats(n, 2)];
      assertBounded(workspace, "rmsnorm", {
        operands: [x, y, n * 4],
        results: [2],
        run: (at = 0, weight = 0, out = 0) => kernels.rmsnorm(at, weight, out, n, 1e-5),
      });
      assertBounded(workspace, "add", {
        operands: [x, y],
        results: [0],
        run: (at = 0, other = 0) => kernels.add(at, other, n),
      });
      assertBounded(workspace, "swiglu", {
        operands: [x, y],
        results: [0],
        run: (gate = 0, up = 0) => kernels.swiglu(gate, up, n),
      });
      for (const type of CACHE_TYPES) {
        const { rowBytes, store } = workspace.cacheFormat(type);
        assertBounded(workspace, `store ${type}`, {
          operands: [x, rowBytes(n)],
          results: [1],
          run: (source = 0, target = 0) => store(source, target, n),
        });
      }
      if (n % 2 === 0) {
        assertBounded(workspace, "rope", {
          operands: [floats(3 * n, 3), y],
          results: [0],
          run: (at = 0, table = 0) => kernels.rope(at, table, 3, n),
        });
      }
      if (n % 32 === 0) {
        assertBounded(workspace, "quantize_q8", {
          operands: [x, kernels.q8RowBytes(n)],
          results: [1],
          run: (source = 0, target = 0) => kernels.quantize_q8(source, target, n),
        });
      }
    }
  });
}
