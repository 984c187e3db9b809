import type { Random } from "#dist/random.js";
import type { Tokenizer } from "#dist/tokenizer/tokenizer.js";
import type { Document } from "../../data/batch.js";

export type Order = "psm" | "spm";

/** Which part of the documents becomes a text with a gap: Rozière et al. 2023, section 2.3. */
export const INFILLING_RATE = 0.9;

/**
 * Which part of the gaps is whole lines. The paper cuts at characters alone. A gap that ends within a token shows its
 * end by that, so that so small a model never looks at the suffix; behind a whole line only the suffix tells.
 */
const LINES_RATE = 0.5;

/**
 * A document of a text: with the given probability one that is to be filled in, half in either order; otherwise as it
 * stands. Its gap is whole lines, or is cut at two characters that are drawn independently. Every token is learned,
 * for else infilling costs what is written from left to right (Bavarian et al. 2022).
 */
export function writeDocument(random: Random, tokenizer: Tokenizer, text: string, rate: number): Document {
  if (random.nextFloat() >= rate) return plainDocument(tokenizer, text);
  const [from, to] = random.nextFloat() < LINES_RATE ? drawLines(random, text) : drawSpan(random, text);
  const order = random.nextFloat() < 0.5 ? "psm" : "spm";
  return infillingDocument(tokenizer, text.slice(0, from), text.slice(from, to), text.slice(to), order);
}

type Span = readonly [from: number, to: number];

function drawSpan(random: Random, { length }: string): Span {
  return twoOf(random, length + 1);
}

/** From the beginning of a line, or of what is written on it, to the end of that line or a later one. */
function drawLines(random: Random, text: string): Span {
  const lines = text.split("\n");
  const [first, last] = twoOf(random, lines.length);
  const startOf = (line: number) => lines.slice(0, line).reduce((sum, { length }) => sum + length + 1, 0);
  const indentation = (/^ */.exec(lines[first] as string) as RegExpExecArray)[0].length;
  const from = startOf(first) + (random.nextFloat() < 0.5 ? 0 : indentation);
  return [from, startOf(last) + (lines[last] as string).length];
}

/** Two of the first numbers, drawn independently, in their order. */
function twoOf(random: Random, count: number): Span {
  const draw = () => Math.floor(random.nextFloat() * count);
  const [a, b] = [draw(), draw()];
  return [Math.min(a, b), Math.max(a, b)];
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
