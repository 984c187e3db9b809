import type { ChatSession } from "#dist/chat/chat-session.js";
import { LlamaError } from "#dist/errors.js";
import type { GenerateOptions } from "#dist/generation/options.js";
import { Llama } from "#dist/llama.js";
import { Random } from "#dist/random.js";
import { type Taken, taken } from "./taken.js";

/** What a process takes after that many tokens. */
export interface TakenAfter extends Taken {
  readonly tokens: number;
  /** Answers that were begun; some were ended halfway, or by an error of whoever listened. */
  readonly answers: number;
}

const PROMPTS = ["Once upon a time", "The dog", "Tell me about a boy who", "One day, ", "漢字 and 😀"];
const SIDE_BY_SIDE = 4;

/**
 * Lets one model generate tokens as a long-lived program would: several answers at once, sessions and forks of them, a
 * conversation that outgrows its context, aborts, early ends and listeners that throw. Yields every `every` tokens.
 */
export async function* generateTokens(path: string, total: number, every: number): AsyncGenerator<TakenAfter> {
  const llama = await Llama.load(path, { threads: 2, contextSize: 256 });
  const random = new Random(5);
  let [tokens, answers] = [0, 0];
  const chat = await llama.createChat();
  try {
    for (let mark = every; tokens < total; mark += every) {
      while (tokens < mark) {
        const works = Array.from({ length: SIDE_BY_SIDE }, () => answer(llama, chat, random));
        answers += works.length;
        for (const count of await Promise.all(works)) tokens += count;
      }
      yield { tokens, answers, ...taken() };
    }
  } finally {
    chat.dispose();
    await llama.dispose();
  }
}

/** Any of the ways to have an answer, and to end it; the tokens that came of it. */
async function answer(llama: Llama, chat: ChatSession, random: Random): Promise<number> {
  const below = (end: number) => random.nextUint32() % end;
  const prompt = PROMPTS[below(PROMPTS.length)] as string;
  const way = below(6);
  const controller = new AbortController();
  const options: GenerateOptions = {
    seed: below(1000),
    maxTokens: 1 + below(100),
    signal: controller.signal,
    ...(below(4) === 0 && { speculation: "ngram" }),
  };
  if (way === 0) return forked(llama, prompt);
  const isTalk = way === 1 && !busy.has(chat);
  const generation = isTalk ? chat.send(prompt, options) : llama.generate(prompt, options);
  if (isTalk) busy.add(chat);
  const last = 1 + below(60);
  let pieces = 0;
  try {
    for await (const _ of generation) {
      if (++pieces !== last) continue;
      if (way === 2) controller.abort(new LlamaError("option", "enough"));
      if (way === 3) break;
      if (way === 4) throw new RangeError("the listener failed");
    }
  } catch (error) {
    if (!(error instanceof RangeError) && error !== controller.signal.reason) throw error;
  } finally {
    if (isTalk) busy.delete(chat);
  }
  return generation.tokens.length;
}

/** Conversations that answer: one at a time is all they do. */
const busy = new WeakSet<ChatSession>();

/** A session that is forked, and both go on; one is disposed of at work. */
async function forked(llama: Llama, prompt: string): Promise<number> {
  const session = llama.createSession();
  const ids = llama.tokenizer.encode(prompt);
  await session.evaluate(ids);
  const fork = await session.fork();
  const left = session.evaluate([5, 6, 7]).catch(() => undefined);
  session.dispose();
  await Promise.all([left, fork.evaluate([8, 9])]);
  fork.dispose();
  return ids.length + 5;
}
