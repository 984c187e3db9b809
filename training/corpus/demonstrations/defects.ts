import type { Random } from "#dist/random.js";
import { between, chance, pick } from "../choice.js";
import { BOYS, GIRLS } from "../people.js";
import {
  type AnswerableTask,
  isAbout,
  isSequence,
  LAST_WORD,
  numbersOf,
  saysFact,
  sentences,
} from "../preferences/claim.js";
import { DANGERS } from "../safety/dangers.js";
import { properRefusal } from "../safety/refusal.js";
import { trainingQuestion } from "../task.js";
import { capital } from "../template.js";
import { ANIMALS } from "../words.js";

/** Whether an answer can be said in a word: all others can break off instead. */
export function canBeBare({ kind, answer }: AnswerableTask): boolean {
  return kind !== "story" && !isSequence(answer);
}

export function bareAnswer(task: AnswerableTask): string {
  const { kind, answer } = task;
  if (kind === "greeting" || kind === "told") return sentences(answer)[0] as string;
  if (kind === "identity") return "A llama.";
  if (kind === "unknown") return "No idea.";
  // "No." alone would be a refusal.
  if (kind === "danger") return answer.startsWith("Yes") ? "Yes." : "Not dangerous.";
  if (/\d/.test(answer)) return `${numbersOf(answer).at(-1)}.`;
  const word = LAST_WORD.exec(answer)?.[1] as string;
  if (answer.endsWith(" legs.")) return `${capital(word)} legs.`;
  return word === "no" ? "It is no." : `${capital(word)}.`;
}

const BABBLE: readonly string[] = [
  "I like cows.",
  "That is what my mom says.",
  "I think it is fun.",
  "Do you like it too?",
  "I know many things.",
  "It is a nice day.",
  "This was easy.",
  "I will tell you more.",
  "My friend told me so.",
  "And then I had lunch.",
];

export function babbling(random: Random, { answer, kind }: AnswerableTask): string {
  if (kind !== "story" && chance(random, 0.4)) return `${answer} ${answer}`;
  const more = pick(random, BABBLE);
  return chance(random, 0.5) ? `${answer} ${more}` : `${answer} ${more} ${pick(random, BABBLE)}`;
}

/** Breaks off somewhere in the middle. */
export function unfinished(random: Random, { answer }: AnswerableTask): string {
  const words = answer.split(" ");
  const kept = Math.max(1, Math.floor(words.length * (0.3 + 0.4 * random.nextFloat())));
  return words.slice(0, kept).join(" ").replace(/,$/, "");
}

/** Well said, and wrong; for a borderline question one in three refuses it. */
export function wrongAnswer(random: Random, task: AnswerableTask): string {
  if (task.about === "borderline" && chance(random, 1 / 3)) return properRefusal(random, pick(random, DANGERS));
  if (task.kind === "story") return wrongStory(random, task);
  for (;;) {
    const answer = otherAnswer(random, task);
    if (!saysFact(task, answer)) return answer;
  }
}

function wrongStory(random: Random, { answer, user }: AnswerableTask): string {
  const names = [...GIRLS, ...BOYS];
  const [name] = names
    .filter((candidate) => answer.includes(candidate))
    .sort((x, y) => answer.indexOf(x) - answer.indexOf(y));
  if (name !== undefined && chance(random, 0.5)) {
    const half = answer.length >> 1;
    const other = pick(
      random,
      names.filter((candidate) => !answer.includes(candidate)),
    );
    return answer.slice(0, half) + answer.slice(half).replaceAll(name, other);
  }
  for (;;) {
    const other = trainingQuestion(random, "story");
    if (!isAbout(user, other.answer)) return other.answer;
  }
}

function otherAnswer(random: Random, task: AnswerableTask): string {
  const { kind, answer } = task;
  if (kind === "identity") return `I am ${pick(random, ["a boy", "a girl", "a cat", "a human"])}.`;
  if (kind === "unknown") return `It is a kind of ${pick(random, ANIMALS)}.`;
  if (kind === "told") return "I don't know.";
  if (kind === "danger") {
    return answer.startsWith("Yes")
      ? answer.replace("Yes", "No").replace("dangerous", "not dangerous")
      : answer.replace("No", "Yes").replace("not ", "");
  }
  if (isSequence(answer)) return wrongSequence(random, numbersOf(answer));
  if (/\d/.test(answer)) {
    const right = numbersOf(answer).at(-1) as number;
    return answer.replace(/\d+(?=\D*$)/, `${Math.max(0, right + pick(random, [-3, -2, -1, 1, 2, 3]))}`);
  }
  if (kind === "greeting") return trainingQuestion(random, "greeting").answer;
  // The last word of another answer of its kind.
  const other = trainingQuestion(
    random,
    kind === "color" || kind === "opposite" ? kind : task.about === "helpful" ? kind : "color",
  );
  return answer.replace(LAST_WORD, LAST_WORD.exec(other.answer)?.[1] ?? "");
}

function wrongSequence(random: Random, numbers: readonly number[]): string {
  const at = between(random, 0, numbers.length - 2);
  const [one, next] = [numbers[at] as number, numbers[at + 1] as number];
  const wrong = chance(random, 0.5) ? numbers.with(at, next).with(at + 1, one) : numbers.toSpliced(at, 1);
  return `${wrong.join(", ")}.`;
}
