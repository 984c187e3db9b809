import { Conversation } from "../../chat/conversation.js";
import type { ChatMessage } from "../../chat/message.js";
import type { LoadedChat, SendOptions } from "../../chat/options.js";
import { readTranscript, writeTranscript } from "../../chat/saved/transcript.js";
import { LlamaError } from "../../errors.js";
import type { Chat } from "../chat/partner.js";
import type { Endpoint } from "./address.js";
import { RemoteAnswer } from "./answer.js";

/** A conversation with a server. What was said is kept here, and sent whole with each message. */
export class RemoteChat implements Chat {
  readonly warning = undefined;
  readonly #endpoint: Endpoint;
  readonly #model: string;
  readonly #conversation: Conversation;

  constructor(endpoint: Endpoint, model: string, system: string | undefined) {
    this.#endpoint = endpoint;
    this.#model = model;
    this.#conversation = new Conversation(system, []);
  }

  get messages(): readonly ChatMessage[] {
    return this.#conversation.turns;
  }

  get system(): string | undefined {
    return this.#conversation.system;
  }

  setSystem(text: string | undefined): void {
    this.#conversation.system = text;
  }

  send(text: string, options: SendOptions): RemoteAnswer {
    return this.#answer(options, () => {
      if (this.#conversation.awaitsAnswer) this.#conversation.answer("");
      this.#conversation.ask(text);
    });
  }

  regenerate(options: SendOptions): RemoteAnswer {
    if (this.#conversation.lastQuestion === undefined) {
      throw new LlamaError("option", "There is no message to answer yet; send one first.");
    }
    return this.#answer(options, () => this.#conversation.dropAnswer());
  }

  edit(text: string, options: SendOptions): RemoteAnswer {
    return this.#answer(options, () => {
      this.#conversation.undo();
      this.#conversation.ask(text);
    });
  }

  undo(): string | undefined {
    return this.#conversation.undo();
  }

  clear(): void {
    this.#conversation.clear();
  }

  async save(path: string): Promise<void> {
    const { system, turns: messages } = this.#conversation;
    writeTranscript(path, { system, messages, droppedExchanges: 0 });
  }

  async load(path: string): Promise<LoadedChat> {
    const { system, messages } = readTranscript(path);
    this.#conversation.replace(system, messages, 0);
    return { restored: "transcript" };
  }

  dispose(): void {
    // There is nothing here to give back.
  }

  #answer(options: SendOptions, change: () => void): RemoteAnswer {
    const restore = this.#conversation.memento();
    change();
    const messages = this.#conversation.prompt(0).map(({ role, content }) => ({ role, content }));
    const keep = (answer: RemoteAnswer, hasFailed: boolean) => {
      if (hasFailed) restore();
      else this.#conversation.answer(answer.text);
    };
    return new RemoteAnswer({ endpoint: this.#endpoint, model: this.#model, messages }, options, keep);
  }
}
