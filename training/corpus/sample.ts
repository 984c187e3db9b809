import { Random } from "#dist/random.js";
import { writeDialogue } from "./dialogue.js";
import { writeStory } from "./story.js";

/** Texts in the mixture of the training, stories and dialogues in turn, as the vocabulary sees them. */
export function* corpusSample(seed: number, count: number): Generator<string> {
  const random = new Random(seed);
  for (let i = 0; i < count; i++) {
    if (i % 2 === 0) yield writeStory(random).text;
    else for (const { user, answer } of writeDialogue(random).turns) yield `[INST] ${user} [/INST] ${answer}`;
  }
}
