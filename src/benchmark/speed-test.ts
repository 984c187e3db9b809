import { LlamaError } from "../errors.js";
import type { Session } from "../generation/session.js";
import type { Llama } from "../llama.js";
import { platform } from "../platform/current.js";
import { toHex } from "../platform/platform.js";
import { Random } from "../random.js";

/** What is timed: a prompt, tokens after it one by one, or both, behind `depth` tokens that are there already. */
export interface SpeedTest {
  readonly promptTokens: number;
  readonly generatedTokens: number;
  readonly depth: number;
  /** Sequences that do this at the same time, each with tokens of its own; by default 1. */
  readonly sequences?: number;
}

/** How a test went. */
export interface SpeedSamples {
  /** Milliseconds of each repetition. */
  readonly milliseconds: readonly number[];
  /**
   * Of the f32 logits after the last token of the test's first sequence, which depend on every token before it: the
   * same for any number of threads and sequences, as long as weights, cache types and kernels are the same.
   */
  readonly logitsHash: string;
}

export interface MeasureOptions {
  readonly repetitions: number;
  /** Whether the test runs once untimed before the repetitions. */
  readonly warmup: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Called before each repetition with its number, from 1; 0 is the warm-up. */
  readonly onRepetition?: ((repetition: number) => void) | undefined;
}

/** As llama-bench names it: pp512, tg128, pp512+tg128, tg128 @ d1024; and with several sequences tg128 x4. */
export function testName({ promptTokens, generatedTokens, depth, sequences = 1 }: SpeedTest): string {
  const parts = [promptTokens > 0 ? `pp${promptTokens}` : "", generatedTokens > 0 ? `tg${generatedTokens}` : ""];
  const times = sequences > 1 ? ` x${sequences}` : "";
  return parts.filter((part) => part !== "").join("+") + times + (depth > 0 ? ` @ d${depth}` : "");
}

/** Tokens that a test evaluates, in all sequences. */
export function testTokenCount({ promptTokens, generatedTokens, sequences = 1 }: SpeedTest): number {
  return (promptTokens + generatedTokens) * sequences;
}

/** Positions that each sequence of a test fills. */
export function testLength({ promptTokens, generatedTokens, depth }: SpeedTest): number {
  return depth + promptTokens + generatedTokens;
}

/**
 * Tokens that are the same in every run: drawn from the whole vocabulary by a fixed seed, another for each sequence.
 */
export function testTokens(count: number, vocabularySize: number, sequence = 0): number[] {
  const random = new Random(1 + sequence);
  return Array.from({ length: count }, () => random.nextUint32() % vocabularySize);
}

/**
 * Times a test on a loaded model.
 * @throws LlamaError `context` where the test is longer than the model's context, `numeric` where logits are not
 *   numbers or not the same in every repetition; the signal's reason when aborted
 */
export async function measureSpeed(llama: Llama, test: SpeedTest, options: MeasureOptions): Promise<SpeedSamples> {
  const length = testLength(test);
  const sequences: Sequence[] = [];
  try {
    for (let i = 0; i < (test.sequences ?? 1); i++) {
      const session = llama.createSession();
      sequences.push({ session, tokens: testTokens(length, llama.config.vocabularySize, i) });
    }
    const runAll = () => Promise.all(sequences.map((sequence) => runOnce(sequence, test, options.signal)));
    if (test.depth > 0) {
      for (const { session, tokens } of sequences) {
        await session.evaluate(tokens.slice(0, test.depth), { signal: options.signal });
      }
    }
    if (options.warmup) {
      options.onRepetition?.(0);
      await runAll();
    }
    const milliseconds: number[] = [];
    let logitsHash: string | undefined;
    for (let repetition = 1; repetition <= options.repetitions; repetition++) {
      options.onRepetition?.(repetition);
      const start = performance.now();
      const logits = await runAll();
      milliseconds.push(performance.now() - start);
      for (const each of logits) requireNumbers(test, each);
      logitsHash = checkedHash(test, logits[0] ?? new Float32Array(), logitsHash);
    }
    return { milliseconds, logitsHash: logitsHash ?? "" };
  } finally {
    for (const { session } of sequences) session.dispose();
  }
}

interface Sequence {
  readonly session: Session;
  readonly tokens: readonly number[];
}

/** Evaluates a sequence's tokens behind those that are there already; the logits after the last one. */
async function runOnce(
  { session, tokens }: Sequence,
  { promptTokens, depth }: SpeedTest,
  signal: AbortSignal | undefined,
): Promise<Float32Array> {
  session.rewind(depth);
  let logits: Float32Array = new Float32Array(0);
  const firstAlone = depth + promptTokens;
  if (promptTokens > 0) logits = await session.evaluate(tokens.slice(depth, firstAlone), { signal });
  for (const token of tokens.slice(firstAlone)) logits = await session.evaluate([token], { signal });
  return logits;
}

function requireNumbers(test: SpeedTest, logits: Float32Array): void {
  if (logits.every(Number.isFinite)) return;
  throw new LlamaError("numeric", `The logits of ${testName(test)} are not numbers; the model's weights are damaged.`);
}

/** A speed of wrong answers is no speed. */
function checkedHash(test: SpeedTest, logits: Float32Array, before: string | undefined): string {
  const hash = hashOf(logits);
  if (before === undefined || hash === before) return hash;
  throw new LlamaError(
    "numeric",
    `Two repetitions of ${testName(test)} gave different logits (${before} and ${hash}); the machine or this build of the kernels computes wrongly.`,
  );
}

/** The first 12 hexadecimal digits of the SHA-256 of the floats as little-endian bytes. */
export function hashOf(logits: Float32Array): string {
  const bytes = new Uint8Array(logits.buffer, logits.byteOffset, logits.byteLength);
  const hash = platform.sha256();
  hash.update(bytes);
  return toHex(hash.digest()).slice(0, 12);
}
