import type { Bench, TaskResult } from "tinybench";

/** What one call of a task works through, for a speed beside the time. */
export interface Work {
  readonly amount: number;
  /** Of the speed, as "MB/s" for an amount in MB. */
  readonly unit: string;
}

/** Runs a suite and prints the median time of each task, its spread, and its speed. */
export async function report(title: string, bench: Bench, work: Readonly<Record<string, Work>> = {}): Promise<void> {
  await bench.run();
  const rows = bench.tasks.map(({ name, result }) => {
    const { p50, mad } = latencyOf(name, result);
    const speed = work[name];
    return [
      name,
      {
        ms: p50.toPrecision(4),
        "± %": ((100 * mad) / p50).toFixed(1),
        speed: speed === undefined ? "" : `${(speed.amount / (p50 / 1e3)).toPrecision(4)} ${speed.unit}`,
      },
    ] as const;
  });
  console.log(title);
  console.table(Object.fromEntries(rows));
}

/** Milliseconds: the median, and the median absolute deviation from it. */
function latencyOf(name: string, result: TaskResult): { readonly p50: number; readonly mad: number } {
  if (result.state === "completed") return result.latency;
  if (result.state === "errored") throw result.error;
  throw new Error(`${name} did not run`);
}
