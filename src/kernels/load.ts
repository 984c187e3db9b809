import { readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { LlamaError } from "../errors.js";
import type { Kernels } from "./exports.js";

/** The two builds of the same sources: with relaxed SIMD, and with the SIMD that every WebAssembly engine has. */
export const KERNEL_BUILDS = ["relaxed", "simd"] as const;
/** One of the builds of the kernels. */
export type KernelBuild = (typeof KERNEL_BUILDS)[number];

export interface CompiledKernels {
  readonly build: KernelBuild;
  /** Compiled once; worker threads share its machine code. */
  readonly module: WebAssembly.Module;
}

/** What this process has compiled already. */
const compiled = new Map<KernelBuild, CompiledKernels>();
let isLazy = false;

/**
 * For a process that is the program's own: has every kernel compiled when it is first called, a seventh of them in most
 * runs, and all WebAssembly of the process by the optimising tier alone.
 */
export function compileOnFirstCall(): void {
  setFlagsFromString("--no-liftoff");
  isLazy = true;
}

/**
 * Compiles the wanted build, by default the best that this JavaScript engine runs; once a process.
 * @throws LlamaError `unsupported` where the engine cannot run it
 */
export function compileKernels(wanted?: KernelBuild): CompiledKernels {
  const candidates = wanted === undefined ? KERNEL_BUILDS : [wanted];
  for (const build of candidates) {
    const known = compiled.get(build);
    if (known !== undefined) return known;
    const bytes = readFileSync(new URL(`./${build}.wasm`, import.meta.url));
    if (!runs(build, bytes)) continue;
    const kernels = { build, module: isLazy ? new WebAssembly.Module(bytes) : compileOptimised(bytes) };
    compiled.set(build, kernels);
    return kernels;
  }
  throw new LlamaError(
    "unsupported",
    wanted === "relaxed"
      ? `This JavaScript engine has no relaxed SIMD for WebAssembly; choose the kernels "simd".`
      : "This JavaScript engine has no SIMD and threads for WebAssembly; Node 20.19 or newer was wanted.",
  );
}

/** Gives the kernels a memory to work on: shared, with a maximum of 65,536 pages at most. */
export function instantiateKernels(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernels {
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Kernels;
}

function runs(build: KernelBuild, bytes: Uint8Array<ArrayBuffer>): boolean {
  if (WebAssembly.validate(bytes)) return true;
  if (build !== "relaxed") return false;
  // Node 20 has relaxed SIMD behind a flag; later versions have it on and no longer know the flag.
  setFlagsFromString("--experimental-wasm-relaxed-simd");
  return WebAssembly.validate(bytes);
}

/**
 * Compiles with the optimising tier before the first call. V8 would start in its baseline tier, several times
 * slower, and cannot replace a function while it runs. The flags are put back at once: they are the process's.
 */
function compileOptimised(bytes: Uint8Array<ArrayBuffer>): WebAssembly.Module {
  setFlagsFromString("--no-liftoff");
  setFlagsFromString("--no-wasm-lazy-compilation");
  try {
    return new WebAssembly.Module(bytes);
  } finally {
    setFlagsFromString("--liftoff");
    setFlagsFromString("--wasm-lazy-compilation");
  }
}
