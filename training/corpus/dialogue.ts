import type { Random } from "#dist/random.js";
import { animalLegs, animalSound, animalYoung, biggestAnimal } from "./animal-questions.js";
import { between, chance, pick } from "./choice.js";
import { COLORS_OF, IDENTITY, IGNORANCE, OPPOSITES, UNKNOWN_FRAMES, UNKNOWN_TOPICS } from "./knowledge.js";
import { countDown, countUp, largestNumber, numberAfter, numberBefore, sortNumbers } from "./number-questions.js";
import { BOYS, GIRLS } from "./people.js";
import { writeStory } from "./story.js";
import { a, capital } from "./template.js";
import { carelessly, wordingHash } from "./wording.js";
import { ANIMALS, OBJECTS } from "./words.js";

export interface Turn {
  readonly kind: DialogueKind;
  readonly user: string;
  readonly answer: string;
}

/** One to three turns. */
export interface Dialogue {
  readonly turns: readonly Turn[];
}

type Writer = (random: Random) => { user: string; answer: string };

const WRITERS = {
  greeting(random) {
    const [asks, answers] = pick(random, GREETINGS);
    return { user: pick(random, asks), answer: pick(random, answers) };
  },
  identity: (random) => ({ user: pick(random, WHO_ARE_YOU), answer: IDENTITY }),
  story(random) {
    const [wish, subject] = pick(random, STORY_SUBJECTS)(random);
    const ask = pick(random, [
      "Tell me a story about {x}.",
      "Please tell me a story about {x}.",
      "Write a story about {x}.",
      "Can you tell me a story about {x}?",
      "I want to hear a story about {x}.",
      "A story about {x}, please.",
    ]);
    return { user: ask.replace("{x}", subject), answer: writeStory(random, wish).text };
  },
  opposite(random) {
    const pair = pick(random, OPPOSITES);
    const [from, to] = chance(random, 0.5) ? pair : [pair[1], pair[0]];
    const ask = [
      "What is the opposite of {x}?",
      "What's the opposite of {x}?",
      "Opposite of {x}?",
      "Tell me the opposite of {x}.",
      "Do you know the opposite of {x}?",
      "The opposite of {x} is what?",
    ];
    return { user: pick(random, ask).replace("{x}", from), answer: `The opposite of ${from} is ${to}.` };
  },
  color(random) {
    const [thing, color] = pick(random, COLORS_OF);
    const word = chance(random, 0.75) ? "color" : "colour";
    const ask = [
      `What ${word} is {x}?`,
      `What is the ${word} of {x}?`,
      `Which ${word} is {x}?`,
      `Tell me the ${word} of {x}.`,
      `Do you know what ${word} {x} is?`,
    ];
    return { user: pick(random, ask).replace("{x}", thing), answer: `${capital(thing)} is ${color}.` };
  },
  animal(random) {
    return pick(random, [animalSound, animalYoung, animalLegs])(random);
  },
  counting(random) {
    return pick(random, [countUp, countUp, countDown, numberAfter, numberBefore])(random);
  },
  sum(random) {
    const x = between(random, 0, 20);
    const y = between(random, 0, 20 - x);
    const ask = [
      `What is ${x} + ${y}?`,
      `What is ${x} plus ${y}?`,
      `How much is ${x} + ${y}?`,
      `How much is ${x} plus ${y}?`,
      `${x} + ${y} = ?`,
      `What's ${x} + ${y}?`,
      `Add ${x} and ${y}.`,
      `Please add ${x} and ${y}.`,
    ];
    return { user: pick(random, ask), answer: `${x} + ${y} = ${x + y}.` };
  },
  sorting(random) {
    return pick(random, [sortNumbers, sortNumbers, largestNumber, biggestAnimal])(random);
  },
  unknown(random) {
    const user = pick(random, UNKNOWN_FRAMES).replace("{x}", pick(random, UNKNOWN_TOPICS));
    return { user, answer: IGNORANCE };
  },
} satisfies Record<string, Writer>;

export type DialogueKind = keyof typeof WRITERS;
export const DIALOGUE_KINDS = Object.keys(WRITERS) as DialogueKind[];

/** How often each kind occurs: what has many answers needs to be seen often. */
const SHARES: Readonly<Record<DialogueKind, number>> = {
  greeting: 4,
  identity: 3,
  story: 16,
  opposite: 12,
  color: 9,
  animal: 9,
  counting: 14,
  sum: 20,
  sorting: 18,
  unknown: 9,
};
/** Each kind as often as its share. */
export const KINDS_BY_SHARE: readonly DialogueKind[] = DIALOGUE_KINDS.flatMap((kind) =>
  Array.from({ length: SHARES[kind] }, () => kind),
);

/** Writes a dialogue; a story comes alone, for it is long. */
export function writeDialogue(random: Random, kind: DialogueKind = pick(random, KINDS_BY_SHARE)): Dialogue {
  const turns = [writeTurn(random, kind)];
  while (kind !== "story" && turns.length < 4 && chance(random, 0.45)) {
    const next = pick(random, KINDS_BY_SHARE);
    if (next !== "story") turns.push(writeTurn(random, next));
  }
  return { turns };
}

export function writeTurn(random: Random, kind: DialogueKind): Turn {
  const { user, answer } = WRITERS[kind](random);
  return { kind, user: carelessly(random, user), answer };
}

/**
 * Whether any question of it is kept from the training: one in twelve, by its text. What has only a few phrasings
 * (greetings and names) is never held out.
 */
export function isHeldOut({ turns }: Dialogue): boolean {
  return turns.some((turn) => isHeldOutTurn(turn));
}

export function isHeldOutTurn({ kind, user }: Turn): boolean {
  if (kind === "greeting" || kind === "identity") return false;
  return wordingHash(user) % 12 === 0;
}

const STORY_SUBJECTS: readonly ((random: Random) => [Parameters<typeof writeStory>[1], string])[] = [
  (random) => {
    const name = pick(random, [...GIRLS, ...BOYS]);
    return [{ name }, pick(random, [name, `${GIRLS.includes(name) ? "a girl" : "a boy"} named ${name}`])];
  },
  (random) => {
    const animal = pick(random, ANIMALS);
    return [{ animal }, a(animal)];
  },
  (random) => {
    const object = pick(random, OBJECTS);
    return [{ object }, a(object)];
  },
];

const GREETINGS: readonly (readonly [readonly string[], readonly string[]])[] = [
  [
    ["Hello!", "Hi!", "Hi there!", "Hello", "Hey!", "Hi", "Hello there!", "Good day!"],
    ["Hello! How can I help you?", "Hi! How can I help you?"],
  ],
  [["Good morning!", "Good morning"], ["Good morning! How can I help you?"]],
  [["Good evening!", "Good evening"], ["Good evening! How can I help you?"]],
  [
    ["How are you?", "How are you today?", "Are you well?", "Hi, how are you?", "Hello, how are you?"],
    ["I am fine, thank you! How can I help you?"],
  ],
  [["Thank you!", "Thanks!", "Thank you very much!", "Thanks a lot!"], ["You are welcome!"]],
  [["Goodbye!", "Bye!", "Good night!", "See you later!", "Bye bye!"], ["Goodbye! Have a nice day!"]],
];

const WHO_ARE_YOU: readonly string[] = [
  "Who are you?",
  "What are you?",
  "What is your name?",
  "What's your name?",
  "Are you a human?",
  "Are you a robot?",
  "Tell me about yourself.",
  "Who am I talking to?",
  "Introduce yourself.",
  "Are you an AI?",
  "Please introduce yourself.",
];
