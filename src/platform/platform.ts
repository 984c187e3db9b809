/**
 * What the library asks of the machine and of the JavaScript engine that it runs on. `node/` is the one implementation;
 * another, for browsers say, would be a second folder beside it, and a line in current.ts.
 */
export interface Platform {
  /** Cores that this process may use. Hyper-threads share a core's vector units, so they do not count. */
  physicalCores(): number;
  /** Bytes that this process may take before the system swaps or kills it. */
  availableMemory(): number;
  /**
   * Collects garbage now: shared memory that nobody holds is given back only then, and the JavaScript heap, which does
   * not see how large it is, may not ask for that in a long time.
   */
  collectGarbage(): void;
  /** Lets timers, signals and everything else that waits have a turn. */
  nextTurn(): Promise<void>;
  /** Runs `next` once all promises that are settled were answered, and those settled by that, before anything else. */
  afterPromises(next: () => void): void;
  /** SHA-256 of bytes as they come. */
  sha256(): Hash;
  /**
   * A file of this package, such as a build of the kernels.
   * @param path from the package's root, as in the tarball
   * @throws LlamaError `not-found` where the package was bundled without it
   */
  readPackageFile(path: string): Uint8Array<ArrayBuffer>;
  /** Where a file of this package lies in the file system; the path itself where it was bundled without it. */
  packagePath(path: string): string;
  /**
   * Starts a thread that runs a module of this package, whose path is given as that of {@link readPackageFile}.
   * @throws LlamaError `not-found` where the package was bundled without it; what the system refuses a thread with
   */
  startThread(path: string, options: ThreadOptions): Thread;
  /** In a thread: its other end. */
  threadHost(): ThreadHost;
  readonly webAssembly: WebAssemblyEngine;
}

/** A digest under way. */
export interface Hash {
  update(bytes: Uint8Array): void;
  /** The 32 bytes; nothing can be added then. */
  digest(): Uint8Array;
}

/** How a thread is started. */
export interface ThreadOptions {
  /** For debuggers and lists of threads. */
  readonly name: string;
  /** What {@link ThreadHost.data} gives; copied, but for shared memory and modules. */
  readonly data: unknown;
  /** For code that is not trusted: bounds on its memory, and an environment that tells it nothing. */
  readonly isolation?: ThreadLimits | undefined;
}

/** Bounds on the memory of a thread; it ends with an error of the code `ERR_WORKER_OUT_OF_MEMORY` beyond them. */
export interface ThreadLimits {
  readonly heapMegabytes: number;
  readonly stackMegabytes: number;
}

/** A thread from its parent's side. It keeps the process alive unless `unref` was called last. */
export interface Thread {
  postMessage(message: unknown): void;
  // biome-ignore lint/suspicious/noExplicitAny: what a thread posts is known to who started it
  on(event: "message", listener: (message: any) => void): unknown;
  on(event: "error", listener: (error: Error & { readonly code?: string }) => void): unknown;
  on(event: "exit", listener: (code: number) => void): unknown;
  ref(): void;
  unref(): void;
  /** Ends it, wherever it is; the promise resolves when it has. */
  terminate(): Promise<unknown>;
}

/** A thread from its own side. */
export interface ThreadHost {
  readonly data: unknown;
  post(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
}

/** How WebAssembly is compiled. */
export interface WebAssemblyEngine {
  /** Whether pairs of 128-bit instructions can be compiled as one of 256 bits. */
  readonly canJoinVectors: boolean;
  /** Whether they are, in what is compiled from now on. */
  joinVectors(isOn: boolean): void;
  /** Has relaxed SIMD be valid where it is behind a switch. */
  allowRelaxedSimd(): void;
  /**
   * For a process that is the program's own: has each function of what {@link WebAssembly.Module} compiles be compiled
   * when it is first called, and by the optimising tier alone. False where it compiles all at once, as usual.
   */
  compileOnFirstCall(): boolean;
  /** Compiles with the optimising tier before the first call: the baseline tier is several times slower. */
  compileOptimised(bytes: Uint8Array<ArrayBuffer>): WebAssembly.Module;
}

/** Bytes in hexadecimal. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
