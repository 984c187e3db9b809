import { Bench } from "tinybench";
import { Random } from "#dist/random.js";
import { resolveSampling, type SamplingOptions } from "#dist/sampling/options.js";
import { Sampler } from "#dist/sampling/sampler.js";
import { report } from "./report.js";

const VOCABULARY_SIZE = 32000;

const CHAINS: Readonly<Record<string, SamplingOptions>> = {
  greedy: { temperature: 0 },
  defaults: {},
  "no top-k": { topK: 0 },
  "top-p alone": { samplers: ["top_p"], topP: 0.95 },
  "all temperature": { samplers: ["temperature"] },
  "typical and XTC": { typicalP: 0.9, xtcProbability: 0.5 },
  "penalties over 64": { repeatPenalty: 1.1, frequencyPenalty: 0.1, presencePenalty: 0.1 },
  DRY: { dryMultiplier: 0.8 },
  "Mirostat 1": { mirostat: 1 },
  "Mirostat 2": { mirostat: 2 },
};

/** One choice among 32,000 logits shaped like a model's: most are low, a few stand out. */
export async function benchSampling(): Promise<void> {
  const random = new Random(1);
  const logits = Float32Array.from({ length: VOCABULARY_SIZE }, () => -3 * Math.log(1 - random.nextFloat()) - 8);
  const bench = new Bench({ time: 300, warmupTime: 100 });
  for (const [name, options] of Object.entries(CHAINS)) {
    const environment = { vocabularySize: VOCABULARY_SIZE, contextSize: 4096, pieceOf: (id: number) => `piece ${id}` };
    const sampler = new Sampler(resolveSampling({ seed: 1, ...options }), environment);
    for (let i = 0; i < 1000; i++) sampler.accept(random.nextUint32() % VOCABULARY_SIZE);
    bench.add(name, () => sampler.sample(logits));
  }
  await report(`sampling one of ${VOCABULARY_SIZE} tokens`, bench);
}
