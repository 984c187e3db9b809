import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { goldQuality } from "../corpus/preferences/quality.js";
import { heldOutTask, type Task } from "../corpus/task.js";
import { promptOf } from "../data/turn.js";
import type { Team } from "../run/team.js";
import { mean } from "../statistics/bootstrap.js";
import { type PathContext, sampleAll } from "./context.js";
import { describe } from "./preferences.js";
import { randomFor, seedFor } from "./seeds.js";
import { shortTask } from "./tasks.js";

interface Look {
  readonly iteration: number;
  readonly gold: number;
}

/**
 * What the checkers make of a policy's answers to held-out prompts while it learns: the reward models go on being
 * pleased when it has begun to get worse. Nothing is learned from it but when to stop, and which policy is kept.
 */
export class HeldOutGold {
  readonly #context: PathContext;
  readonly #tasks: readonly Task[];
  readonly #path: string;
  #looks: readonly Look[];

  /** @param done iterations; what was seen after them, by a run that was cut off, will be seen again */
  constructor(context: PathContext, name: string, done: number) {
    const random = randomFor(context.seed, name, "held-out gold");
    this.#context = context;
    this.#tasks = Array.from({ length: context.recipe.policy.lookedAt }, () => shortTask(() => heldOutTask(random)));
    this.#path = join(context.directory, `${name}.gold.jsonl`);
    const lines = existsSync(this.#path) ? readFileSync(this.#path, "utf8").trim().split("\n") : [];
    const seen = lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Look);
    this.#looks = seen.filter(({ iteration }) => iteration <= done);
    writeFileSync(this.#path, this.#looks.map(lineOf).join(""));
  }

  /** Looks at a policy. The prompts and their seeds are the same every time. */
  async look(team: Team, iteration: number): Promise<void> {
    const { tokenizer, seed, recipe } = this.#context;
    const prompts = this.#tasks.map(({ user }, i) => ({
      ids: promptOf(tokenizer, user),
      seed: seedFor(seed, "held-out gold", i),
    }));
    const samples = await sampleAll(this.#context, "held-out gold", team, prompts, {
      temperature: 1,
      mostTokens: recipe.longestPolicyAnswer,
    });
    const qualities = samples.map((sample, i) => goldQuality(this.#tasks[i] as Task, describe(this.#context, sample)));
    const look = { iteration, gold: mean(qualities) };
    appendFileSync(this.#path, lineOf(look));
    this.#looks = [...this.#looks, look];
  }

  /** Whether the policy was worse than before, twice in a row. */
  get hasFallen(): boolean {
    const [third, second, last] = this.#looks.slice(-3).map(({ gold }) => gold);
    return last !== undefined && second !== undefined && last < second && second < (third as number);
  }

  /** The iteration after which the policy was best, the first of equals; undefined before the first look. */
  get best(): number | undefined {
    const [best] = [...this.#looks].sort((a, b) => b.gold - a.gold || a.iteration - b.iteration);
    return best?.iteration;
  }
}

function lineOf(look: Look): string {
  return `${JSON.stringify(look)}\n`;
}
