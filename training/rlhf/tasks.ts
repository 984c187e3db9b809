import { type Task, trainingTask } from "../corpus/task.js";
import type { PathContext } from "./context.js";
import { randomFor } from "./seeds.js";

/** What a version is asked: for pairs that are compared, or for the best of many answers. */
export function tasksOf({ recipe, seed }: PathContext, what: "pairs" | "prompts", version: number): Task[] {
  const random = randomFor(seed, what, version);
  return Array.from({ length: recipe[what] }, () => trainingTask(random));
}

/** What PPO asks in an iteration: no stories, which would take most of its time. */
export function shortTasks({ recipe, seed }: PathContext, iteration: number): Task[] {
  const random = randomFor(seed, "policy", iteration);
  return Array.from({ length: recipe.policy.episodes }, () => shortTask(() => trainingTask(random)));
}

/** The first that asks for no story. */
export function shortTask(draw: () => Task): Task {
  for (;;) {
    const task = draw();
    if (task.about === "unsafe" || task.kind !== "story") return task;
  }
}
