import type { Random } from "#dist/random.js";
import { between, chance, pick } from "../../corpus/choice.js";
import { block, camel, type Lines, type Task } from "./task.js";

/** Words without meaning for the functions that take texts. */
export const WORDS = [
  "apple",
  "banana",
  "river",
  "stone",
  "cloud",
  "tree",
  "paper",
  "moon",
  "garden",
  "music",
] as const;
const LETTERS = ["a", "e", "n", "o", "r", "t"] as const;

interface LetterTest {
  readonly kind: string;
  readonly meaning: string;
  readonly name: string;
  readonly things: (text: string) => string;
  readonly test: (c: string) => string;
  readonly parameter?: string;
}

function drawTest(random: Random): LetterTest {
  const kind = pick(random, ["vowel", "letter", "other", "asked"] as const);
  const letter = pick(random, LETTERS);
  if (kind === "vowel") {
    const things = (text: string) => `the vowels in ${text}`;
    return { kind, meaning: kind, name: "Vowels", things, test: (c) => `"aeiou".includes(${c})` };
  }
  if (kind === "asked") {
    const parameter = pick(random, ["letter", "sign"]);
    const things = (text: string) => `the letters in ${text} that are ${parameter}`;
    return { kind, meaning: kind, name: "Letter", things, test: (c) => `${c} === ${parameter}`, parameter };
  }
  const is = kind === "letter";
  return {
    kind,
    meaning: `${kind} ${letter}`,
    name: is ? `Letter${letter.toUpperCase()}` : `Not${letter.toUpperCase()}`,
    things: (text) => `the letters in ${text} that are ${is ? "" : "not "}"${letter}"`,
    test: (c) => `${c} ${is ? "===" : "!=="} "${letter}"`,
  };
}

interface LetterAction {
  readonly kind: string;
  readonly names: readonly string[];
  readonly deeds: (things: string) => readonly string[];
  readonly first?: string;
  /** What is done with a letter that counts; `a` is what is gathered. */
  readonly hit: (a: string, c: string) => string;
  /** And with one that does not. */
  readonly miss?: (a: string, c: string) => string;
  readonly end: (a: string) => string;
}

const ACTIONS: readonly LetterAction[] = [
  {
    kind: "count",
    names: ["count", "howMany"],
    deeds: (things) => [`counts ${things}`],
    first: "0",
    hit: (a) => `${a}++;`,
    end: (a) => a,
  },
  {
    kind: "keep",
    names: ["keep", "only"],
    deeds: (things) => [`keeps only ${things}`, `returns a text of ${things}`],
    first: '""',
    hit: (a, c) => `${a} += ${c};`,
    end: (a) => a,
  },
  {
    kind: "double",
    names: ["double", "twice"],
    deeds: (things) => [`doubles ${things}`, `writes ${things} twice and the others once`],
    first: '""',
    hit: (a, c) => `${a} += ${c} + ${c};`,
    miss: (a, c) => `${a} += ${c};`,
    end: (a) => a,
  },
  {
    kind: "star",
    names: ["hide", "star"],
    deeds: (things) => [`writes a star for each of ${things}`, `hides ${things} behind stars`],
    first: '""',
    hit: (a) => `${a} += "*";`,
    miss: (a, c) => `${a} += ${c};`,
    end: (a) => a,
  },
  {
    kind: "upper",
    names: ["upper", "raise"],
    deeds: (things) => [`makes capitals of ${things}`, `writes ${things} in upper case`],
    first: '""',
    hit: (a, c) => `${a} += ${c}.toUpperCase();`,
    miss: (a, c) => `${a} += ${c};`,
    end: (a) => a,
  },
  {
    kind: "any",
    names: ["has", "any"],
    deeds: (things) => [`tells whether there are any of ${things}`],
    hit: () => "return true;",
    end: () => "false",
  },
];

/** A loop over the letters of a text: action and test. */
export function drawLetters(random: Random): Task {
  const action = pick(random, ACTIONS);
  const letters = drawTest(random);
  const text = pick(random, ["text", "word", "s"]);
  return {
    meaning: `letters / ${action.kind} / ${letters.meaning}`,
    pair: `letters ${action.kind} + ${letters.kind}`,
    name: camel(pick(random, action.names), letters.name),
    deed: pick(random, action.deeds(letters.things(text))),
    parameters: [text, ...(letters.parameter === undefined ? [] : [letters.parameter])],
    helpers: [],
    body: writeLetters(random, action, letters, text),
    drawArguments: (drawing) => [
      drawWord(drawing),
      ...(letters.parameter === undefined ? [] : [pick(drawing, LETTERS)]),
    ],
  };
}

function writeLetters(random: Random, action: LetterAction, letters: LetterTest, text: string): Lines {
  const gathered = pick(random, action.first === "0" ? ["count", "found", "result"] : ["out", "result", "made"]);
  const isEach = chance(random, 0.6);
  const c = isEach ? pick(random, ["c", "char"]) : `${text}[i]`;
  const inside = block(
    `if (${letters.test(c)})`,
    [action.hit(gathered, c)],
    action.miss === undefined ? undefined : [action.miss(gathered, c)],
  );
  const head = isEach ? `for (const ${c} of ${text})` : `for (let i = 0; i < ${text}.length; i++)`;
  const before = action.first === undefined ? [] : [`let ${gathered} = ${action.first};`];
  return [...before, ...block(head, inside), `return ${action.end(gathered)};`];
}

export function drawWord(random: Random): string {
  const word = pick(random, WORDS);
  return chance(random, 0.5) ? word : word.slice(0, between(random, 2, 4));
}
