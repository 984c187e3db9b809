import type { Random } from "#dist/random.js";
import { chance, pick, pickSome } from "./choice.js";
import { LEGS, SIZES, SOUNDS, YOUNG } from "./knowledge.js";
import { a, capital } from "./template.js";

export function animalSound(random: Random) {
  const [animal, sound] = pick(random, SOUNDS);
  const ask = [
    "What does {x} say?",
    "What sound does {x} make?",
    "Which sound does {x} make?",
    "How does {x} sound?",
    "Tell me what {x} says.",
  ];
  return { user: pick(random, ask).replace("{x}", a(animal)), answer: `${capital(a(animal))} says ${sound}.` };
}

export function animalYoung(random: Random) {
  const [animal, young] = pick(random, YOUNG);
  const ask = [
    "What is a baby {x} called?",
    "What do you call a baby {x}?",
    "What's the name of a baby {x}?",
    "How do you call a baby {x}?",
    "Tell me what a baby {x} is called.",
  ];
  return { user: pick(random, ask).replace("{x}", animal), answer: `A baby ${animal} is called a ${young}.` };
}

export function animalLegs(random: Random) {
  const [animal, legs] = pick(random, LEGS);
  const ask = [
    "How many legs does {x} have?",
    "How many legs has {x}?",
    "Tell me how many legs {x} has.",
    "Do you know how many legs {x} has?",
  ];
  return { user: pick(random, ask).replace("{x}", a(animal)), answer: `${capital(a(animal))} has ${legs} legs.` };
}

export function biggestAnimal(random: Random) {
  const animals = pickSome(random, SIZES, 3);
  const [x, y, z] = animals.map((animal) => a(animal)) as [string, string, string];
  const bySize = animals.map((animal) => SIZES.indexOf(animal)).sort((p, q) => p - q);
  const wantsBiggest = chance(random, 0.5);
  const word = wantsBiggest ? "biggest" : "smallest";
  const found = SIZES[(wantsBiggest ? bySize[2] : bySize[0]) as number] as string;
  const ask = [
    `Which is the ${word}: ${x}, ${y} or ${z}?`,
    `Which animal is the ${word}: ${x}, ${y} or ${z}?`,
    `What is the ${word} animal: ${x}, ${y} or ${z}?`,
  ];
  return { user: pick(random, ask), answer: `The ${word} is ${a(found)}.` };
}
