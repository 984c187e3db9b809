import type { Llama } from "../../llama.js";
import { platform } from "../../platform/current.js";
import { wrongField } from "../failure.js";
import { type Fields, wrongType } from "./fields.js";

/**
 * `prompt`: a text, in which control tokens that are written out become such, or token ids.
 * @throws RequestFailure where it is something else, or has no token at all; LlamaError `context` where it is too long
 */
export function readPrompt(fields: Fields, llama: Llama): readonly number[] {
  const found = fields.take("prompt");
  // Clients of OpenAI's API wrap a single prompt.
  const isWrapped = Array.isArray(found) && found.length === 1 && typeof found[0] !== "number";
  return promptIds(isWrapped ? (found[0] as unknown) : found, llama, "of one prompt");
}

/** As many as an evaluation of a model asks at once, and few enough to be kept. */
const MAX_PROMPTS = 1000;

/**
 * `prompt` where it can be a list of several, as OpenAI's API has it.
 * @throws RequestFailure as {@link readPrompt}, or where there are too many; LlamaError `context`
 */
export async function readPrompts(fields: Fields, llama: Llama): Promise<(readonly number[])[]> {
  const found = fields.take("prompt");
  const isList = Array.isArray(found) && found.length > 0 && typeof found[0] !== "number";
  if (!isList) return [promptIds(found, llama, "or a list of such prompts")];
  if (found.length > MAX_PROMPTS) {
    throw wrongField("prompt", `prompt has ${found.length} prompts; give at most ${MAX_PROMPTS}.`);
  }
  const prompts: (readonly number[])[] = [];
  for (const one of found) {
    prompts.push(promptIds(one, llama, "or a list of such prompts"));
    // Together they can be long, and answers under way have their turn between.
    await platform.nextTurn();
  }
  return prompts;
}

function promptIds(found: unknown, { tokenizer, contextSize }: Llama, more: string): readonly number[] {
  if (typeof found === "string") {
    const ids = tokenizer.encode(found, { parseSpecial: true, tokenLimit: contextSize });
    if (ids.length === 0) throw wrongField("prompt", "prompt has no token; give at least one.");
    return ids;
  }
  const isIds = Array.isArray(found) && found.length > 0;
  const isToken = (id: unknown) => Number.isInteger(id) && (id as number) >= 0 && (id as number) < tokenizer.size;
  if (isIds && (found as unknown[]).every(isToken)) return found as number[];
  throw wrongType("prompt", `a string or a list of token ids below ${tokenizer.size}, ${more}`, found);
}
