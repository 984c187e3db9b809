import { type BestOf, type BestOfSource, sampleBestOf } from "./generation/best-of.js";
import { type BestOfOptions, splitBestOf } from "./generation/best-of-options.js";
import { promptIds } from "./generation/prompt-ids.js";
import type { RewardModel } from "./generation/reward.js";
import type { Llama } from "./llama.js";

/** See `Llama.bestOf`. */
export async function bestOf(
  llama: Llama,
  prompt: string | readonly number[],
  options: BestOfOptions,
): Promise<BestOf> {
  const { generating } = splitBestOf(options);
  const { maxTokens = -1, loras, parseSpecial } = generating;
  const { tokenizer } = llama;
  const ids = promptIds(prompt, tokenizer, { ...generating, tokenLimit: llama.contextSize }, "bestOf");
  // What is sampled from it has a cache of its own.
  const contextSize = maxTokens < 0 ? llama.contextSize : Math.min(llama.contextSize, ids.length + maxTokens + 1);
  const promptFor = (model: RewardModel) => {
    // Another vocabulary has other ids.
    if (model.tokenizer === tokenizer) return ids;
    if (typeof prompt === "string") return model.tokenizer.encode(prompt, { parseSpecial });
    return model.tokenizer.encode(tokenizer.decode(prompt, { special: true }), { addBos: false, parseSpecial: true });
  };
  const session = llama.createSession({ loras, contextSize });
  try {
    const source: BestOfSource = { session, tokenizer, prompt: ids, promptFor };
    return await sampleBestOf(source, options);
  } finally {
    session.dispose();
  }
}
