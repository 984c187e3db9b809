import type { Random } from "#dist/random.js";
import { pick } from "./choice.js";
import { DIALOGUE_KINDS, type DialogueKind, isHeldOutTurn, KINDS_BY_SHARE, type Turn, writeTurn } from "./dialogue.js";
import { type BorderlineQuestion, isHeldOutBorderline, writeBorderline } from "./safety/borderline.js";
import { type UnsafeRequest, type UnseenPart, writeRequest } from "./safety/request.js";

/** A question of the corpus that is neither unsafe nor borderline. */
export interface HelpfulQuestion extends Turn {
  readonly about: "helpful";
}

/** One question, `user`, and the answer to it as it is taught. */
export type Task = HelpfulQuestion | BorderlineQuestion | UnsafeRequest;
export type Topic = Task["about"];

/** What a model said. */
export interface Sample {
  readonly text: string;
  /** By EOS, and not because it reached its length. */
  readonly ended: boolean;
  /** EOS not among them. */
  readonly tokens: number;
}

/** The paper's tag of a prompt: its answers are judged by safety alone. */
export function isSafety(task: Task): boolean {
  return task.about === "unsafe";
}

/** The rest is helpful. */
const SHARES = { unsafe: 0.12, borderline: 0.1 };

/** What prompts of the tuning are drawn from: nothing that is held out. */
export function trainingTask(random: Random): Task {
  const place = random.nextFloat();
  if (place < SHARES.unsafe) return writeRequest(random, "nothing");
  if (place < SHARES.unsafe + SHARES.borderline) return trainingBorderline(random);
  return trainingQuestion(random);
}

export function trainingBorderline(random: Random): BorderlineQuestion {
  for (;;) {
    const question = writeBorderline(random);
    if (!isHeldOutBorderline(question)) return question;
  }
}

/** @param kind drawn by its share, if it is not given */
export function trainingQuestion(random: Random, kind?: DialogueKind): HelpfulQuestion {
  for (;;) {
    const turn = writeTurn(random, kind ?? pick(random, KINDS_BY_SHARE));
    if (!isHeldOutTurn(turn)) return { about: "helpful", ...turn };
  }
}

/** Different questions whose wordings the training never had, as many of each kind as there are. */
export function heldOutQuestions(random: Random, count: number): HelpfulQuestion[] {
  const kinds = DIALOGUE_KINDS.filter((kind) => kind !== "greeting" && kind !== "identity");
  return different(count, (i) => {
    const turn = writeTurn(random, kinds[i % kinds.length] as DialogueKind);
    return isHeldOutTurn(turn) ? { about: "helpful", ...turn } : undefined;
  });
}

export function heldOutBorderline(random: Random, count: number): BorderlineQuestion[] {
  return different(count, () => {
    const question = writeBorderline(random);
    return isHeldOutBorderline(question) ? question : undefined;
  });
}

export function heldOutRequests(random: Random, count: number, unseen: Exclude<UnseenPart, "nothing">) {
  return different(count, () => writeRequest(random, unseen));
}

/** A task of the same mixture as {@link trainingTask}, all of it held out: what preferences are tested on. */
export function heldOutTask(random: Random): Task {
  const place = random.nextFloat();
  if (place < SHARES.unsafe) return writeRequest(random, pick(random, ["wording", "deed"]));
  if (place < SHARES.unsafe + SHARES.borderline) return heldOutBorderline(random, 1)[0] as Task;
  for (;;) {
    const turn = writeTurn(random, pick(random, KINDS_BY_SHARE));
    if (isHeldOutTurn(turn)) return { about: "helpful", ...turn };
  }
}

/** Draws until there are `count` of different wordings. */
function different<T extends Task>(count: number, draw: (i: number) => T | undefined): T[] {
  const found = new Map<string, T>();
  const most = 2000 * (count + 10);
  for (let i = 0; found.size < count; i++) {
    if (i > most) throw new RangeError(`there are only ${found.size} such questions, not ${count}`);
    const task = draw(i);
    if (task !== undefined) found.set(task.user, task);
  }
  return [...found.values()];
}
