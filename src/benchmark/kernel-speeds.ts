import { type TensorType, tensorBytes, tensorTypes } from "../gguf/format.js";
import { Attention, NO_WINDOW } from "../kernels/attention.js";
import { CACHE_TYPES, type CacheFormat, cacheFormat } from "../kernels/cache-types.js";
import type { Kernels } from "../kernels/exports.js";
import { Formats } from "../kernels/formats.js";
import { compileKernels, instantiateKernels, type KernelBuild } from "../kernels/load.js";
import { platform } from "../platform/current.js";
import { Random } from "../random.js";
import { WEIGHT_DEVIATION } from "./random-model.js";
import { randomTile } from "./random-tile.js";

/** How fast one kernel is, alone on one thread, with data that stays in the cache. */
export interface KernelSpeed {
  readonly kernels: KernelBuild;
  /** Its name, as the kernels export it. */
  readonly kernel: string;
  /** What it was given, in words. */
  readonly shape: string;
  /** The median of some hundred calls. */
  readonly microseconds: number;
  readonly speed: number;
  /** GB/s of weights or values read, or GOP/s, two operations a multiplication with addition. */
  readonly unit: "GB/s" | "GOP/s";
}

export interface KernelSpeedOptions {
  /** Only the kernels of these weight formats, by name. */
  readonly types?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

const ROWS = 512;
const COLUMNS = 4096;
const TOKENS = 32;
const HIDDEN = 11008;
const HEADS = 32;
const HEAD_SIZE = 128;
const POSITIONS = 1024;

/** Milliseconds for each kernel. */
const TIME = 200;
const WARMUP_TIME = 50;

interface Case extends Omit<KernelSpeed, "kernels" | "microseconds" | "speed"> {
  /** Thousands of millions of what `unit` counts, a call. */
  readonly amount: number;
  readonly run: () => void;
}

/**
 * Times the kernels one by one with tinybench, which is loaded for this alone.
 * @throws LlamaError `unsupported` where the build does not run; the signal's reason when aborted
 */
export async function* measureKernels(
  build: KernelBuild | undefined,
  { types, signal }: KernelSpeedOptions = {},
): AsyncGenerator<KernelSpeed> {
  const { Bench } = await import("tinybench");
  const compiled = compileKernels(build);
  const memory = new WebAssembly.Memory({ initial: 1024, maximum: 1024, shared: true });
  const kernels = instantiateKernels(compiled.module, memory);
  const wanted = types?.map((name) => name.toUpperCase());
  const formats = tensorTypes().filter(({ name }) => wanted === undefined || wanted.includes(name));
  const buffers = new Buffers(memory, kernels);
  for (const { run, amount, ...named } of casesOf(kernels, buffers, formats, wanted === undefined)) {
    await platform.nextTurn(); // lets a signal have its turn
    signal?.throwIfAborted();
    const bench = new Bench({ time: TIME, warmupTime: WARMUP_TIME, throws: true });
    bench.add(named.kernel, run);
    await bench.run();
    const [task] = bench.tasks;
    if (task?.result.state !== "completed") throw new Error(`${named.kernel} did not run`);
    const milliseconds = task.result.latency.p50;
    yield { ...named, kernels: compiled.build, microseconds: milliseconds * 1e3, speed: amount / (milliseconds / 1e3) };
  }
}

/** Places in memory for the operands, filled with plausible values. */
class Buffers {
  /** (TOKENS, HIDDEN) f32, each. */
  readonly x: number;
  readonly y: number;
  readonly out: number;
  /** (TOKENS, COLUMNS) q8 */
  readonly packed: number;
  /** (HEAD_SIZE / 2, 2) f32 */
  readonly angles: number;
  /** Weights as in a file, or a KV cache. */
  readonly weights: number;
  /** The same weights as the kernels want them. */
  readonly placed: number;
  /** What a matmul writes on. */
  readonly tiles: number;
  readonly attention: Attention;
  readonly #memory: WebAssembly.Memory;

  constructor(memory: WebAssembly.Memory, kernels: Kernels) {
    this.#memory = memory;
    let next = Math.ceil(kernels.heapBase() / 64) * 64;
    const reserve = (bytes: number) => {
      next += Math.ceil(bytes / 64) * 64;
      return next - Math.ceil(bytes / 64) * 64;
    };
    this.x = reserve(TOKENS * HIDDEN * 4);
    this.y = reserve(TOKENS * HIDDEN * 4);
    this.out = reserve(TOKENS * HIDDEN * 4);
    this.packed = reserve(TOKENS * kernels.q8RowBytes(COLUMNS));
    this.angles = reserve(HEAD_SIZE * 4);
    this.tiles = reserve(kernels.matmulBytes());
    this.attention = new Attention(kernels, memory, reserve(kernels.attentionBytes(HEAD_SIZE)));
    this.placed = reserve(ROWS * COLUMNS * 4);
    this.weights = next;
    const random = new Random(1);
    for (const start of [this.x, this.y]) {
      const floats = new Float32Array(memory.buffer, start, TOKENS * HIDDEN);
      for (let i = 0; i < floats.length; i++) floats[i] = random.nextFloat() * 2 - 1;
    }
    const table = new Float32Array(memory.buffer, this.angles, HEAD_SIZE);
    for (let i = 0; i < HEAD_SIZE; i += 2) table.set([Math.cos(i), Math.sin(i)], i);
    for (let token = 0; token < TOKENS; token++) {
      kernels.quantize_q8(this.x + token * COLUMNS * 4, this.packed + token * kernels.q8RowBytes(COLUMNS), COLUMNS);
    }
  }

