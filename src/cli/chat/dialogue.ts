import { existsSync } from "node:fs";
import { dirname } from "node:path";
import type { SendOptions } from "../../chat/options.js";
import { requireReplaceable } from "../../chat/saved/cache-file.js";
import { LlamaError } from "../../errors.js";
import { shownPath } from "../../files/failure.js";
import type { Judges } from "../best-of/judges.js";
import { scoreLines } from "../best-of/scores.js";
import { counted, tokensPerSecond } from "../show/amounts.js";
import { withoutControls } from "../show/plain-text.js";
import { contextUse, exchanges, said } from "./facts.js";
import type { Answer, Chat, LocalParts, Partner } from "./partner.js";
import type { Screen } from "./reading/screen.js";
import type { Settings } from "./settings.js";

/** Characters of a message that are shown when a conversation is resumed. */
const MAX_SHOWN = 2000;

/** What a dialogue consists of. */
export interface DialogueParts {
  readonly partner: Partner;
  readonly settings: Settings;
  readonly screen: Screen;
  /** Where the conversation is kept from turn to turn. */
  readonly sessionPath?: string | undefined;
  /** Who chooses among several answers; by default there is one. */
  readonly judges?: Judges | undefined;
  readonly showsScores?: boolean | undefined;
}

/** A chat and the person in it: what is said, in whatever way it was typed, and what is shown of the answers. */
export class Dialogue {
  readonly partner: Partner;
  readonly settings: Settings;
  readonly screen: Screen;
  readonly sessionPath: string | undefined;
  readonly #judges: Judges | undefined;
  readonly #showsScores: boolean;
  #isOver = false;
  #turn: AbortController | undefined;
  #draft: string | undefined;
  #isEditing = false;
  /** Answers to the last message after the first one: each takes the next seed. */
  #regenerated = 0;
  #hasToldOfDropped = false;

  constructor(parts: DialogueParts) {
    this.partner = parts.partner;
    this.settings = parts.settings;
    this.screen = parts.screen;
    this.sessionPath = parts.sessionPath;
    this.#judges = parts.judges;
    this.#showsScores = parts.showsScores === true;
  }

  get chat(): Chat {
    return this.partner.chat;
  }

  /**
   * What only a model on this machine has.
   * @throws LlamaError `option` where a server answers
   */
  get local(): LocalParts {
    const { local } = this.partner;
    if (local !== undefined) return local;
    throw new LlamaError(
      "option",
      "A server tells neither its template nor its context; /show model says who answers.",
    );
  }

  /** Whether the person has left. */
  get isOver(): boolean {
    return this.#isOver;
  }

  leave(): void {
    this.#isOver = true;
  }

  /** Ends the answer that is under way, and keeps what came of it. */
  stop(): void {
    this.#turn?.abort();
  }

  /**
   * Sends a message, or puts it in the place of the one that is edited.
   * @throws LlamaError what went wrong; the conversation is as it was
   */
  async say(text: string): Promise<void> {
    const isEdit = this.#isEditing;
    this.#isEditing = false;
    if (text.trim() === "") return;
    await (isEdit ? this.edit(text) : this.send(text));
  }

  async send(text: string): Promise<Answer> {
    this.#regenerated = 0;
    return this.#answer((options) => this.chat.send(text, options));
  }

  async edit(text: string): Promise<Answer> {
    this.#regenerated = 0;
    return this.#answer((options) => this.chat.edit(text, options));
  }

