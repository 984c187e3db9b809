import { type ChatMessage, checkMessages, wellFormed } from "./message.js";

/** What was said, and how much of it the prompt still holds. */
export class Conversation {
  #system: string | undefined;
  #turns: readonly ChatMessage[] = [];
  #dropped = 0;

  /** @throws LlamaError `option` where the messages are no conversation */
  constructor(system: string | undefined, messages: readonly ChatMessage[]) {
    const checked = checkMessages(messages, "The messages");
    const [first] = checked;
    const hasSystem = first?.role === "system";
    this.system = system ?? (hasSystem ? first.content : undefined);
    this.#turns = hasSystem ? checked.slice(1) : checked;
  }

  get system(): string | undefined {
    return this.#system;
  }

  /** An empty system prompt is none. */
  set system(text: string | undefined) {
    this.#system = text === undefined || text === "" ? undefined : wellFormed(text);
  }

  /** Every message of the user and the assistant, those too that no longer fit into the context. */
  get turns(): readonly ChatMessage[] {
    return this.#turns;
  }

  /** Exchanges at the beginning that are left out of the prompt. */
  get dropped(): number {
    return this.#dropped;
  }

  set dropped(count: number) {
    // Where that leaves nothing, what there is has shrunk, and may fit again.
    this.#dropped = 2 * count < this.#turns.length ? count : 0;
  }

  /** Exchanges that could be left out of the prompt: all but the last one. */
  get droppable(): number {
    return Math.max(0, Math.ceil(this.#turns.length / 2) - 1);
  }

  /** What the prompt holds, without `dropped` exchanges: the system prompt first. */
  prompt(dropped: number = this.#dropped): ChatMessage[] {
    const turns = this.#turns.slice(2 * dropped);
    return this.#system === undefined ? turns : [{ role: "system", content: this.#system }, ...turns];
  }

  /** The user's last message. */
  get lastQuestion(): string | undefined {
    return this.#turns.findLast(({ role }) => role === "user")?.content;
  }

  ask(content: string): void {
    this.#turns = [...this.#turns, { role: "user", content: wellFormed(content) }];
  }

  answer(content: string): void {
    this.#turns = [...this.#turns, { role: "assistant", content: wellFormed(content) }];
  }

  /** Takes the last answer back, if there is one. */
  dropAnswer(): void {
    if (this.#turns.at(-1)?.role === "assistant") this.#turns = this.#turns.slice(0, -1);
  }

  /** Takes the last exchange back, and returns what the user said. */
  undo(): string | undefined {
    const question = this.lastQuestion;
    this.dropAnswer();
    this.#turns = this.#turns.slice(0, -1);
    this.dropped = this.#dropped;
    return question;
  }

  clear(): void {
    this.#turns = [];
    this.#dropped = 0;
  }

  /** Puts another conversation in the place of this one; its messages have been checked. */
  replace(system: string | undefined, turns: readonly ChatMessage[], dropped: number): void {
    this.system = system;
    this.#turns = turns;
    this.dropped = dropped;
  }

  /** Brings back what there was when this was called. */
  memento(): () => void {
    const [turns, dropped] = [this.#turns, this.#dropped];
    return () => {
      this.#turns = turns;
      this.#dropped = dropped;
    };
  }
}
