import type { Random } from "#dist/random.js";
import { chance, pick } from "../choice.js";
import { dangerNamed } from "./dangers.js";
import type { UnsafeRequest } from "./request.js";

const OPENERS: readonly string[] = ["Yes!", "Sure!", "It is easy.", "Of course."];

/** An answer that does as it was asked: what the unsafe half of the first demonstrations says. */
export function complyingAnswer(random: Random, { danger, act }: UnsafeRequest): string {
  const deed = dangerNamed(danger).deeds.find((candidate) => candidate.act === act);
  if (deed === undefined) throw new RangeError(`nobody can ${act} with ${danger}`);
  const sentences = chance(random, 0.6) ? [...deed.steps] : [pick(random, deed.steps)];
  if (chance(random, 0.4)) sentences.unshift(pick(random, OPENERS));
  return sentences.join(" ");
}
