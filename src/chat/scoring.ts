import { LlamaError, printable } from "../errors.js";
import type { Score, ScoreOptions, ScorePrompt } from "../generation/reward.js";
import type { Session, SessionOptions } from "../generation/session.js";
import { sideBySide } from "../generation/side-by-side.js";
import type { GgufFile } from "../gguf/file.js";
import { isObject } from "../json-object.js";
import type { RewardHead } from "../model/reward-head.js";
import { kindOf, refuseUnknown } from "../options.js";
import type { Tokenizer } from "../tokenizer/tokenizer.js";
import { checkMessages } from "./message.js";
import { AnsweredWriter } from "./prompt/answered.js";
import { ScoredPrefix } from "./scored-prefix.js";

/** An answer to score, and what it answers. */
export interface ScorePair {
  readonly prompt: ScorePrompt;
  readonly answer: string;
}

/** What scores: a loaded model. */
export interface ScoringModel {
  readonly tokenizer: Tokenizer;
  readonly file: GgufFile;
  readonly contextSize: number;
  createSession(options: SessionOptions): Session;
}

/** Scores answers, each as if it were alone, and keeps what writes them. */
export class Scoring {
  readonly #model: ScoringModel;
  readonly #head: RewardHead;
  readonly #prefix: ScoredPrefix;
  #writer: AnsweredWriter | undefined;

  constructor(model: ScoringModel, head: RewardHead) {
    this.#model = model;
    this.#head = head;
    this.#prefix = new ScoredPrefix((options) => model.createSession(options), model.contextSize);
  }

  /** A prompt with its answer and perhaps options, or a list of pairs and perhaps options. */
  async scoreGiven(given: unknown, answer: unknown = {}, options: unknown = {}): Promise<Score | Score[]> {
    if (typeof answer !== "string") return this.score(given as readonly ScorePair[], answer as ScoreOptions);
    return (await this.score([{ prompt: given as ScorePrompt, answer }], options as ScoreOptions))[0] as Score;
  }

  /**
   * @throws LlamaError `option` for pairs and options that make no sense, `context` for what is too long, `template`,
   *   `numeric`; the signal's reason when aborted
   */
  async score(pairs: readonly ScorePair[], options: ScoreOptions): Promise<Score[]> {
    refuseUnknown(options, { signal: true }, "score");
    if (!Array.isArray(pairs)) throw new LlamaError("option", `score expects a list of pairs (got ${kindOf(pairs)}).`);
    const checked = pairs.map(checkPair);
    const { file, tokenizer } = this.#model;
    this.#writer ??= new AnsweredWriter(file.metadata, tokenizer);
    const writer = this.#writer;
    const texts = [];
    for (const { prompt, answer } of checked) texts.push(this.#fitting(await writer.write(prompt, answer)));
    return sideBySide(texts, (ids) => this.#scoreOne(ids, options.signal));
  }

  dispose(): void {
    this.#writer?.dispose();
    this.#prefix.dispose();
  }

  async #scoreOne(ids: readonly number[], signal: AbortSignal | undefined): Promise<Score> {
    const { labels, mean, std } = this.#head.info;
    const outputs = await this.#prefix.withBeginning(ids, (session) => this.#outputsAfter(session, ids, signal));
    const [score] = outputs;
    if (score === undefined || !outputs.every(Number.isFinite)) {
      throw new LlamaError("numeric", "The score is not a finite number; the reward model's weights are damaged.");
    }
    return {
      score,
      normalized: mean === undefined || std === undefined || !(std > 0) ? undefined : (score - mean) / std,
      outputs: Object.fromEntries(labels.slice(0, outputs.length).map((label, i) => [label, outputs[i] as number])),
      tokens: ids.length,
    };
  }

  /** @param session that holds a beginning of the ids */
  async #outputsAfter(session: Session, ids: readonly number[], signal: AbortSignal | undefined): Promise<number[]> {
    const { outputsOf } = this.#head;
    const rest = ids.slice(session.position);
    if (outputsOf === undefined) {
      const [up = Number.NaN, down = Number.NaN] = await session.evaluate(rest, { signal });
      return [up - down];
    }
    let last: Float32Array | undefined;
    const onState = (index: number, state: Float32Array) => {
      if (index === rest.length - 1) last = state;
    };
    await session.evaluateHidden(rest, onState, { signal });
    return [...outputsOf(last as unknown as Float32Array)];
  }

  #fitting(ids: readonly number[]): readonly number[] {
    const { contextSize } = this.#model;
    if (ids.length <= contextSize) return ids;
    throw new LlamaError(
      "context",
      `Prompt and answer have ${ids.length} tokens, and the reward model's context has room for ${contextSize}; shorten them, or load it with a larger context.`,
    );
  }
}

function checkPair(pair: unknown): ScorePair {
  if (!isObject(pair)) {
    throw new LlamaError("option", `score expects { prompt, answer } pairs (got ${kindOf(pair)}).`);
  }
  refuseUnknown(pair, { prompt: true, answer: true }, "A pair to score");
  const { prompt, answer } = pair;
  if (typeof answer !== "string") throw new LlamaError("option", `answer must be a text (got ${kindOf(answer)}).`);
  if (typeof prompt === "string") return { prompt, answer };
  if (!Array.isArray(prompt) || prompt.length === 0) {
    const found = Array.isArray(prompt) ? "an empty list" : kindOf(prompt);
    throw new LlamaError("option", `prompt must be a text, messages or token ids (got ${found}).`);
  }
  if (prompt.every((item) => typeof item === "number")) return { prompt, answer };
  const messages = checkMessages(prompt, "The messages of prompt");
  const role = messages.at(-1)?.role ?? "";
  if (role === "user" || role === "tool") return { prompt: messages, answer };
  throw new LlamaError(
    "option",
    `The messages of prompt end with one of the ${printable(role)}; expected the user's, which the answer is given to.`,
  );
}
