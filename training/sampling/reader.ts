import { Batch } from "../data/batch.js";
import type { Network } from "../network/network.js";
import type { NetworkOutput } from "../network/output.js";

/** A text that is read: what is asked of it is asked of the ids from `from` on. */
export interface Text {
  readonly ids: readonly number[];
  readonly from: number;
}

/**
 * What is asked of texts: `scores`, the scalar of the last token; `values`, the scalar before each id from `from` on;
 * `logProbabilities` of these ids; `distributions`, log softmax of the whole vocabulary before each of them.
 */
export type Question = "scores" | "values" | "logProbabilities" | "distributions";

/**
 * Answers a question of each text, as many at a time as fit into `capacity` tokens: a text's answer does not depend,
 * by a bit, on what stands beside it.
 */
export function readTexts(
  network: Network,
  capacity: number,
  question: Question,
  texts: readonly Text[],
): Float32Array[] {
  const answers: Float32Array[] = [];
  for (let next = 0; next < texts.length; ) {
    const batch = new Batch(capacity);
    const first = next;
    while (next < texts.length && add(batch, question, texts[next] as Text)) next++;
    if (next === first) throw new RangeError(`a text of ${texts[next]?.ids.length} tokens is longer than ${capacity}`);
    const isScalar = question === "scores" || question === "values";
    const output = network.read(batch, isScalar ? "scalar" : "language");
    const read = numbersOf(question, output, batch.tokens);
    const width = question === "distributions" ? output.width : 1;
    for (const [index, { start, length }] of batch.documents.entries()) {
      const from = question === "scores" ? length - 1 : (texts[first + index] as Text).from - 1;
      answers.push(read.slice((start + from) * width, (start + length) * width));
    }
  }
  return answers;
}

/** To be scored, a text is read to its end; before an id stands what was read up to the one before. */
function add(batch: Batch, question: Question, { ids }: Text): boolean {
  const document = { ids, weights: ids.map(() => 0) };
  return question === "scores" ? batch.addToJudge(document) : batch.add(document);
}

/** One number a token, or a row of them for distributions. */
function numbersOf(question: Question, output: NetworkOutput, tokens: number): Float32Array {
  const { kernels, memory, values, targets, weights, width } = output;
  if (question === "distributions") {
    kernels.logSoftmax(values, tokens, width);
    return new Float32Array(memory.buffer, values, tokens * width);
  }
  if (question !== "logProbabilities") return new Float32Array(memory.buffer, values, tokens);
  // The weights are of no use to a reader: their place is taken.
  kernels.logProbabilities(values, targets, weights, tokens, width);
  return new Float32Array(memory.buffer, weights, tokens);
}
