import { LlamaError } from "../../errors.js";
import type { CacheContents, EncodedPrompt } from "../cache-contents.js";
import type { Conversation } from "../conversation.js";
import type { Prompts } from "./writer.js";

/** The part of the context that is left free for an answer, unless it is to be shorter. */
const ANSWER_SHARE = 1 / 4;
/** The part of the context that a prompt has once exchanges were dropped, so that the next ones need not drop any. */
const FITTED_SHARE = 1 / 2;
/** Contexts that no template shortens a text to one of. */
export const CERTAINLY_TOO_LONG = 4;

/**
 * The prompt for the next answer, with room for it: where the conversation has grown too long, it loses its oldest
 * exchanges, so many that the prompt fills half the context, and the last message at most stays alone.
 *
 * @param maxTokens of the answer; -1 for no limit
 * @throws LlamaError `context` where the last message with the system prompt does not fit by itself
 */
export async function fitPrompt(
  conversation: Conversation,
  writer: Prompts,
  contents: CacheContents,
  contextSize: number,
  maxTokens: number,
): Promise<EncodedPrompt> {
  const share = Math.floor(contextSize * ANSWER_SHARE);
  const room = Math.max(1, maxTokens < 0 ? share : Math.min(maxTokens, share));
  refuseTooLong(conversation, writer, contextSize);
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
    throw tooLong(`${fitted.ids.length} tokens including template and system prompt`, contextSize);
  }
  conversation.dropped = many;
  return fitted;
}

/**
 * What no template makes fit is refused before one is asked to write it: megabytes take their time, and many times
 * their size in memory.
 */
function refuseTooLong({ system = "", turns }: Conversation, { encoder }: Prompts, contextSize: number): void {
  const limit = contextSize * CERTAINLY_TOO_LONG;
  // Templates may trim what is said.
  const isTooLong = [system, turns.at(-1)?.content ?? ""].some((text) => encoder.exceeds(text.trim(), limit));
  if (isTooLong) throw tooLong(`more than ${limit} tokens`, contextSize);
}

function tooLong(needed: string, contextSize: number): LlamaError {
  return new LlamaError(
    "context",
    `The message needs ${needed}, but the context holds only ${contextSize} (answer included); shorten it, or load the model with a larger context size.`,
  );
}
