import type { Turn } from "./dialogue.js";
import { IGNORANCE } from "./knowledge.js";
import { checkStory } from "./story-checker.js";

/** Whether an answer to a question of the corpus is right: stories by {@link checkStory}, all others word for word. */
export function checkAnswer({ kind, user, answer: wanted }: Turn, answer: string): boolean {
  const found = answer.trim();
  if (kind === "story") {
    return found !== IGNORANCE && found.includes(storySubject(user)) && checkStory(found).consistent;
  }
  if (kind === "greeting") return GREETING_ANSWER.test(found);
  return found === wanted;
}

const GREETING_ANSWER = /(How can I help you\?|^You are welcome!|^Goodbye! Have a nice day!)$/;

/** What a story was asked to be about. */
export function storySubject(user: string): string {
  const [, subject = ""] = /story about (?:an? (?:girl named |boy named )?)?([\w ]+)/i.exec(user) ?? [];
  return subject.replace(/ please$/, "").trim();
}
