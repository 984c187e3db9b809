/**
 * Fuzzing guided by coverage, of the package as it is shipped.
 *
 * usage: npm run fuzz -- [TARGET...] [--seconds N] [--seed N] [--keep]
 *
 * Every target gets its share of the time. Inputs that reach a place no other did are mutated further, and with --keep
 * stored in the corpus; what breaks a promise is always stored, and ends the run with code 1.
 */
import { parseArgs } from "node:util";
import { Random } from "#dist/random.js";
import { keep, readCorpus } from "./corpus.js";
import { Coverage } from "./coverage.js";
import { below, mutate } from "./mutate.js";
import type { Target } from "./target.js";
import { TARGETS } from "./targets/index.js";

/** Inputs between two looks at the clock. */
const ROUND = 200;
/** An input that takes longer is a finding. */
const SLOW_MS = 3000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: "string", default: "60" },
    seed: { type: "string", default: "1" },
    keep: { type: "boolean" },
  },
});
const wanted = TARGETS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
if (wanted.length === 0) throw new Error(`no such target; there are ${TARGETS.map(({ name }) => name).join(", ")}`);
const milliseconds = (Number(values.seconds) * 1000) / wanted.length;

for (const target of wanted) await fuzz(target);

async function fuzz(target: Target): Promise<void> {
  const random = new Random(Number(values.seed));
  const coverage = new Coverage();
  const inputs: Uint8Array[] = [];
  let executions = 0;
  let findings = 0;
  let kept = 0;

  const attempt = async (input: Uint8Array, isKept: boolean) => {
    executions++;
    coverage.begin();
    // Of the processor, as other programs may hold this one up.
    const before = process.cpuUsage();
    try {
      await target.run(input);
      const milliseconds = process.cpuUsage(before).user / 1000;
      if (milliseconds > SLOW_MS) throw new Error(`it took ${Math.round(milliseconds)} ms`);
    } catch (error) {
      findings++;
      process.exitCode = 1;
      const name = keep(target, input, true);
      console.error(`${target.name}: ${name}: ${error instanceof Error ? error.stack : String(error)}`);
    }
    if (coverage.learn() === 0 && inputs.length > 0) return;
    inputs.push(input);
    if (isKept) return;
    kept++;
    if (values.keep === true) keep(target, input);
  };

  for (const seed of target.seeds()) await attempt(seed, true);
  for (const { bytes } of readCorpus(target)) await attempt(bytes, true);
  const end = performance.now() + milliseconds;
  while (performance.now() < end && findings < 5) {
    for (let i = 0; i < ROUND; i++) {
      // Half of the time one of the newest, which are the least explored.
      const newest =
        below(random, 2) === 0 ? inputs.length - 1 - below(random, Math.min(16, inputs.length)) : undefined;
      const input = inputs[newest ?? below(random, inputs.length)] as Uint8Array;
      const other = inputs[below(random, inputs.length)] as Uint8Array;
      await attempt(mutate(input, other, target.words, random), false);
    }
  }
  const { reached, all } = coverage.of(target.modules);
  const part = `${reached} of ${all} places (${Math.round((100 * reached) / Math.max(1, all))}%)`;
  console.log(`${target.name}: ${executions} executions, ${findings} findings, ${part}, ${kept} new inputs`);
}
