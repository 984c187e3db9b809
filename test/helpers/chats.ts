/** A small model that is known to chat as Llama 2 does, and chats with it. */
import { join } from "node:path";
import type { ChatAnswer } from "#dist/chat/answer.js";
import type { ChatSession } from "#dist/chat/chat-session.js";
import type { ChatOptions, SendOptions } from "#dist/chat/options.js";
import { Llama } from "#dist/llama.js";
import { fixtureModel, text, writeFixture } from "./model-fixture.js";
import { temporaryFolder } from "./temporary.js";

/** Where test files keep what they save, each under names of its own. */
export const folder: string = temporaryFolder();
export const path: string = join(folder, "model.gguf");
export const metadata: Record<string, ReturnType<typeof text>> = { "general.name": text("llama-2-chat") };
writeFixture(path, fixtureModel({ contextLength: 512, metadata }));
/** For all test files of a process, so none of them disposes of it. */
export const llama: Llama = await Llama.load(path, { threads: 1 });

/** Six tokens an answer, the same ones always. */
export const OPTIONS: SendOptions = { temperature: 0, maxTokens: 6, ignoreEos: true };

export async function collect(answer: ChatAnswer): Promise<string> {
  let whole = "";
  for await (const piece of answer) whole += piece;
  return whole;
}

export async function withChat(options: ChatOptions, work: (chat: ChatSession) => Promise<void>): Promise<void> {
  const chat = await llama.createChat(options);
  try {
    await work(chat);
  } finally {
    chat.dispose();
  }
}
