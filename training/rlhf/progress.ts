import type { RlhfRecipe } from "./recipe.js";

/** Tokens of a dialogue with its answer, and of the answer: what the parts of a path are weighed by. */
const DIALOGUE = 44;
const ANSWER = 27;
/** What a token costs to be learned (once), drawn, and read. */
const COST = { learn: 1, draw: 0.4, read: 0.3 };

/** How much each part of the path takes, in learned tokens: a guess that needs to be right only between parts. */
function costs(recipe: RlhfRecipe): Map<string, number> {
  const step = 4 * recipe.shardTokens * 0.97;
  const sampled = (answers: number) => answers * (ANSWER * COST.draw + DIALOGUE * COST.read);
  const { iterations, episodes } = recipe.policy;
  const parts: [string, number][] = [
    ["pretrained", recipe.start === undefined ? recipe.pretraining.steps * step : 0],
    ["chat-0", recipe.demonstrations.steps * step],
  ];
  for (let version = 1; version <= recipe.versions; version++) {
    const learned = recipe.prompts * (1.5 + recipe.rehearsal) * recipe.tuningEpochs * DIALOGUE;
    parts.push([`pairs-${version}, newest`, sampled(recipe.pairs)]);
    parts.push([`pairs-${version}, before`, sampled(recipe.pairs)]);
    parts.push([`helpfulness-${version}`, version * recipe.pairs * 2 * DIALOGUE]);
    parts.push([`safety-${version}`, 0.15 * version * recipe.pairs * 2 * DIALOGUE]);
    parts.push([`best-${version}`, sampled(recipe.prompts * recipe.answers)]);
    parts.push([`chat-${version}`, learned]);
  }
  parts.push(["ghosts", sampled(recipe.ghosts * 3)]);
  parts.push(["policy", iterations * episodes * (ANSWER * COST.draw + DIALOGUE * (4 * COST.read + 2 * COST.learn))]);
  return new Map(parts);
}

/** Tells how long the rest of a path takes, by how fast it went since it was started or went on. */
export class Progress {
  readonly #costs: ReadonlyMap<string, number>;
  readonly #begun: number;
  readonly #now: () => number;
  readonly #done = new Map<string, number>();
  readonly #before = new Map<string, number>();

  constructor(recipe: RlhfRecipe, now: () => number = () => performance.now()) {
    this.#costs = costs(recipe);
    this.#now = now;
    this.#begun = now();
  }

  /** Minutes that are left after a part got so far; undefined until there is a speed, and for what is no part. */
  minutesLeft(name: string, done: number): number | undefined {
    if (!this.#costs.has(name)) return undefined;
    // What comes first of a part may have been there already: that is no speed.
    if (!this.#before.has(name)) this.#before.set(name, done);
    this.#done.set(name, done);
    const names = [...this.#costs.keys()];
    const at = names.indexOf(name);
    let here = 0;
    for (const [part, to] of this.#done) here += this.#cost(part) * (to - (this.#before.get(part) ?? 0));
    const left = names.slice(at + 1).reduce((sum, part) => sum + this.#cost(part), this.#cost(name) * (1 - done));
    if (here === 0) return undefined;
    return (left * (this.#now() - this.#begun)) / here / 60_000;
  }

  #cost(name: string): number {
    return this.#costs.get(name) ?? 0;
  }
}