  async regenerate(): Promise<Answer> {
    this.#regenerated++;
    const seed = this.settings.seed;
    const next = seed === undefined ? -1 : (seed + this.#regenerated) % 2 ** 32;
    return this.#answer((options) => this.chat.regenerate({ ...options, seed: next }));
  }

  /** Gives the last message to the line editor; the next message takes its place. */
  beginEdit(text: string): void {
    this.#isEditing = true;
    // A slash in front would make it a command.
    const shown = withoutControls(text);
    this.#draft = shown.startsWith("/") && !shown.includes("\n") ? `/${shown}` : shown;
  }

  cancelEdit(): void {
    this.#isEditing = false;
  }

  /** The text that the next line begins with, once. */
  takeDraft(): string {
    const draft = this.#draft ?? "";
    this.#draft = undefined;
    return draft;
  }

  /** Another conversation has begun. */
  begun(): void {
    this.#regenerated = 0;
    this.#hasToldOfDropped = false;
  }

  /** Shows an answer as it comes. */
  async #answer(start: (options: SendOptions) => Answer): Promise<Answer> {
    const { screen, settings } = this;
    const turn = new AbortController();
    const onPromptProgress = (done: number) => waiting.progress(done);
    const onSampled = (sampled: number, k: number) => waiting.say(`${sampled}/${k} sampled`);
    const choice = this.#judges === undefined ? {} : { bestOf: { ...this.#judges, onSampled } };
    const answer = start({ ...settings.sendOptions, ...choice, signal: turn.signal, onPromptProgress });
    const view = screen.answer(settings.switches.wordwrap);
    const waiting = screen.waiting("Reading the prompt");
    this.#turn = turn;
    try {
      for await (const text of answer) {
        waiting.stop();
        view.push(text);
      }
    } finally {
      this.#turn = undefined;
      waiting.stop();
      if (answer.text !== "" || answer.finishReason !== undefined) view.end();
    }
    if (screen.showsAnswers) this.#tellOf(answer);
    if (this.#showsScores) for (const line of scoreLines(answer.candidates ?? [])) screen.note(line);
    await this.keep();
    return answer;
  }

  #tellOf({ finishReason, droppedExchanges, text, stats, promptTokens, tokens }: Answer): void {
    const { screen, settings } = this;
    if (droppedExchanges > 0 && !this.#hasToldOfDropped) {
      this.#hasToldOfDropped = true;
      const what = droppedExchanges === 1 ? "the oldest exchange is" : `the ${droppedExchanges} oldest exchanges are`;
      screen.note(`(context full: ${what} no longer sent; more will be dropped as needed)`);
    }
    if (finishReason === "context") screen.note("(context full: the answer ends here)");
    if (finishReason === "length") screen.note(`(stopped after ${counted(tokens.length, "token")}: n-predict)`);
    if (finishReason === "abort") screen.note(text === "" ? "(stopped before the answer began)" : "(stopped)");
    if (!settings.switches.stats) return;
    const prompt = `prompt ${counted(promptTokens.length, "token")}, ${tokensPerSecond(stats.promptPerSecond)}`;
    const answer = `answer ${counted(tokens.length, "token")}, ${tokensPerSecond(stats.tokensPerSecond)}`;
    const chat = this.partner.local?.chat;
    const context = chat === undefined ? [] : [`context ${contextUse(chat.position, chat.contextSize)}`];
    screen.note([prompt, answer, ...context].join(" · "));
  }

  /** Keeps the words of the conversation where it is to be kept; the KV cache follows when the chat ends. */
  async keep(): Promise<void> {
    if (this.sessionPath !== undefined) await this.chat.save(this.sessionPath, { cache: false });
  }

  /** Brings back the conversation that is kept, if there is one. */
  async resume(): Promise<void> {
    const { sessionPath, chat } = this;
    if (sessionPath === undefined) return;
    // Both are said now, not when there is an answer to lose.
    requireReplaceable(`${sessionPath}.kv`);
    try {
      await this.load(sessionPath);
    } catch (error) {
      if (!(error instanceof LlamaError) || error.code !== "not-found") throw error;
      if (existsSync(dirname(sessionPath))) return;
      throw new LlamaError(
        "unwritable",
        `There is no folder ${shownPath(dirname(sessionPath))} to keep the session in; create it, or choose another.`,
      );
    }
    if (chat.messages.length === 0) return;
    this.screen.note(`Resuming ${shownPath(sessionPath)} (${exchanges(chat)}).`);
    if (this.screen.isInteractive && !this.screen.terminal.isQuiet) this.#showLastExchange();
  }

  /** What was said last, so that the person knows where the conversation stands. */
  #showLastExchange(): void {
    const { chat, screen } = this;
    const question = chat.messages.findLastIndex(({ role }) => role === "user");
    for (const message of chat.messages.slice(question)) {
      const { role } = message;
      const text = withoutControls(said(message)).trim();
      const shown = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)} …` : text;
      if (role === "user") screen.note(`\n> ${shown}`);
      else screen.say(shown);
    }
  }

  /** Ends with the conversation and its KV cache where they are to be kept. */
  async close(): Promise<void> {
    if (this.sessionPath !== undefined && this.chat.messages.length > 0) await this.save(this.sessionPath);
  }

  async save(path: string): Promise<void> {
    await this.screen.during("Saving the conversation", () => this.chat.save(path));
  }

  async load(path: string): Promise<void> {
    const loaded = await this.screen.during("Loading the conversation", () => this.chat.load(path));
    this.begun();
    if (loaded.reason === undefined) return;
    this.screen.note(`(${loaded.reason}; re-reading the conversation)`);
  }
}
