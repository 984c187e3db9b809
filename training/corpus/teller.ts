import type { Random } from "#dist/random.js";
import { chance } from "./choice.js";
import { type Slots, say } from "./template.js";

/** Puts sentences together: each call adds one of the phrasings it is given. */
export class Teller {
  readonly random: Random;
  readonly slots: Slots;
  readonly #sentences: string[] = [];

  constructor(random: Random, slots: Slots) {
    this.random = random;
    this.slots = slots;
  }

  tell(...phrasings: readonly string[]): void {
    this.#sentences.push(say(this.random, this.slots, phrasings));
  }

  maybe(probability: number, ...phrasings: readonly string[]): void {
    if (chance(this.random, probability)) this.tell(...phrasings);
  }

  get text(): string {
    return this.#sentences.join(" ");
  }
}
