import { LlamaError } from "../../errors.js";
import type { CacheContents, EncodedPrompt } from "../cache-contents.js";
import type { Conversation } from "../conversation.js";
import type { PromptWriter } from "./writer.js";

/** The part of the context that is left free for an answer, unless it is to be shorter. */
const ANSWER_SHARE = 1 / 4;
/** The part of the context that a prompt has once exchanges were dropped, so that the next ones need not drop any. */
const FITTED_SHARE = 1 / 2;

/**
 * The prompt for the next answer, with room for it: where the conversation has grown too long, it loses its oldest
 * exchanges, so many that the prompt fills half the context, and the last message at most stays alone.
 *
 * @param maxTokens of the answer; -1 for no limit
 * @throws LlamaError `context` where the last message with the system prompt does not fit by itself
 */
export async function fitPrompt(
  conversation: Conversation,
  writer: PromptWriter,
  contents: CacheContents,
  contextSize: number,
  maxTokens: number,
): Promise<EncodedPrompt> {
  const share = Math.floor(contextSize * ANSWER_SHARE);
  const room = Math.max(1, maxTokens < 0 ? share : Math.min(maxTokens, share));
  const encode = async (dropped: number) =>
    contents.encode(await writer.write(conversation.prompt(dropped)), writer.encoder);

  const whole = await encode(conversation.dropped);
  if (whole.ids.length + room <= contextSize) return whole;

  // The least number of dropped exchanges that is enough lies above `few` and not above `many`.
  let few = conversation.dropped;
  let many = conversation.droppable;
  let fitted = few === many ? whole : await encode(many);
  while (many - few > 1) {
    const middle = (few + many) >> 1;
    const prompt = await encode(middle);
    if (prompt.ids.length <= contextSize * FITTED_SHARE) [many, fitted] = [middle, prompt];
    else few = middle;
  }
  if (fitted.ids.length >= contextSize) {
    throw new LlamaError(
      "context",
      `The message needs ${fitted.ids.length} tokens including template and system prompt, but the context holds only ${contextSize} (answer included); shorten it, or load the model with a larger context size.`,
    );
  }
  conversation.dropped = many;
  return fitted;
}
