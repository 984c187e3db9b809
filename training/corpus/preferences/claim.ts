import { storySubject } from "../answer-checker.js";
import { isRefusal } from "../safety/refusal.js";
import type { Task } from "../task.js";

export type AnswerableTask = Exclude<Task, { about: "unsafe" }>;

/** The sentences of an answer, with their signs. */
export function sentences(text: string): string[] {
  return text
    .trim()
    .split(/(?<=[.!?])\s+/)
    .filter((sentence) => sentence !== "");
}

export const isSequence = (reference: string) => /^\d+(, \d+)*\.$/.test(reference);
export const numbersOf = (text: string) => (text.match(/\d+/g) ?? []).map(Number);
/** The last word, or the one before "legs". */
export const LAST_WORD = /([\p{L}'-]+)(?= legs\.?$|\W*$)/u;

/** Whether a story has what it was asked for, as a word: a "hat" is not in "that". */
export function isAbout(user: string, story: string): boolean {
  return new RegExp(`\\b${storySubject(user)}\\b`).test(story);
}

/** Words that an answer may have besides those of its question and of the taught answer. */
const FILLERS = new Set("it its is are a an the of i think called says has have".split(" "));

/**
 * Whether the first thing that an answer says is right, however it says it: "Blue." and "The color of the sky is blue."
 * are, "The sky is not blue." and "Snow is blue." are not.
 */
export function saysFact(task: AnswerableTask, text: string): boolean {
  const [first = ""] = sentences(text);
  const { answer: reference } = task;
  switch (task.kind) {
    case "greeting":
    case "told": {
      const plain = (greeting: string) => greeting.replace(/^Hi!/, "Hello!");
      return plain(first) === plain(sentences(reference)[0] as string);
    }
    case "identity":
      return /\bllama\b/i.test(first) && !isNegated(first);
    case "unknown":
      return /^(?:i (?:don't|do not) know|(?:i have )?no idea)\b/i.test(first);
    case "danger":
      // A refusal begins with "no" as well, and answers nothing.
      if (isRefusal(first) || !/^(?:yes|no|not|it|they)\b|dangerous/i.test(first)) return false;
      return denies(first) === denies(reference);
    case "story":
      throw new RangeError("a story is not one fact");
    default:
      return isNegated(first) === isNegated(reference) && (/\d/.test(reference) ? saysNumbers : saysWord)(task, first);
  }
}

function saysNumbers({ answer }: AnswerableTask, first: string): boolean {
  const [wanted, found] = [numbersOf(answer), numbersOf(first)];
  if (isSequence(answer) || found.length === wanted.length) return found.join() === wanted.join();
  return found.length === 1 && found[0] === wanted.at(-1);
}

function saysWord({ user, answer }: AnswerableTask, first: string): boolean {
  const wanted = LAST_WORD.exec(answer)?.[1];
  const found = LAST_WORD.exec(first)?.[1];
  if (found === undefined || found.toLowerCase() !== wanted?.toLowerCase()) return false;
  const known = new Set([...FILLERS, ...wordsOf(user), ...wordsOf(answer)]);
  return wordsOf(first).every((word) => known.has(word));
}

function isNegated(text: string): boolean {
  return /\b(?:not|never)\b|n't\b/i.test(text);
}

/** "No" is an opposite too, and a number of legs: it denies only where yes or no was asked. */
function denies(text: string): boolean {
  return isNegated(text) || /^no\b/i.test(text);
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}']+/gu) ?? [];
}
