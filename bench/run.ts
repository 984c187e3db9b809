/**
 * Runs the suites, or the one that is named: `npm run bench -- tokenizer model.gguf`, `npm run bench -- kernels simd`.
 */
import { runnableBuilds } from "#dist/kernels/load.js";
import { benchForms } from "./forms.js";
import { benchGaps } from "./gaps.js";
import { benchGrammar } from "./grammar.js";
import { benchKernels } from "./kernels.js";
import { benchLoad } from "./load.js";
import { benchLora } from "./lora.js";
import { benchSampling } from "./sampling.js";
import { benchServing } from "./serving.js";
import { benchThreads } from "./threads.js";
import { benchTokenizer } from "./tokenizer.js";

const SUITES: Readonly<Record<string, (argument?: string) => Promise<void>>> = {
  kernels: async (wanted) => {
    for (const build of runnableBuilds()) if (wanted === undefined || wanted === build) await benchKernels(build);
  },
  tokenizer: benchTokenizer,
  load: benchLoad,
  lora: benchLora,
  sampling: benchSampling,
  serving: benchServing,
  threads: benchThreads,
  forms: benchForms,
  gaps: benchGaps,
  grammar: benchGrammar,
};

const [, , name, argument] = process.argv;
if (name !== undefined && SUITES[name] === undefined) {
  console.error(`There is no suite ${name}; expected one of ${Object.keys(SUITES).join(", ")}.`);
  process.exitCode = 1;
}
for (const [suite, run] of Object.entries(SUITES)) if (name === undefined || name === suite) await run(argument);
