import { byteSize } from "../byte-size.js";
import { LlamaError } from "../errors.js";
import { platform } from "../platform/current.js";
import type { Kernels } from "./exports.js";

/**
 * The builds of the same sources, the fastest first: `wide` with relaxed SIMD, for engines that compile pairs of its
 * 128-bit instructions as one of 256 bits; `relaxed` with relaxed SIMD; `simd` with the SIMD that every WebAssembly
 * engine has.
 */
export const KERNEL_BUILDS = ["wide", "relaxed", "simd"] as const;
/** One of the builds of the kernels. */
export type KernelBuild = (typeof KERNEL_BUILDS)[number];

export interface CompiledKernels {
  readonly build: KernelBuild;
  /** Compiled once; worker threads share its machine code. */
  readonly module: WebAssembly.Module;
}

const { webAssembly } = platform;

/** What this process has compiled already. */
const compiled = new Map<KernelBuild, CompiledKernels>();
/** Whether the first build that is wanted is compiled as it is called, and, once it is known, which that is. */
let isLazy = false;
let lazyBuild: KernelBuild | undefined;

/**
 * For a process that is the program's own: has every kernel compiled when it is first called, a seventh of them in most
 * runs, and all WebAssembly of the process by the optimising tier alone, on engines where that is the quicker start.
 */
export function compileOnFirstCall(): void {
  isLazy = webAssembly.compileOnFirstCall();
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
    const bytes = readBuild(build);
    if (!runs(build, bytes)) continue;
    const kernels = { build, module: compile(build, bytes) };
    compiled.set(build, kernels);
    return kernels;
  }
  throw new LlamaError("unsupported", REFUSALS[wanted ?? "simd"]);
}

const REFUSALS: Readonly<Record<KernelBuild, string>> = {
  wide: `This JavaScript engine has no 256-bit kernels, which need Node 24 or 26 on x64; choose the kernels "relaxed" or "simd".`,
  relaxed: `This JavaScript engine has no relaxed SIMD for WebAssembly; choose the kernels "simd".`,
  simd: "This JavaScript engine has no SIMD and threads for WebAssembly; use Node 20.19 or newer.",
};

/** The builds that this JavaScript engine runs, the fastest first. */
export function runnableBuilds(): KernelBuild[] {
  return KERNEL_BUILDS.filter((build) => runs(build, readBuild(build)));
}

function readBuild(build: KernelBuild): Uint8Array<ArrayBuffer> {
  return platform.readPackageFile(`dist/kernels/${build}.wasm`);
}

/** Gives the kernels a memory to work on: shared, with a maximum of 65,536 pages at most. */
export function instantiateKernels(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernels {
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Kernels;
}

/** An instance without a model, to ask it for sizes. */
export function kernelsForSizes({ module }: CompiledKernels = compileKernels()): Kernels {
  return instantiateKernels(module, sharedMemory(16, 16));
}

/** The bytes of a page of memory, and how many pages one may grow to at most. */
export const PAGE_BYTES = 65536;
export const MAX_PAGES = 65536;

/**
 * A memory that kernels can work on.
 * @throws LlamaError `memory` where the system has no room for it, or for the addresses that it may grow to
 */
export function sharedMemory(pages: number, maximum = MAX_PAGES): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: pages, maximum, shared: true });
  } catch (cause) {
    throw new LlamaError(
      "memory",
      `The system refused ${byteSize(pages * PAGE_BYTES)} of memory for the model; end other programs, raise the limit on this process's address space, or choose a smaller model or context.`,
      { cause },
    );
  }
}

function runs(build: KernelBuild, bytes: Uint8Array<ArrayBuffer>): boolean {
  if (build === "wide" && !webAssembly.canJoinVectors) return false;
  if (WebAssembly.validate(bytes)) return true;
  if (build !== "relaxed") return false;
  webAssembly.allowRelaxedSimd();
  return WebAssembly.validate(bytes);
}

function compile(build: KernelBuild, bytes: Uint8Array<ArrayBuffer>): WebAssembly.Module {
  if (isLazy) lazyBuild ??= build;
  webAssembly.joinVectors(build === "wide");
  // Functions that are compiled on their first call find the flags as they are then.
  if (build === lazyBuild) return new WebAssembly.Module(bytes);
  try {
    return webAssembly.compileOptimised(bytes);
  } finally {
    webAssembly.joinVectors(lazyBuild === "wide");
  }
}
