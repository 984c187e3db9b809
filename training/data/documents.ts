import { Random, splitMix64 } from "#dist/random.js";
import type { Tokenizer } from "#dist/tokenizer/tokenizer.js";
import { type Dialogue, isHeldOut, writeDialogue } from "../corpus/dialogue.js";
import { writeStory } from "../corpus/story.js";
import { type Document, fillBatch } from "./batch.js";
import type { BatchSource, Place, SourceContext, SourceName } from "./source.js";
import { answeredIds, promptOf } from "./turn.js";
import { tokenizerOf } from "./vocabulary.js";

/**
 * What is read: `pretraining` is stories with dialogues among them, every token learned; `tuning` is dialogues,
 * their answers learned, with stories among them lest those be forgotten. The others are held out.
 */
export const STREAM_NAMES = ["pretraining", "tuning", "held-out stories", "held-out dialogues"] as const;
export type StreamName = (typeof STREAM_NAMES)[number];

/** Documents longer than this are left out: the answer to a prompt should fit behind them. */
const LONGEST = 320;
const DIALOGUES_IN_PRETRAINING = 0.35;
const STORIES_IN_TUNING = 0.3;

/** The source of a stream's name: batches are filled with its documents, one after the other. */
export function openSource(parameters: unknown, { pieces, shardTokens }: SourceContext): BatchSource {
  const stream = STREAM_NAMES.find((name) => name === parameters);
  if (stream === undefined) throw new RangeError(`there is no stream ${JSON.stringify(parameters)}`);
  const tokenizer = tokenizerOf(pieces);
  return (place) => fillBatch(shardTokens, documentsOf(stream, tokenizer, place));
}

export function streamNamed(stream: StreamName): SourceName {
  return { module: "data/documents.js", parameters: stream };
}

/** A function that gives one document after the other. */
export function documentsOf(stream: StreamName, tokenizer: Tokenizer, place: Place): () => Document {
  const random = randomAt(stream, place);
  const write: Record<StreamName, () => Document> = {
    pretraining: () =>
      random.nextFloat() < DIALOGUES_IN_PRETRAINING
        ? dialogueDocument(tokenizer, trainingDialogue(random), 1)
        : storyDocument(tokenizer, writeStory(random).text),
    tuning: () =>
      random.nextFloat() < STORIES_IN_TUNING
        ? storyDocument(tokenizer, writeStory(random).text)
        : dialogueDocument(tokenizer, trainingDialogue(random), 0),
    "held-out stories": () => storyDocument(tokenizer, writeStory(random).text),
    "held-out dialogues": () => dialogueDocument(tokenizer, heldOutDialogue(random), 0),
  };
  return () => {
    for (;;) {
      const document = write[stream]();
      if (document.ids.length <= LONGEST) return document;
    }
  };
}

/** The generator of a place of a stream; streams never share one. */
export function randomAt(stream: StreamName, { seed, step, shard }: Place): Random {
  const place = (BigInt(seed) << 40n) ^ (BigInt(step) << 8n) ^ BigInt(shard * 8 + STREAM_NAMES.indexOf(stream));
  return new Random(Number(splitMix64(place)() & 0xffffffffn));
}

export function trainingDialogue(random: Random): Dialogue {
  for (;;) {
    const dialogue = writeDialogue(random);
    if (!isHeldOut(dialogue)) return dialogue;
  }
}

export function heldOutDialogue(random: Random): Dialogue {
  for (;;) {
    const dialogue = writeDialogue(random);
    if (isHeldOut(dialogue)) return dialogue;
  }
}

/** A story, every token learned. */
export function storyDocument(tokenizer: Tokenizer, text: string): Document {
  const ids = [...tokenizer.encode(text, { addBos: true }), tokenizer.eosId as number];
  return { ids, weights: ids.map(() => 1) };
}

/**
 * Turns, each with BOS.
 * @param promptWeight of the user's part; answers count 1
 */
function dialogueDocument(tokenizer: Tokenizer, { turns }: Dialogue, promptWeight: number): Document {
  const ids: number[] = [];
  const weights: number[] = [];
  for (const { user, answer } of turns) {
    const prompt = promptOf(tokenizer, user);
    const turn = answeredIds(tokenizer, user, answer);
    ids.push(...turn);
    weights.push(...turn.map((_, i) => (i < prompt.length ? promptWeight : 1)));
  }
  return { ids, weights };
}
