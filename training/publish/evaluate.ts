import type { Llama } from "#dist/llama.js";
import { Random } from "#dist/random.js";
import { checkAnswer } from "../corpus/answer-checker.js";
import { DIALOGUE_KINDS, type DialogueKind, isHeldOutTurn, type Turn, writeTurn } from "../corpus/dialogue.js";
import { checkStory } from "../corpus/story-checker.js";
import type { Batch } from "../data/batch.js";
import { documentsOf, type StreamName } from "../data/documents.js";
import { openSource } from "../data/source.js";
import { SHARDS } from "../network/shared-arrays.js";
import type { RunOptions } from "../run/run.js";

/** e^(mean negative log-likelihood) of some held-out documents, each on its own; dialogues by their answers. */
export async function documentPerplexity(llama: Llama, stream: StreamName, seed: number): Promise<number> {
  const next = documentsOf(stream, llama.tokenizer, { seed, step: 1_000_000, shard: 0 });
  const session = llama.createSession();
  let loss = 0;
  let count = 0;
  for (let i = 0; i < 100; i++) {
    const { ids, weights } = next();
    session.rewind(0);
    await session.evaluateEach(ids.slice(0, -1), (index, logits) => {
      if (weights[index + 1] === 0) return;
      loss -= logProbability(logits, ids[index + 1] as number);
      count++;
    });
  }
  session.dispose();
  return Math.exp(loss / count);
}

function logProbability(logits: Float32Array, id: number): number {
  const highest = logits.reduce((a, b) => Math.max(a, b));
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - highest), 0);
  return (logits[id] as number) - highest - Math.log(sum);
}

export interface StoryFigures {
  readonly count: number;
  /** Of the sampled stories: ended by EOS within 256 tokens, kept their character, and so on. */
  readonly ended: number;
  readonly consistent: number;
  readonly copies: number;
  readonly duplicates: number;
  /** Why stories failed, with how often. */
  readonly reasons: Readonly<Record<string, number>>;
  readonly samples: readonly string[];
}

/** Samples stories at the default settings, seeds 1 to `count`. */
export async function sampleStories(llama: Llama, count: number, learned: ReadonlySet<string>): Promise<StoryFigures> {
  const prompt = "Once upon a time";
  const stories: string[] = [];
  const reasons: Record<string, number> = {};
  let ended = 0;
  for (let seed = 1; seed <= count; seed++) {
    const generation = llama.generate(prompt, { seed, maxTokens: 256 });
    let text = prompt;
    for await (const piece of generation) text += piece;
    if (generation.finishReason === "stop") ended++;
    stories.push(text);
    const { consistent, reason = "" } = checkStory(text);
    const kind = reason.replace(/^[A-Z]\w+ /, "").replace(/:.*/, "");
    if (!consistent) reasons[kind] = (reasons[kind] ?? 0) + 1;
  }
  const failures = Object.values(reasons).reduce((sum, value) => sum + value, 0);
  return {
    count,
    ended,
    consistent: count - failures,
    copies: stories.filter((story) => learned.has(story)).length,
    duplicates: count - new Set(stories).size,
    reasons,
    samples: stories.slice(0, 3),
  };
}

/** Every story that a run has seen, by reading all its documents once more. */
export async function learnedStories(
  llama: Llama,
  { stages, seed, ...context }: Pick<RunOptions, "stages" | "seed" | "shardTokens" | "shape" | "pieces">,
): Promise<Set<string>> {
  const texts = new Set<string>();
  for (const { source, from, schedule } of stages) {
    const batchAt = await openSource(source, context);
    for (let step = from; step < from + schedule.steps; step++) {
      for (let shard = 0; shard < SHARDS; shard++) {
        for (const text of textsOf(batchAt({ seed, step, shard }), llama)) texts.add(text);
      }
    }
  }
  return texts;
}

function* textsOf({ ids, documents }: Batch, llama: Llama): Generator<string> {
  for (const { start, length } of documents) {
    yield llama.tokenizer.decode([...ids.subarray(start + 1, start + length)]).trimStart();
  }
}

export interface DialogueFigures {
  readonly right: number;
  readonly asked: number;
  readonly byKind: Readonly<Partial<Record<DialogueKind, string>>>;
  readonly mistakes: readonly { readonly user: string; readonly answer: string }[];
}

/** Asks held-out questions, as many of each kind that has any, at temperature 0. */
export async function askQuestions(llama: Llama, count: number, seed: number): Promise<DialogueFigures> {
  const turns = heldOutTurns(count, seed);
  const mistakes: { user: string; answer: string }[] = [];
  const tally = new Map<DialogueKind, [right: number, asked: number]>();
  for (const turn of turns) {
    const answer = await answerTo(llama, turn.user);
    const isRight = checkAnswer(turn, answer);
    if (!isRight) mistakes.push({ user: turn.user, answer });
    const [right, asked] = tally.get(turn.kind) ?? [0, 0];
    tally.set(turn.kind, [right + (isRight ? 1 : 0), asked + 1]);
  }
  const byKind = Object.fromEntries([...tally].map(([kind, [right, asked]]) => [kind, `${right}/${asked}`]));
  return { right: turns.length - mistakes.length, asked: turns.length, byKind, mistakes };
}

export function heldOutTurns(count: number, seed: number): Turn[] {
  const random = new Random(seed);
  const kinds = DIALOGUE_KINDS.filter((kind) => kind !== "greeting" && kind !== "identity");
  const turns = new Map<string, Turn>();
  for (let i = 0; turns.size < count; i++) {
    // A kind with few held-out questions gives its place to the next.
    const kind = kinds[i % kinds.length] as DialogueKind;
    const turn = Array.from({ length: 60 }, () => writeTurn(random, kind)).find(
      (candidate) => isHeldOutTurn(candidate) && !turns.has(candidate.user),
    );
    if (turn !== undefined) turns.set(turn.user, turn);
  }
  return [...turns.values()];
}

export async function answerTo(llama: Llama, question: string): Promise<string> {
  let text = "";
  for await (const piece of llama.generate(`[INST] ${question} [/INST]`, { temperature: 0, maxTokens: 256 })) {
    text += piece;
  }
  return text.trim();
}
