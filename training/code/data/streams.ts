import { Random, splitMix64 } from "#dist/random.js";
import type { Tokenizer } from "#dist/tokenizer/tokenizer.js";
import { type Document, fillBatch } from "../../data/batch.js";
import type { BatchSource, Place, SourceContext, SourceName } from "../../data/source.js";
import { tokenizerOf } from "../../data/vocabulary.js";
import { writeProgram } from "../corpus/program.js";
import { INFILLING_RATE, plainDocument, writeDocument } from "./infilling.js";
import { type Instruction, promptOf, writeLongText, writePretrainingText } from "./texts.js";

/**
 * What is read: `pretraining` is code with gaps, `left to right` the same texts without, `long` are longer ones with
 * gaps, with a third of pretraining among them; the others are held out and have no gaps.
 */
export const CODE_STREAMS = ["pretraining", "left to right", "long", "held-out functions", "unseen pairs"] as const;
export type CodeStream = (typeof CODE_STREAMS)[number];

/**
 * What of the tuning rehearses pretraining. Code Llama has 6 % of code and 2 % of prose; with so little a model of this
 * size forgets how gaps are filled.
 */
const REHEARSAL = 0.5;

const GENERATORS: Readonly<Record<CodeStream | "instructions", number>> = {
  pretraining: 0,
  "left to right": 0,
  long: 1,
  instructions: 2,
  "held-out functions": 3,
  "unseen pairs": 4,
};

type Parameters = CodeStream | { readonly instructions: readonly Instruction[] };

export function openSource(parameters: unknown, { pieces, shape, shardTokens }: SourceContext): BatchSource {
  const tokenizer = tokenizerOf(pieces);
  const most = Math.min(shape.contextLength, shardTokens);
  return (place) => fillBatch(shardTokens, codeDocuments(parameters as Parameters, tokenizer, place, most));
}

export function codeSource(parameters: Parameters): SourceName {
  return { module: "code/data/streams.js", parameters };
}

/** A function that gives one document after the other; the same place gives the same ones. */
export function codeDocuments(
  stream: Parameters,
  tokenizer: Tokenizer,
  place: Place,
  mostTokens: number,
): () => Document {
  // Pretraining reads the same texts with gaps and without: gaps have a generator of their own.
  const texts = randomAt(place, GENERATORS[typeof stream === "string" ? stream : "instructions"]);
  const gaps = randomAt(place, 7);
  const write = () => {
    if (typeof stream !== "string") return tuningDocument(texts, tokenizer, stream.instructions, gaps);
    switch (stream) {
      case "pretraining":
        return writeDocument(gaps, tokenizer, writePretrainingText(texts), INFILLING_RATE);
      case "left to right":
        return plainDocument(tokenizer, writePretrainingText(texts));
      case "long":
        return writeDocument(
          gaps,
          tokenizer,
          texts.nextFloat() < 1 / 3 ? writePretrainingText(texts) : writeLongText(texts),
          INFILLING_RATE,
        );
      case "held-out functions":
      case "unseen pairs":
        return plainDocument(tokenizer, writeProgram(texts, stream));
    }
  };
  return () => {
    for (;;) {
      const document = write();
      if (document.ids.length <= mostTokens) return document;
    }
  };
}

/** Instructions, their answers learned, with some of the pretraining lest that be forgotten. */
function tuningDocument(
  random: Random,
  tokenizer: Tokenizer,
  instructions: readonly Instruction[],
  gaps: Random,
): Document {
  const found = instructions[Math.floor(random.nextFloat() * instructions.length)];
  if (found === undefined) throw new RangeError("there are no instructions to learn from");
  if (random.nextFloat() < REHEARSAL)
    return writeDocument(gaps, tokenizer, writePretrainingText(random), INFILLING_RATE);
  const prompt = tokenizer.encode(promptOf(found.question), { addBos: true });
  const answer = tokenizer.encode(` ${found.answer}`, { addBos: false });
  const ids = [...prompt, ...answer, tokenizer.eosId as number];
  return { ids, weights: ids.map((_, i) => (i < prompt.length ? 0 : 1)) };
}

function randomAt({ seed, step, shard }: Place, which: number): Random {
  const place = (BigInt(seed) << 40n) ^ (BigInt(step) << 8n) ^ BigInt(shard * 8 + which);
  return new Random(Number(splitMix64(place)() & 0xffffffffn));
}
