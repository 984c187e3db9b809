import { sampleBestOf } from "../generation/best-of.js";
import type { ChoiceOptions } from "../generation/best-of-options.js";
import { contentsAfter } from "./cache-contents.js";
import { type answerAlone, preparePrompt, stopsFor } from "./state.js";

/**
 * Samples several answers and gives the best as one piece. An abort before any was scored ends it without an answer.
 */
export function bestAnswer(choice: ChoiceOptions): typeof answerAlone {
  return async function* (state, progress, options) {
    const { conversation, writer, session, tokenizer } = state;
    const prompt = await preparePrompt(state, progress, options, writer);
    const promptTokens = prompt.ids.slice(session.position);
    const messages = conversation.prompt();
    const stop = [...(options.stop ?? []), ...stopsFor(state, options)];
    const source = { session, tokenizer, prompt: prompt.ids, endIds: writer.endIds, isTrimmed: true };
    try {
      const found = await sampleBestOf({ ...source, promptFor: () => messages }, { ...options, ...choice, stop });
      const { tokens, finishReason, seed } = found.best;
      progress.generation = { promptTokens, tokens, finishReason, seed, stats: found.stats, isCut: false };
      progress.candidates = found.candidates;
      progress.text = found.text;
      progress.said = found.text;
    } catch (error) {
      if (options.signal?.aborted !== true || error !== options.signal.reason) throw error;
    } finally {
      if (!session.isDisposed) state.contents = contentsAfter(prompt, [], session.position, writer.encoder, tokenizer);
    }
    if (progress.text !== "") yield progress.text;
  };
}
