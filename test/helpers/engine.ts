import { Engine, type EngineOptions } from "#dist/engine/engine.js";
import { openGguf } from "#dist/gguf/open.js";
import { type KernelBuild, runnableBuilds } from "#dist/kernels/load.js";
import { inTurn, isLong } from "./long.js";

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

/** Of the builds of the kernels: `wide`, which the Node of the whole run does not have, and another one in turn. */
export function buildsInTurn(index: number): readonly KernelBuild[] {
  const isWide = (build: KernelBuild) => build === "wide";
  const builds = runnableBuilds();
  return [
    ...builds.filter(isWide),
    ...inTurn(
      builds.filter((build) => !isWide(build)),
      index,
    ),
  ];
}

/** The builds of the kernels with one and with two workers: everything that must not change a result. */
export const VARIANTS = runnableBuilds().flatMap((kernels) => [
  { kernels, threads: 1 },
  { kernels, threads: 2 },
]);

/**
 * The fastest build with one worker and the plainest with two, for what starts an engine for each of many models. In a
 * long run they are all of them; that all builds agree is a test of the kernels.
 */
export const CORNERS = isLong ? VARIANTS : [VARIANTS.slice(0, 1), VARIANTS.slice(-1)].flat();
