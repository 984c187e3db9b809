import type { Llama } from "../../llama.js";
import { wrongField } from "../failure.js";
import { type Fields, wrongType } from "./fields.js";

/**
 * `prompt`: a text, in which control tokens that are written out become such, or token ids.
 * @throws RequestFailure where it is something else, or has no token at all; LlamaError `context` where it is too long
 */
export function readPrompt(fields: Fields, { tokenizer, contextSize }: Llama): readonly number[] {
  let found = fields.take("prompt");
  // Clients of OpenAI's API wrap a single prompt.
  if (Array.isArray(found) && found.length === 1 && typeof found[0] !== "number") found = found[0] as unknown;
  if (typeof found === "string") {
    const ids = tokenizer.encode(found, { parseSpecial: true, tokenLimit: contextSize });
    if (ids.length === 0) throw wrongField("prompt", "prompt has no token; give at least one.");
    return ids;
  }
  const isIds = Array.isArray(found) && found.length > 0;
  const isToken = (id: unknown) => Number.isInteger(id) && (id as number) >= 0 && (id as number) < tokenizer.size;
  if (isIds && (found as unknown[]).every(isToken)) return found as number[];
  throw wrongType("prompt", `a string or a list of token ids below ${tokenizer.size}, of one prompt`, found);
}
