import type { Random } from "#dist/random.js";
import { between, chance, pick } from "../../corpus/choice.js";

/** What numbers must be to count. */
export interface Condition {
  readonly kind: string;
  /** With its number: no two of one meaning. */
  readonly meaning: string;
  /** In names. */
  readonly name: string;
  /** Before and behind a noun. */
  readonly before: string;
  readonly behind: string;
  /** Said of one thing: "is even". */
  readonly is: string;
  readonly test: (x: string) => string;
  /** Its opposite. */
  readonly fails: (x: string) => string;
  /** The parameter that it compares with, if that is one. */
  readonly parameter?: string;
}

export function drawCondition(random: Random, mayAskParameter = true): Condition {
  const kind = pick(random, ["even", "odd", "positive", "negative", "above", "below", "divisible", "other"] as const);
  const isAsked = mayAskParameter && chance(random, 0.3);
  const number = between(random, 2, 9);
  const limit = isAsked ? pick(random, ["limit", "k", "bound"]) : `${number}`;
  const meaning = `${kind} ${isAsked ? "k" : number}`;
  const parameter = isAsked ? { parameter: limit } : {};
  const compared = (sign: string, opposite: string, behind: string, name: string): Condition => ({
    kind,
    meaning,
    name: isAsked ? name : `${name}${limit}`,
    before: "",
    behind: ` ${behind} ${limit}`,
    is: `is ${behind} ${limit}`,
    test: (x) => `${x} ${sign} ${limit}`,
    fails: (x) => `${x} ${opposite} ${limit}`,
    ...parameter,
  });
  const named = (test: string, fails: string): Condition => ({
    kind,
    meaning: kind,
    name: camel1(kind),
    before: `${kind} `,
    behind: "",
    is: `is ${kind}`,
    test: (x) => `${x} ${test}`,
    fails: (x) => `${x} ${fails}`,
  });
  switch (kind) {
    case "even":
      return named("% 2 === 0", "% 2 !== 0");
    case "odd":
      return named("% 2 !== 0", "% 2 === 0");
    case "positive":
      return named("> 0", "<= 0");
    case "negative":
      return named("< 0", ">= 0");
    case "above":
      return compared(">", "<=", pick(random, ["greater than", "above"]), "Above");
    case "below":
      return compared("<", ">=", pick(random, ["less than", "below"]), "Below");
    case "other":
      return compared("!==", "===", "other than", "Not");
    case "divisible":
      return {
        ...compared("", "", "divisible by", "DivisibleBy"),
        test: (x) => `${x} % ${limit} === 0`,
        fails: (x) => `${x} % ${limit} !== 0`,
      };
  }
}

function camel1(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** What is made of a number. */
export interface Change {
  readonly kind: string;
  readonly meaning: string;
  readonly name: string;
  /** Of many: "the squares of the even numbers". */
  readonly many: (things: string) => string;
  readonly apply: (x: string) => string;
}

export function drawChange(random: Random): Change {
  const kind = pick(random, ["square", "double", "plus", "times", "minus", "negative"] as const);
  const number = between(random, 2, 9);
  const made = (name: string, many: Change["many"], apply: Change["apply"]): Change => {
    const hasNumber = kind === "plus" || kind === "times" || kind === "minus";
    return { kind, meaning: hasNumber ? `${kind} ${number}` : kind, name, many, apply };
  };
  switch (kind) {
    case "square":
      return made(
        "Squares",
        (things) => `the squares of ${things}`,
        (x) => `${x} * ${x}`,
      );
    case "double":
      return made(
        "Doubles",
        (things) => `the doubles of ${things}`,
        (x) => `2 * ${x}`,
      );
    case "negative":
      return made(
        "Negatives",
        (things) => `the negatives of ${things}`,
        (x) => `-${x}`,
      );
    case "plus":
      return made(
        `Plus${number}`,
        (things) => `${things}, each plus ${number}`,
        (x) => `${x} + ${number}`,
      );
    case "minus":
      return made(
        `Minus${number}`,
        (things) => `${things}, each minus ${number}`,
        (x) => `${x} - ${number}`,
      );
    case "times":
      return made(
        `Times${number}`,
        (things) => `${things}, each times ${number}`,
        (x) => `${x} * ${number}`,
      );
  }
}
