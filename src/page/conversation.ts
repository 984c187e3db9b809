import { isObject } from "../json-object.js";

/** One answer of the model to what stands before it. */
export interface Answer {
  text: string;
  /** Tokens and tokens a second, once it has ended. */
  stats?: AnswerStats | undefined;
  /** Why there is no more of it, where that was not its own end. */
  note?: string | undefined;
}

export interface AnswerStats {
  readonly tokens: number;
  readonly tokensPerSecond: number;
  readonly millisecondsToFirst: number;
}

/** A message of the person, with every answer that was asked for and the one that is shown. */
export interface Turn {
  question: string;
  answers: Answer[];
  shown: number;
}

/** A conversation as it is kept in the browser. */
export interface Conversation {
  readonly id: string;
  title: string;
  /** Milliseconds since 1970 of the last change. */
  changed: number;
  turns: Turn[];
}

export interface ChatMessage {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

export function newConversation(now: number): Conversation {
  return { id: crypto.randomUUID(), title: "", changed: now, turns: [] };
}

/** A title from the first words that were said. */
export function titleOf(question: string): string {
  const line = question.trim().split("\n", 1)[0]?.replace(/\s+/g, " ") ?? "";
  return line.length <= 48 ? line : `${line.slice(0, 47).replace(/\s+\S*$/, "")}…`;
}

/**
 * What the model is to answer: the conversation as it is shown, up to the last turn's question.
 * @param system instructions, or "" for none
 */
export function messagesOf(conversation: Conversation, system: string): ChatMessage[] {
  const messages: ChatMessage[] = system.trim() === "" ? [] : [{ role: "system", content: system }];
  conversation.turns.forEach(({ question, answers, shown }, index) => {
    messages.push({ role: "user", content: question });
    const isLast = index === conversation.turns.length - 1;
    const answer = answers[shown]?.text ?? "";
    if (!isLast && answer !== "") messages.push({ role: "assistant", content: answer });
  });
  return messages;
}

/**
 * A conversation that was read from a file or an older version of this page.
 * @returns undefined where it is none
 */
export function readConversation(value: unknown): Conversation | undefined {
  if (!isObject(value) || !Array.isArray(value["turns"]) || typeof value["id"] !== "string") return undefined;
  const turns: Turn[] = [];
  for (const turn of value["turns"] as unknown[]) {
    if (!isObject(turn) || typeof turn["question"] !== "string" || !Array.isArray(turn["answers"])) return undefined;
    const answers = (turn["answers"] as unknown[]).filter(isObject).map(readAnswer);
    const shown = typeof turn["shown"] === "number" ? turn["shown"] : answers.length - 1;
    turns.push({ question: turn["question"], answers, shown: Math.max(0, Math.min(shown, answers.length - 1)) });
  }
  const title = typeof value["title"] === "string" ? value["title"] : "";
  const changed = typeof value["changed"] === "number" ? value["changed"] : 0;
  return { id: value["id"], title, changed, turns };
}

function readAnswer(value: Record<string, unknown>): Answer {
  const answer: Answer = { text: typeof value["text"] === "string" ? value["text"] : "" };
  if (typeof value["note"] === "string") answer.note = value["note"];
  const stats = value["stats"];
  if (isObject(stats) && typeof stats["tokens"] === "number" && typeof stats["tokensPerSecond"] === "number") {
    const first = stats["millisecondsToFirst"];
    answer.stats = {
      tokens: stats["tokens"],
      tokensPerSecond: stats["tokensPerSecond"],
      millisecondsToFirst: typeof first === "number" ? first : 0,
    };
  }
  return answer;
}
