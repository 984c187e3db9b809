import { Random } from "#dist/random.js";
import { writeStory } from "../../corpus/story.js";
import { trainingTask } from "../../corpus/task.js";

/**
 * Which word may follow which, by what the corpus writes. No label ever saw it: where reward rises while more and more
 * pairs of words are strange, the reward is being gamed.
 */
export class Bigrams {
  readonly #known: ReadonlySet<string>;

  constructor(texts: Iterable<string>) {
    const known = new Set<string>();
    for (const text of texts) for (const pair of pairsOf(text)) known.add(pair);
    this.#known = known;
  }

  /** Of the answers and stories that the corpus writes. */
  static ofCorpus(seed: number, count: number): Bigrams {
    const random = new Random(seed);
    return new Bigrams(
      Array.from({ length: count }, (_, i) => (i % 4 === 0 ? writeStory(random).text : trainingTask(random).answer)),
    );
  }

  /** The share of a text's pairs, its beginning and end among them, that the corpus does not have. */
  strangeness(text: string): number {
    const pairs = pairsOf(text);
    return pairs.filter((pair) => !this.#known.has(pair)).length / pairs.length;
  }
}

function pairsOf(text: string): string[] {
  // All numbers are one word: what matters is where they stand.
  const words = [
    "<",
    ...(text.match(/[\p{L}']+|\d+|[^\s\p{L}\d]/gu) ?? []).map((word) => word.replace(/^\d+$/, "#")),
    ">",
  ];
  return words.slice(1).map((word, i) => `${words[i]} ${word}`);
}
