import { arch, versions } from "node:process";
import { setFlagsFromString } from "node:v8";
import type { WebAssemblyEngine } from "../platform.js";

/** Flags of V8, and whether they are on. */
type Flags = Readonly<Record<string, boolean>>;

/**
 * The versions of V8 that join vectors, on x64 with AVX2, and with which every test was run: those of Node 24 and 26.
 * V8 has it behind a flag still and ends the process over what it does not expect, so a version that nobody tried
 * compiles as usual.
 */
export const JOINING_VERSIONS: readonly string[] = ["13.6", "14.6"];

const major = Number.parseInt(versions.node, 10);
const v8Version = versions.v8.split(".", 2).join(".");

/** Whether V8 inlines WebAssembly: Node 20 and 22 do not, and 20 does not know the flag. */
const canInline = major >= 24;

/**
 * The optimising tier alone. V8 14 inlines by what the baseline tier has counted, and ends the process where that tier
 * never ran; the compiler of the kernels has inlined already.
 */
const OPTIMISED: Flags = canInline ? { liftoff: false, "wasm-inlining": false } : { liftoff: false };

/** V8, by its flags: they are the process's, and some are read when a function is compiled, not when they are set. */
class V8 implements WebAssemblyEngine {
  readonly canJoinVectors =
    versions["bun"] === undefined &&
    versions["deno"] === undefined &&
    arch === "x64" &&
    JOINING_VERSIONS.includes(v8Version);
  #isLazy = false;

  joinVectors(isOn: boolean): void {
    if (this.canJoinVectors) setFlags({ "experimental-wasm-revectorize": isOn });
  }

  /** Node 20 has it behind a flag; later versions have it on and no longer know the flag. */
  allowRelaxedSimd(): void {
    setFlagsFromString("--experimental-wasm-relaxed-simd");
  }

  /**
   * Flags that hold for the process hold for Node's own parser of HTTP, too, and with inlining switched off V8 14 ends
   * the process over it. Where V8 inlines, all at once takes no longer.
   */
  compileOnFirstCall(): boolean {
    if (canInline) return false;
    setFlags(OPTIMISED);
    this.#isLazy = true;
    return true;
  }

  /** V8 cannot replace a function while it runs, so what begins in the baseline tier stays there. */
  compileOptimised(bytes: Uint8Array<ArrayBuffer>): WebAssembly.Module {
    const flags = { ...OPTIMISED, "wasm-lazy-compilation": false };
    setFlags(flags);
    try {
      return new WebAssembly.Module(bytes);
    } finally {
      setFlags(inverse(flags));
      if (this.#isLazy) setFlags(OPTIMISED);
    }
  }
}

export const v8: WebAssemblyEngine = new V8();

function inverse(flags: Flags): Flags {
  return Object.fromEntries(Object.entries(flags).map(([name, isOn]) => [name, !isOn]));
}

function setFlags(flags: Flags): void {
  for (const [name, isOn] of Object.entries(flags)) setFlagsFromString(`--${isOn ? "" : "no-"}${name}`);
}
