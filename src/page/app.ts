import { RequestError, streamAnswer } from "./client.js";
import { type Answer, type Conversation, messagesOf, newConversation, type Turn, titleOf } from "./conversation.js";
import { readSettings, type Settings } from "./settings.js";
import type { Store } from "./store.js";

/** What the views are told. */
export interface AppEvents {
  /** Another conversation is shown, or its turns are others. */
  onThread(): void;
  /** The last answer of the turn that is answered grew. */
  onAnswer(): void;
  /** The list of conversations changed. */
  onList(): void;
  /** An answer is under way, or no longer. */
  onRunning(): void;
  onProblem(sentence: string): void;
}

const SETTINGS_KEY = "llama2-settings";

/** The page's state, and everything that changes it. */
export class App {
  readonly #store: Store | undefined;
  readonly #events: AppEvents;
  #running: AbortController | undefined;
  conversations: Conversation[] = [];
  current: Conversation = newConversation(Date.now());
  /** The turn whose answer is under way. */
  answering: Turn | undefined;
  settings: Settings = readSettings(localStorage.getItem(SETTINGS_KEY));

  /** @param store undefined where the browser keeps nothing: what is said lasts as long as the page */
  constructor(store: Store | undefined, events: AppEvents) {
    this.#store = store;
    this.#events = events;
    store?.onChange(() => void this.#reload());
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  async start(): Promise<void> {
    this.conversations = (await this.#store?.all()) ?? [];
    this.#events.onList();
    this.#events.onThread();
  }

  saveSettings(settings: Settings): void {
    this.settings = settings;
    localStorage.setItem(SETTINGS_KEY, JSON.stringify(settings));
  }

  open(conversation: Conversation): void {
    this.stop();
    this.current = conversation;
    this.#events.onThread();
    this.#events.onList();
  }

  /** A new conversation; the one that has no turns yet is new already. */
  begin(): void {
    if (this.current.turns.length > 0) this.open(newConversation(Date.now()));
  }

  async remove(conversation: Conversation): Promise<void> {
    if (conversation === this.current) this.open(newConversation(Date.now()));
    this.conversations = this.conversations.filter((kept) => kept !== conversation);
    this.#events.onList();
    await this.#kept(this.#store?.remove(conversation.id));
  }

  /** A copy of the conversation up to a turn, in which its question can be asked in other words. */
  branch(turn: Turn): void {
    const turns = this.current.turns.slice(0, this.current.turns.indexOf(turn));
    const branch = newConversation(Date.now());
    branch.turns = structuredClone(turns);
    branch.title = turns.length > 0 ? this.current.title : "";
    this.open(branch);
  }

  async send(question: string): Promise<void> {
    if (this.isRunning || question.trim() === "") return;
    const { current } = this;
    if (current.title === "") current.title = titleOf(question);
    if (!this.conversations.includes(current)) this.conversations.unshift(current);
    current.turns.push({ question, answers: [], shown: 0 });
    await this.#answer(current);
  }

  /** Another answer to the last question; those that were given stay. */
  async regenerate(): Promise<void> {
    if (!this.isRunning && this.current.turns.length > 0) await this.#answer(this.current);
  }

  show(turn: Turn, index: number): void {
    turn.shown = Math.max(0, Math.min(index, turn.answers.length - 1));
    this.#events.onThread();
    void this.#save(this.current);
  }

  stop(): void {
    this.#running?.abort();
  }

  async #answer(conversation: Conversation): Promise<void> {
    const turn = conversation.turns.at(-1);
    if (turn === undefined) return;
    const controller = new AbortController();
    this.#running = controller;
    this.answering = turn;
    const answer: Answer = { text: "" };
    turn.answers.push(answer);
    turn.shown = turn.answers.length - 1;
    this.#events.onThread();
    this.#events.onRunning();
    // What was asked is kept even if the page is closed before it is answered.
    await this.#save(conversation);
    try {
      await this.#fill(answer, messagesOf(conversation, this.settings.system), controller.signal);
    } catch (error) {
      answer.note = controller.signal.aborted
        ? "Stopped."
        : error instanceof RequestError
          ? error.message
          : String(error);
    } finally {
      this.#running = undefined;
      this.answering = undefined;
    }
    conversation.changed = Date.now();
    this.conversations.sort((a, b) => b.changed - a.changed);
    await this.#save(conversation);
    this.#events.onThread();
    this.#events.onList();
    this.#events.onRunning();
  }

  async #fill(answer: Answer, messages: ReturnType<typeof messagesOf>, signal: AbortSignal): Promise<void> {
    const start = performance.now();
    let millisecondsToFirst = 0;
    for await (const { text, tokens, tokensPerSecond = 0, finishReason } of streamAnswer(
      messages,
      this.settings,
      signal,
    )) {
      if (text !== "" && answer.text === "") millisecondsToFirst = performance.now() - start;
      answer.text += text;
      if (finishReason === "length") answer.note = "The answer was cut off: it reached its longest length.";
      if (tokens !== undefined) answer.stats = { tokens, tokensPerSecond, millisecondsToFirst };
      this.#events.onAnswer();
    }
  }

  #save(conversation: Conversation): Promise<void> {
    return this.#kept(this.#store?.save(conversation));
  }

  async #kept(work: Promise<void> | undefined): Promise<void> {
    try {
      await work;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#events.onProblem(`The browser did not keep this conversation: ${reason}`);
    }
  }

  /** Another page changed something; the conversation that is open here stays as it is. */
  async #reload(): Promise<void> {
    const kept = (await this.#store?.all()) ?? [];
    this.conversations = kept.map((conversation) =>
      conversation.id === this.current.id ? this.current : conversation,
    );
    this.#events.onList();
  }
}
