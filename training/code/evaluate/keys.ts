import { sideBySide } from "#dist/generation/side-by-side.js";
import type { Llama } from "#dist/llama.js";
import { Random } from "#dist/random.js";
import { writeRetrieval } from "../corpus/retrieval.js";

/** How often the key was found, of the places that were tried: {@link PLACES} in their order. */
export interface KeyFigures {
  readonly tokens: number;
  readonly found: readonly number[];
  readonly asked: number;
}

/** Where the key stands, from the beginning to the end of the prompt. */
export const PLACES = [0, 0.2, 0.4, 0.6, 0.8] as const;

/** Key retrieval at a length of prompt, as section G.2 of "Code Llama" (Rozière et al. 2023) measures it. */
export async function findKeys(llama: Llama, tokens: number, asked: number, seed: number): Promise<KeyFigures> {
  const { tokenizer } = llama;
  const isFull = (text: string) => tokenizer.encode(text).length > tokens;
  const found: number[] = [];
  for (const place of PLACES) {
    const random = new Random(seed);
    const tasks = Array.from({ length: asked }, () => writeRetrieval(random, place, isFull));
    const results = await sideBySide(tasks, async ({ prompt, key }) => {
      const answer = await llama.complete(prompt, { temperature: 0, maxTokens: key.length + 1 });
      return answer.startsWith(`${key})`);
    });
    found.push(results.filter(Boolean).length);
  }
  return { tokens, found, asked };
}
