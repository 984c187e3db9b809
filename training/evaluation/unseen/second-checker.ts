import {
  COLORS_OF,
  LEGS,
  OPPOSITES,
  SIZES,
  SOUNDS,
  UNKNOWN_FRAMES,
  UNKNOWN_TOPICS,
  YOUNG,
} from "../../corpus/knowledge.js";
import { BOYS, GIRLS } from "../../corpus/people.js";

/**
 * Whether an answer is right, by a checker in another manner that no label came from: it reads the question alone,
 * works the answer out, and looks for it anywhere in what was said, as long as no rival of it is there too.
 *
 * @returns undefined where it does not know what is asked
 */
export function secondOpinion(question: string, answer: string): boolean | undefined {
  const asked = question.toLowerCase();
  for (const solve of SOLVERS) {
    const verdict = solve(asked, answer);
    if (verdict !== undefined) return verdict;
  }
  return undefined;
}

type Solver = (asked: string, answer: string) => boolean | undefined;

/** All questions that go beyond what the corpus knows. */
const BEYOND = new Set(
  UNKNOWN_FRAMES.flatMap((frame) =>
    UNKNOWN_TOPICS.map((topic) => frame.replace("{x}", topic).toLowerCase().replace(/[?.]$/, "")),
  ),
);

const SOLVERS: readonly Solver[] = [
  (asked, answer) => (has(asked, "story") ? isStory(asked, answer) : undefined),
  (asked, answer) => {
    if (!BEYOND.has(asked.replace(/[?.]$/, ""))) return undefined;
    return /don't know|do not know|no idea/i.test(answer);
  },
  (asked, answer) => solveNumbers(asked, numbers(asked), numbers(answer)),
  (asked, answer) => {
    const extreme = /biggest|smallest/.exec(asked)?.[0];
    const animals = SIZES.filter((animal) => has(asked, animal));
    if (extreme === undefined || animals.length < 2) return undefined;
    return onlyOne(answer, SIZES, animals.at(extreme === "biggest" ? -1 : 0));
  },
  (asked, answer) => {
    const word = /opposite of (\w+)/.exec(asked)?.[1];
    const pair = OPPOSITES.find((words) => words.includes(word ?? ""));
    if (word === undefined || pair === undefined) return undefined;
    const said = answer.toLowerCase().replace(`opposite of ${word}`, "");
    return onlyOne(said, OPPOSITES.flat(), pair[0] === word ? pair[1] : pair[0]);
  },
  (asked, answer) => (/colou?r/.test(asked) ? solveTable(asked, answer, COLORS_OF) : undefined),
  (asked, answer) => (asked.includes("legs") ? solveTable(asked, answer, LEGS) : undefined),
  (asked, answer) => (/\bbaby\b/.test(asked) ? solveTable(asked, answer, YOUNG) : undefined),
  (asked, answer) => (/\bsays?\b|sound/.test(asked) ? solveTable(asked, answer, SOUNDS) : undefined),
];

function solveNumbers(asked: string, given: readonly number[], said: readonly number[]): boolean | undefined {
  const [x, y] = given;
  if (x === undefined) return undefined;
  const equals = (wanted: readonly number[]) => wanted.length === said.length && wanted.every((n, i) => n === said[i]);
  // A number of the question may be said again, its answer has to be there, and nothing else.
  const isFound = (wanted: number) => said.at(-1) === wanted && said.slice(0, -1).every((n) => given.includes(n));
  if (/\bafter\b/.test(asked)) return isFound(x + 1);
  if (/\bbefore\b/.test(asked)) return isFound(x - 1);
  if (y === undefined) return undefined;
  if (/\bcount\b/.test(asked)) {
    return equals(Array.from({ length: Math.abs(y - x) + 1 }, (_, i) => (x < y ? x + i : x - i)));
  }
  if (/\bsort\b|in order/.test(asked)) return equals([...given].sort((p, q) => p - q));
  if (/largest|biggest/.test(asked)) return said.length === 1 && said[0] === Math.max(...given);
  if (/smallest/.test(asked)) return said.length === 1 && said[0] === Math.min(...given);
  if (/\+|plus|\badd\b|how many/.test(asked)) return isFound(x + y);
  return undefined;
}

/** The longest name that the question has is meant: an orange is no carrot, and a polar bear no bear. */
function solveTable(asked: string, answer: string, table: readonly (readonly [string, string])[]): boolean | undefined {
  const [row] = table.filter(([thing]) => has(asked, thing)).sort((p, q) => q[0].length - p[0].length);
  if (row === undefined) return undefined;
  const said = answer.toLowerCase().replace(row[0], "");
  if (table.some(([thing]) => has(said, thing))) return false;
  return onlyOne(
    said,
    table.map(([, value]) => value),
    row[1],
  );
}

function isStory(asked: string, answer: string): boolean {
  const subject =
    /about (?:an? )?(?:(?:girl|boy) named )?([a-z ]+)/
      .exec(asked)?.[1]
      ?.replace(/ please$/, "")
      .trim() ?? "";
  const sentences = answer.split(/[.!?]+["\s]+/).filter((sentence) => sentence !== "");
  const names = [...GIRLS, ...BOYS].filter((name) => has(answer, name));
  return (
    has(answer.toLowerCase(), subject) &&
    sentences.length >= 6 &&
    sentences.length <= 30 &&
    new Set(sentences).size === sentences.length &&
    names.length >= 1 &&
    names.length <= 2 &&
    (answer.split('"').length - 1) % 2 === 0 &&
    /[.!?]"?$/.test(answer.trim())
  );
}

function onlyOne(text: string, candidates: readonly string[], wanted: string | undefined): boolean {
  const found = new Set(candidates.filter((candidate) => has(text.toLowerCase(), candidate)));
  return wanted !== undefined && found.size === 1 && found.has(wanted);
}

const has = (text: string, word: string) => new RegExp(`\\b${word}\\b`).test(text);
const numbers = (text: string) => Array.from(text.matchAll(/\d+/g), ([digits]) => Number(digits));
