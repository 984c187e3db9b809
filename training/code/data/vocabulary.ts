import { Random } from "#dist/random.js";
import { INFILL_PIECES, learnVocabulary, type Piece, type VocabularyStyle } from "../../data/vocabulary.js";
import { writePretrainingText } from "./texts.js";

/**
 * Code: a line break with the indentation behind it is one piece, and so is an indentation alone, for a gap may begin
 * between them. Of a name in camel case every word is by itself.
 */
const CODE: VocabularyStyle = {
  unit: /\n▁*|▁?\p{Lu}?\p{Ll}+|▁?\p{Lu}+|\d|▁?[^\p{L}\d▁\s]+|▁+/gu,
  hasSpacePrefix: false,
  first: [
    ["▁", "▁"],
    ["▁▁", "▁▁"],
    ["▁▁▁▁", "▁▁"],
    ["\n", "▁▁"],
    ["\n", "▁▁▁▁"],
    ["\n", "▁▁▁▁▁▁"],
  ],
  last: Object.values(INFILL_PIECES),
};

/** @param texts how many it is learned from */
export function learnCodeVocabulary(seed: number, texts: number, size: number): Piece[] {
  const random = new Random(seed);
  return learnVocabulary(
    Array.from({ length: texts }, () => writePretrainingText(random)),
    size,
    CODE,
  );
}