  /** Lays random weights down, repeated from one tile, and returns their address. */
  fill(type: TensorType, values: number): number {
    const tile = randomTile(type, 0, WEIGHT_DEVIATION, new Random(1));
    const target = new Uint8Array(this.#memory.buffer, this.weights, tensorBytes(type, values));
    for (let done = 0; done < target.length; done += tile.length) {
      target.set(tile.subarray(0, target.length - done), done);
    }
    return this.weights;
  }

  /** Stores rows of a KV cache, and returns their address. */
  fillCache({ store, rowBytes }: CacheFormat, rows: number): number {
    for (let i = 0; i < rows; i++) {
      store(this.x + (i % ROWS) * HEAD_SIZE * 4, this.weights + i * rowBytes(HEAD_SIZE), HEAD_SIZE);
    }
    return this.weights;
  }
}

function* casesOf(kernels: Kernels, buffers: Buffers, formats: readonly TensorType[], steps: boolean): Generator<Case> {
  for (const type of formats) yield* formatCases(kernels, buffers, type);
  if (steps) yield* stepCases(kernels, buffers);
}

function* formatCases(kernels: Kernels, buffers: Buffers, type: TensorType): Generator<Case> {
  const { activation, packing, dequantize, matvec, matmul } = new Formats(kernels).of(type);
  const prefix = type.name.toLowerCase();
  const source = buffers.fill(type, ROWS * COLUMNS);
  const w = packing ? buffers.placed : source;
  packing?.repack(source, w, ROWS, COLUMNS);
  const x = activation === "q8" ? buffers.packed : buffers.x;
  const { out } = buffers;
  const gigabytes = tensorBytes(type, ROWS * COLUMNS) / 1e9;
  const shape = `${ROWS} x ${COLUMNS}`;
  yield {
    kernel: `${prefix}_matvec`,
    shape,
    amount: gigabytes,
    unit: "GB/s",
    run: () => matvec(w, x, out, 0, ROWS, COLUMNS, buffers.tiles),
  };
  yield {
    kernel: `${prefix}_matmul`,
    shape: `${shape} x ${TOKENS}`,
    amount: (2 * ROWS * COLUMNS * TOKENS) / 1e9,
    unit: "GOP/s",
    run: () => matmul(w, x, out, 0, ROWS, COLUMNS, TOKENS, ROWS * 4, buffers.tiles),
  };
  yield {
    kernel: `${prefix}_dequantize`,
    shape: `${COLUMNS}`,
    amount: tensorBytes(type, COLUMNS) / 1e9,
    unit: "GB/s",
    run: () => dequantize(source, out, COLUMNS),
  };
}

/** The other steps of the network for one token, at the sizes of a 7B model. */
function* stepCases(kernels: Kernels, buffers: Buffers): Generator<Case> {
  const { x, y, out, packed, angles } = buffers;
  const reading = (values: number) => ({ shape: String(values), amount: (values * 4) / 1e9, unit: "GB/s" }) as const;
  yield { kernel: "rmsnorm", ...reading(COLUMNS), run: () => kernels.rmsnorm(x, y, out, COLUMNS, 1e-5) };
  yield { kernel: "quantize_q8", ...reading(COLUMNS), run: () => kernels.quantize_q8(x, packed, COLUMNS) };
  yield { kernel: "rope", ...reading(HEADS * HEAD_SIZE), run: () => kernels.rope(out, angles, HEADS, HEAD_SIZE) };
  yield { kernel: "add", ...reading(COLUMNS), run: () => kernels.add(out, y, COLUMNS) };
  // In place, and again and again, the values soon vanish; zeros take as long as others.
  yield { kernel: "swiglu", ...reading(HIDDEN), run: () => kernels.swiglu(out, y, HIDDEN) };
  for (const cacheType of CACHE_TYPES) {
    const format = cacheFormat(kernels, cacheType);
    const { number } = format;
    const cacheBytes = 2 * POSITIONS * format.rowBytes(HEAD_SIZE);
    const keys = buffers.fillCache(format, 2 * POSITIONS);
    const values = keys + cacheBytes / 2;
    const attend = (tokens: number, group: number) => () =>
      buffers.attention.run({
        queries: x,
        keys,
        values,
        out,
        tokens,
        tokenStride: HEADS * HEAD_SIZE * 4,
        heads: group,
        headSize: HEAD_SIZE,
        position: POSITIONS - tokens,
        window: NO_WINDOW,
        rows: POSITIONS,
        scale: 1 / Math.sqrt(HEAD_SIZE),
        keyType: number,
        valueType: number,
      });
    for (const group of [1, 8]) {
      yield {
        kernel: `attention ${cacheType}`,
        shape: `${group} x ${HEAD_SIZE}, ${POSITIONS} positions`,
        amount: cacheBytes / 1e9,
        unit: "GB/s",
        run: attend(1, group),
      };
    }
    yield {
      kernel: `attention ${cacheType}`,
      shape: `${TOKENS} tokens x ${HEAD_SIZE}, ${POSITIONS} positions`,
      amount: (4 * POSITIONS * HEAD_SIZE * TOKENS) / 1e9,
      unit: "GOP/s",
      run: attend(TOKENS, 1),
    };
  }
}
