import { readFileSync } from "node:fs";
import { platform } from "#dist/platform/current.js";

/** The compiled training kernels; training/assembly/ is the other side. All sizes are counts, strides bytes. */
export interface TrainingKernels {
  heapBase(): number;
  barrier(words: number, count: number): void;
  gemm(
    a: number,
    aRow: number,
    aColumn: number,
    b: number,
    bRow: number,
    c: number,
    cRow: number,
    m: number,
    n: number,
    k: number,
    accumulate: boolean,
  ): void;
  panelSize(): number;
  prepareGemm(panel: number, isWide: boolean): void;
  transpose(source: number, sourceRow: number, target: number, targetRow: number, rows: number, columns: number): void;
  rmsnorm(x: number, w: number, y: number, scales: number, tokens: number, n: number, epsilon: number): void;
  rmsnormBackward(
    x: number,
    w: number,
    scales: number,
    dy: number,
    dx: number,
    dw: number,
    tokens: number,
    n: number,
  ): void;
  rotate(
    x: number,
    xRow: number,
    table: number,
    positions: number,
    tokens: number,
    heads: number,
    headSize: number,
    direction: number,
  ): void;
  attend(
    q: number,
    k: number,
    v: number,
    row: number,
    out: number,
    outRow: number,
    p: number,
    keys: number,
    length: number,
    headSize: number,
    scale: number,
  ): void;
  attendBackward(
    q: number,
    k: number,
    v: number,
    row: number,
    p: number,
    dOut: number,
    outRow: number,
    dq: number,
    dk: number,
    dv: number,
    values: number,
    dp: number,
    length: number,
    headSize: number,
    scale: number,
  ): void;
  swiglu(gateUp: number, h: number, tokens: number, n: number): void;
  swigluBackward(gateUp: number, dh: number, dGateUp: number, tokens: number, n: number): void;
  embed(table: number, ids: number, x: number, tokens: number, n: number): void;
  embedBackward(dTable: number, ids: number, dx: number, tokens: number, n: number): void;
  dotRows(x: number, w: number, out: number, tokens: number, n: number): void;
  dotRowsBackward(x: number, w: number, dOut: number, dx: number, dw: number, tokens: number, n: number): void;
  crossEntropy(logits: number, targets: number, weights: number, tokens: number, n: number, factor: number): number;
  logProbabilities(logits: number, targets: number, out: number, tokens: number, n: number): void;
  logSoftmax(logits: number, tokens: number, n: number): void;
  draw(logits: number, scratch: number, n: number, temperature: number, uniform: number, out: number): number;
  best(logits: number, n: number): number;
  policyLoss(
    logits: number,
    targets: number,
    weights: number,
    old: number,
    advantages: number,
    tokens: number,
    n: number,
    clip: number,
    factor: number,
    figures: number,
  ): number;
  keep(
    k: number,
    v: number,
    row: number,
    keys: number,
    keysRow: number,
    values: number,
    from: number,
    count: number,
    headSize: number,
  ): void;
  attendCached(
    q: number,
    keys: number,
    keysRow: number,
    values: number,
    out: number,
    scores: number,
    queries: number,
    length: number,
    headSize: number,
    scale: number,
  ): void;
  adamw(
    p: number,
    gradient: number,
    m: number,
    v: number,
    n: number,
    scale: number,
    rate: number,
    decay: number,
    b1: number,
    b2: number,
    c1: number,
    c2: number,
    epsilon: number,
  ): void;
  add(x: number, y: number, n: number): void;
  squaredNorm(x: number, n: number): number;
}

const { webAssembly } = platform;

/** Whether gemm's wide tiles are the faster ones. */
export const HAS_WIDE_TILES = webAssembly.canJoinVectors;

let compiled: WebAssembly.Module | undefined;

/** The kernels, which have relaxed SIMD, compiled in the optimising tier: once, for a path has many teams. */
export function compileTrainingKernels(): WebAssembly.Module {
  compiled ??= compile();
  return compiled;
}

function compile(): WebAssembly.Module {
  const bytes = readFileSync(new URL("../../training.wasm", import.meta.url));
  // Node 20 has relaxed SIMD behind a flag that later versions no longer know.
  if (!WebAssembly.validate(bytes)) webAssembly.allowRelaxedSimd();
  webAssembly.joinVectors(true);
  try {
    return webAssembly.compileOptimised(bytes);
  } finally {
    webAssembly.joinVectors(false);
  }
}

export function instantiateTrainingKernels(module: WebAssembly.Module, memory: WebAssembly.Memory): TrainingKernels {
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as TrainingKernels;
}
