import type { Random } from "#dist/random.js";
import type { Tokenizer } from "#dist/tokenizer/tokenizer.js";
import type { Document } from "../../data/batch.js";

export type Order = "psm" | "spm";

/** Which part of the documents becomes a text with a gap: Rozière et al. 2023, section 2.3. */
export const INFILLING_RATE = 0.9;

/**
 * A document of a text: with the given probability one that is to be filled in, cut at two characters that are drawn
 * independently, half in either order; otherwise as it stands. Every token is learned, for else infilling costs what
 * is written from left to right (Bavarian et al. 2022).
 */
export function writeDocument(random: Random, tokenizer: Tokenizer, text: string, rate: number): Document {
  if (random.nextFloat() >= rate) return plainDocument(tokenizer, text);
  const cut = () => Math.floor(random.nextFloat() * (text.length + 1));
  const [a, b] = [cut(), cut()];
  const [from, to] = [Math.min(a, b), Math.max(a, b)];
  const order = random.nextFloat() < 0.5 ? "psm" : "spm";
  return infillingDocument(tokenizer, text.slice(0, from), text.slice(from, to), text.slice(to), order);
}

export function plainDocument(tokenizer: Tokenizer, text: string): Document {
  return learned([...tokenizer.encode(text, { addBos: true }), tokenizer.eosId as number]);
}

/**
 * What the product's infill prompt has for this prefix and suffix, with the middle and its end behind it. In `spm`
 * prefix and middle are encoded together, so that no token is split between them.
 */
export function infillingDocument(
  tokenizer: Tokenizer,
  prefix: string,
  middle: string,
  suffix: string,
  order: Order,
): Document {
  const { bosId, eotId, infill } = tokenizer;
  if (infill === undefined || bosId === undefined || eotId === undefined) {
    throw new RangeError("the vocabulary has no pieces for filling in");
  }
  const encode = (text: string) => tokenizer.encode(text, { addBos: false });
  const { prefixId, suffixId, middleId } = infill;
  const ids =
    order === "psm"
      ? [prefixId, ...encode(prefix), suffixId, ...encode(suffix), middleId, ...encode(middle)]
      : [prefixId, suffixId, ...encode(suffix), middleId, ...encode(prefix + middle)];
  return learned([bosId, ...ids, eotId]);
}

function learned(ids: readonly number[]): Document {
  return { ids, weights: ids.map(() => 1) };
}
