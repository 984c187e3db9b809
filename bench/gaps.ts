import { modelFacts } from "#dist/benchmark/model-source.js";
import { randomModel } from "#dist/benchmark/random-model.js";
import { getShape } from "#dist/benchmark/shapes.js";
import { testTokens } from "#dist/benchmark/speed-test.js";
import { Llama } from "#dist/llama.js";

const PROMPT = 2000;

/**
 * How long an answer stands still while somebody else's prompt of 2,000 tokens is evaluated: its longest gap between two tokens,
 * in batches, which take as long as the prompt does over the number of its batches.
 * @param argument a shape and a batch size, joined by a comma: 1.1b,128
 */
export async function benchGaps(argument = "1.1b"): Promise<void> {
  const [shape = "1.1b", wanted] = argument.split(",");
  const model = randomModel(getShape(shape), "q4_0");
  const rows: Record<string, Record<string, string>> = {};
  for (const batchSize of wanted === undefined ? [512, 128, 32] : [Number(wanted)]) {
    const llama = await Llama.fromFile(model.file, { contextSize: PROMPT + 48, batchSize }, model.origin);
    try {
      rows[`batches of ${batchSize}`] = await measure(llama, batchSize);
    } finally {
      await llama.dispose();
    }
  }
  console.log(`an answer beside a prompt of ${PROMPT} tokens, ${modelFacts(model.file).name} Q4_0`);
  console.table(rows);
}

async function measure(llama: Llama, batchSize: number): Promise<Record<string, string>> {
  const reader = llama.createSession();
  const writer = llama.createSession();
  const ids = testTokens(PROMPT, llama.config.vocabularySize);
  await reader.evaluate(ids.slice(0, 8));
  let isOver = false;
  const gaps: number[] = [];
  const answer = async () => {
    for (let last = performance.now(); !isOver; ) {
      await reader.evaluate(ids.slice(0, 1));
      const now = performance.now();
      gaps.push(now - last);
      last = now;
    }
  };
  const answering = answer();
  const start = performance.now();
  await writer.evaluate(ids);
  const milliseconds = performance.now() - start;
  isOver = true;
  await answering;
  // One token of every batch is the answer's.
  const batch = milliseconds / Math.ceil(PROMPT / (batchSize - 1));
  const longest = Math.max(...gaps);
  return {
    "ms a batch": batch.toFixed(0),
    "longest gap, ms": longest.toFixed(0),
    "in batches": (longest / batch).toFixed(2),
    "tokens meanwhile": String(gaps.length),
  };
}
