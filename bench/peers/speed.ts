import { cpus } from "node:os";
import { testTokens } from "#dist/benchmark/speed-test.js";
import { type Program, withBoth } from "./program.js";
import type { Answer, Request } from "./protocol.js";

export interface SpeedPlan {
  readonly promptTokens: readonly number[];
  readonly generatedTokens: readonly number[];
  readonly pairs: number;
}

/** What is compared, with a figure of each program in every pair: ours first. */
export interface Comparison {
  readonly what: string;
  readonly unit: string;
  /** Whether the larger figure is the better. */
  readonly isSpeed: boolean;
  readonly pairs: readonly (readonly [ours: number, theirs: number])[];
  /** The largest part of the machine that other processes had during one of the pairs, 0 to 1. */
  readonly disturbance?: number;
}

/** The prompt before tokens are generated: it is not timed. */
const SHORT_PROMPT = 8;

/** A pair is measured again where other processes had more of the machine than this, up to so many times as often. */
const MAX_DISTURBANCE = 0.03;
const MAX_ATTEMPTS = 4;

/**
 * Ours, theirs, ours, theirs: figures side by side in time see the same machine, so their ratio holds where they do
 * not.
 */
export async function compareSpeed(path: string, threads: number, plan: SpeedPlan): Promise<Comparison[]> {
  const lengths = [...plan.promptTokens, ...plan.generatedTokens.map((count) => count + SHORT_PROMPT + 1)];
  const contextSize = Math.ceil(Math.max(...lengths) / 256) * 256;
  const tests: { readonly what: string; readonly count: number; readonly request: Request }[] = [
    ...plan.promptTokens.map((count) => {
      return { what: `pp${count}`, count, request: { kind: "prefill", tokens: tokensOf(count) } as const };
    }),
    ...plan.generatedTokens.map((count) => {
      return { what: `tg${count}`, count, request: { kind: "decode", prompt: tokensOf(SHORT_PROMPT), count } as const };
    }),
  ];
  return withBoth(path, threads, contextSize, async ({ ours, theirs, loads }) => {
    const comparisons: Comparison[] = [];
    let last: readonly Answer[] = loads;
    for (const { what, count, request } of tests) {
      const attempts: { readonly pair: [number, number]; readonly disturbance: number }[] = [];
      const calm = () => attempts.filter(({ disturbance }) => disturbance <= MAX_DISTURBANCE).length;
      await askBoth(ours, theirs, request); // warms both up
      while (calm() < plan.pairs && attempts.length < MAX_ATTEMPTS * plan.pairs) {
        const { answers, disturbance } = await askBoth(ours, theirs, request);
        attempts.push({ pair: both(answers, ({ milliseconds }) => (count * 1e3) / milliseconds), disturbance });
        last = answers;
      }
      const chosen = attempts.toSorted((a, b) => a.disturbance - b.disturbance).slice(0, plan.pairs);
      const pairs = chosen.map(({ pair }) => pair);
      comparisons.push({ what, unit: "t/s", isSpeed: true, pairs, disturbance: chosen.at(-1)?.disturbance ?? 0 });
    }
    return [
      ...comparisons,
      { what: "load", unit: "ms", isSpeed: false, pairs: [both(loads, ({ milliseconds }) => milliseconds)] },
      { what: "peak memory", unit: "MiB", isSpeed: false, pairs: [both(last, ({ peakBytes }) => peakBytes / 2 ** 20)] },
    ];
  });
}

/** One pair, and the part of the machine that other processes had meanwhile. */
async function askBoth(ours: Program, theirs: Program, request: Request) {
  const start = performance.now();
  const before = busyMilliseconds();
  const answers = [await ours.ask(request), await theirs.ask(request)];
  const own = answers.reduce((sum, { cpuMilliseconds }) => sum + cpuMilliseconds, 0);
  const others = Math.max(0, busyMilliseconds() - before - own);
  return { answers, disturbance: others / (performance.now() - start) / cpus().length };
}

/** That all processors have been at work since the system started. */
function busyMilliseconds(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
}

/** Ids that the smallest vocabularies have too. */
function tokensOf(count: number): number[] {
  return testTokens(count, 256);
}

function both([ours, theirs]: readonly Answer[], figure: (answer: Answer) => number): [number, number] {
  if (ours === undefined || theirs === undefined) throw new RangeError("two answers were wanted");
  return [figure(ours), figure(theirs)];
}
