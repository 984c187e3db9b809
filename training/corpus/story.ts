import type { Random } from "#dist/random.js";
import { chance, pick, pickSome } from "./choice.js";
import { BOYS, type Gender, GIRLS, GROWN_UPS, genderOf, STRANGERS, TRAITS } from "./people.js";
import { PLACES, RACE_PLACES } from "./places.js";
import { PLOTS } from "./plots/plots.js";
import { checkStory } from "./story-checker.js";
import { Teller } from "./teller.js";
import { a, capital, pronouns, type Slots } from "./template.js";
import { ANIMALS, BREAKABLES, COLORS, DISHES, FEARS, FOODS, LOOKS, OBJECTS, PLANTS, SKILLS } from "./words.js";

/** What a story shall be about; the rest is drawn. */
export interface StoryWishes {
  readonly name?: string;
  readonly object?: string;
  readonly animal?: string;
}

export interface Story {
  readonly text: string;
  readonly plot: string;
  /** The main character. */
  readonly name: string;
  readonly gender: Gender;
  /** The second named character, where there is one. */
  readonly friend: string;
}

/**
 * Writes a little story: who, an event that asks for something, and an end that follows from it. A draw of phrasings
 * that names the main character too rarely is drawn again.
 */
export function writeStory(random: Random, wishes: StoryWishes = {}): Story {
  for (;;) {
    const story = draftStory(random, wishes);
    if (checkStory(story.text).consistent) return story;
  }
}

function draftStory(random: Random, wishes: StoryWishes): Story {
  const name = wishes.name ?? pick(random, chance(random, 0.5) ? GIRLS : BOYS);
  const gender = genderOf(name);
  const friend = pick(
    random,
    [...GIRLS, ...BOYS].filter((other) => other !== name),
  );
  const fitting = PLOTS.filter(
    ({ subject, breaks }) =>
      (wishes.object === undefined || (subject === "object" && (!breaks || BREAKABLES.includes(wishes.object)))) &&
      (wishes.animal === undefined || subject === "animal"),
  );
  const plot = pick(random, fitting);
  const story = new Teller(random, {
    ...drawSlots(random, plot.breaks === true ? { object: pick(random, BREAKABLES), ...wishes } : wishes),
    ...castSlots(random, name, friend),
  });
  open(story, gender);
  plot.tell(story);
  story.maybe(0.15, "The end.");
  return { text: story.text, plot: plot.name, name, gender, friend };
}

function open(story: Teller, gender: Gender): void {
  const kinds = gender === "female" ? ["little girl", "girl", "young girl"] : ["little boy", "boy", "young boy"];
  const kind = pick(story.random, kinds);
  const trait = pick(story.random, TRAITS);
  const both = chance(story.random, 0.6) ? a(`${trait} ${kind}`) : a(kind);
  story.tell(
    ...repeat(9, `Once upon a time, there was ${both} named {n}.`),
    ...repeat(3, `Once upon a time, ${both} named {n} lived in a small house.`),
    ...repeat(3, `There once was ${both} named {n}.`),
    ...repeat(2, `In a small village, there lived ${both} named {n}.`),
    ...repeat(2, `Long ago, ${both} named {n} lived near the sea.`),
    ...repeat(3, `{n} was ${both}.`),
    ...repeat(2, `There was ${both} called {n}.`),
  );
  story.maybe(
    0.4,
    "{n} lived with {his} {g}.",
    "{He} loved to play outside.",
    "Everyone liked {n}.",
    "{n} lived in a small house near a hill.",
    "{He} always had a smile on {his} face.",
    "{n} liked to ask many questions.",
  );
}

function castSlots(random: Random, name: string, friend: string): Slots {
  const grownUp = pick(random, GROWN_UPS);
  const stranger = pick(random, STRANGERS);
  return {
    n: name,
    ...pronouns(genderOf(name)),
    f: friend,
    F: friend,
    ...pronouns(genderOf(friend), "f"),
    fkind: genderOf(friend) === "female" ? "girl" : "boy",
    g: grownUp.name,
    ...pronouns(grownUp.gender, "g"),
    s: stranger.name,
    aS: a(stranger.name),
    AS: capital(a(stranger.name)),
    she_: pronouns(stranger.gender)["he"] as string,
  };
}

function drawSlots(random: Random, wishes: StoryWishes): Slots {
  const place = pick(random, PLACES);
  const [spot, wrong] = pickSome(random, place.spots, 2) as [string, string];
  const bare = wishes.object ?? pick(random, OBJECTS);
  const object = `${pick(random, chance(random, 0.6) ? COLORS : LOOKS)} ${bare}`;
  const animal = wishes.animal ?? pick(random, ANIMALS);
  const plant = pick(random, PLANTS);
  const dish = pick(random, DISHES);
  const fear = pick(random, FEARS);
  const skill = pick(random, SKILLS);
  return {
    to: place.to,
    at: place.at,
    racing: pick(random, RACE_PLACES),
    spot,
    wrong,
    bare,
    obj: object,
    aobj: a(object),
    animal,
    aanimal: a(animal),
    food: pick(random, FOODS),
    aplant: a(plant.plant),
    fruit: plant.fruit,
    dish: dish.dish,
    missing: dish.missing,
    fear: fear.of,
    face: fear.face,
    learned: fear.learned,
    skill: skill.verb,
    skilling: skill.noun,
  };
}

function repeat(times: number, phrasing: string): string[] {
  return Array.from({ length: times }, () => phrasing);
}
