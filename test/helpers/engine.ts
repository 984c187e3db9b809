import { Engine, type EngineOptions } from "#dist/engine/engine.js";
import { openGguf } from "#dist/gguf/open.js";

/** An engine with the exact cache type, unless told otherwise. */
export function loadEngine(path: string, options: Partial<EngineOptions> = {}): Promise<Engine> {
  return Engine.load(openGguf(path), {
    contextSize: 512,
    batchSize: 512,
    cacheTypes: { key: "f32", value: "f32" },
    ...options,
  });
}

/** Runs `work` with an engine that is disposed of afterwards. */
export async function withEngine<T>(
  path: string,
  options: Partial<EngineOptions>,
  work: (engine: Engine) => Promise<T>,
): Promise<T> {
  const engine = await loadEngine(path, options);
  try {
    return await work(engine);
  } finally {
    await engine.dispose();
  }
}

/** Both builds of the kernels with one and with two workers: everything that must not change a result. */
export const VARIANTS = [
  { kernels: "relaxed", threads: 1 },
  { kernels: "relaxed", threads: 2 },
  { kernels: "simd", threads: 1 },
  { kernels: "simd", threads: 2 },
] as const;
