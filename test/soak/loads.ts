import { Llama } from "#dist/llama.js";
import { type Taken, taken } from "./taken.js";

/** What a process takes, and how much of it is still held for models. */
export interface TakenByLoads extends Taken {
  readonly loads: number;
  /** Memories of models that garbage has not claimed. */
  readonly memories: number;
}

/** Loads a model, computes with it and disposes of it, again and again; says every `every` loads what is taken. */
export async function* loadAndDispose(path: string, loads: number, every: number): AsyncGenerator<TakenByLoads> {
  const made: WeakRef<WebAssembly.Memory>[] = [];
  const { Memory } = WebAssembly;
  WebAssembly.Memory = class extends Memory {
    constructor(descriptor: ConstructorParameters<typeof Memory>[0]) {
      super(descriptor);
      made.push(new WeakRef(this));
    }
  };
  try {
    for (let load = 1; load <= loads; load++) {
      const llama = await Llama.load(path, { threads: 2, contextSize: 64 });
      const session = llama.createSession();
      const underWay = session.evaluate([1, 5, 7]);
      // Every second one is disposed of at work.
      if (load % 2 === 0) await underWay;
      await Promise.all([underWay.catch(() => undefined), llama.dispose()]);
      if (load % every === 0) yield { loads: load, memories: await heldOf(made), ...taken() };
    }
  } finally {
    WebAssembly.Memory = Memory;
  }
}

/** Workers give their memory back some moments after their end. */
async function heldOf(made: readonly WeakRef<WebAssembly.Memory>[]): Promise<number> {
  const held = () => made.filter((memory) => memory.deref() !== undefined).length;
  for (let tries = 0; tries < 100 && held() > 0; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    taken();
  }
  return held();
}
