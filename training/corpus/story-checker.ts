import { BOYS, type Gender, GIRLS, genderOf } from "./people.js";

const NAMES = new Set([...GIRLS, ...BOYS]);

export interface Verdict {
  readonly consistent: boolean;
  readonly reason?: string;
}

/** Others whose pronouns may occur. */
const OTHERS: Readonly<Record<Gender, RegExp>> = {
  female: /\b(mom|grandma|woman|lady|girl)\b/,
  male: /\b(dad|grandpa|man|boy)\b/,
};
const PRONOUNS: Readonly<Record<Gender, RegExp>> = { female: /\b(she|her)\b/i, male: /\b(he|him|his)\b/i };
/** How a second name is brought in. */
const INTRODUCTION = /\b(friend|named|called)\s+$/;

/**
 * Whether a story keeps its named character: a name in the first two sentences that comes again in the second half;
 * no more than one other name, introduced as a friend or by "named"; and pronouns only of persons who are there.
 */
export function checkStory(text: string): Verdict {
  const names = [...text.matchAll(/\b[A-Z][a-z]+\b/g)].filter(([word]) => NAMES.has(word));
  const opening = text
    .split(/(?<=[.!?])\s/)
    .slice(0, 2)
    .join(" ");
  const main = names[0];
  if (main === undefined || main.index >= opening.length) return failed("nobody is named at the beginning");
  const [name] = main;
  if (!names.some(([word], i) => word === name && (names[i]?.index ?? 0) > text.length / 2)) {
    return failed(`${name} is gone in the second half`);
  }
  const others = new Set(names.map(([word]) => word).filter((word) => word !== name));
  if (others.size > 1) return failed(`there are too many names: ${[name, ...others].join(", ")}`);
  const [friend] = others;
  if (friend !== undefined) {
    const first = names.find(([word]) => word === friend)?.index ?? 0;
    if (!INTRODUCTION.test(text.slice(0, first))) return failed(`${friend} is not introduced`);
  }
  for (const gender of ["female", "male"] as const) {
    const isThere = [name, ...others].some((person) => genderOf(person) === gender) || OTHERS[gender].test(text);
    if (!isThere && PRONOUNS[gender].test(text)) return failed(`a pronoun belongs to nobody`);
  }
  return { consistent: true };
}

function failed(reason: string): Verdict {
  return { consistent: false, reason };
}
