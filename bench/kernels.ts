import { measureKernels } from "#dist/benchmark/kernel-speeds.js";
import type { KernelBuild } from "#dist/kernels/load.js";

/** Every kernel by itself, one worker, with data that stays in the cache. */
export async function benchKernels(build: KernelBuild): Promise<void> {
  const rows: Record<string, Record<string, string>> = {};
  for await (const { kernel, shape, microseconds, speed, unit } of measureKernels(build)) {
    rows[`${kernel} ${shape}`] = { "us/call": microseconds.toPrecision(3), speed: `${speed.toFixed(1)} ${unit}` };
  }
  console.log(build);
  console.table(rows);
}
