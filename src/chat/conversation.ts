import { type ChatMessage, type ChatToolCall, checkMessages, wellFormed } from "./message.js";

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

  /** Every message of the user, the assistant and its tools, those too that no longer fit into the context. */
  get turns(): readonly ChatMessage[] {
    return this.#turns;
  }

  /** Exchanges at the beginning that are left out of the prompt. */
  get dropped(): number {
    return this.#dropped;
  }

  set dropped(count: number) {
    // Where that leaves nothing, what there is has shrunk, and may fit again.
    this.#dropped = count < this.#starts.length ? count : 0;
  }

  /** Exchanges that could be left out of the prompt: all but the last one. */
  get droppable(): number {
    return Math.max(0, this.#starts.length - 1);
  }

  /** What the prompt holds, without `dropped` exchanges: the system prompt first. */
  prompt(dropped: number = this.#dropped): ChatMessage[] {
    const turns = this.#turns.slice(this.#starts[dropped] ?? this.#turns.length);
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

  /** Whether the assistant's turn is next. */
  get awaitsAnswer(): boolean {
    const role = this.#turns.at(-1)?.role;
    return role === "user" || role === "tool";
  }

  /** Functions that the assistant calls, with what it says besides, and what they gave, in order. */
  call(content: string, toolCalls: readonly ChatToolCall[], results: readonly string[]): void {
    const answers = toolCalls.map(
      ({ id }, i): ChatMessage => ({ role: "tool", content: wellFormed(results[i] ?? ""), toolCallId: id }),
    );
    this.#turns = [...this.#turns, { role: "assistant", content: wellFormed(content), toolCalls }, ...answers];
  }

  /** How many functions were called. */
  get calls(): number {
    return this.#turns.reduce((sum, { toolCalls = [] }) => sum + toolCalls.length, 0);
  }

  /** Takes the last answer back, with all its calls, if there is one. */
  dropAnswer(): void {
    const start = this.#starts.at(-1);
    if (start !== undefined) this.#turns = this.#turns.slice(0, start + 1);
  }

  /** Takes the last exchange back, and returns what the user said. */
  undo(): string | undefined {
    const question = this.lastQuestion;
    this.#turns = this.#turns.slice(0, this.#starts.at(-1) ?? 0);
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

  /** Where each exchange begins: the user's messages. */
  get #starts(): readonly number[] {
    return this.#turns.flatMap(({ role }, index) => (role === "user" ? [index] : []));
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
