import type { Tokenizer } from "#dist/tokenizer/tokenizer.js";
import { tokenizerOf } from "../../data/vocabulary.js";
import { bootstrapMean, mean } from "../../statistics/bootstrap.js";
import type { Estimate } from "../../statistics/interval.js";
import { codeDocuments } from "../data/streams.js";
import { type TrainedModel, withTeam } from "../pipeline.js";
import type { RunContext } from "../run-stage.js";

/**
 * What a token of a program belongs to. The first tells whether the document has a gap: where nine of ten have one,
 * one without costs log 10 by that alone.
 */
export const PROGRAM_PARTS = [
  "first token",
  "comments",
  "heads of functions",
  "bodies of functions",
  "calls in claims",
  "results in claims",
  "end",
] as const;
export type ProgramPart = (typeof PROGRAM_PARTS)[number];

/** What gaps in training cost in a part of the programs, from left to right. */
export interface CostRow {
  readonly part: ProgramPart | "all" | "all but the first token";
  readonly tokens: number;
  /** Nats a token. */
  readonly without: number;
  readonly withGaps: number;
  /** The difference as a part of the loss without gaps: of all programs, or of all but their first tokens. */
  readonly added: Estimate;
}

/** Reads the same programs of held-out functions by both models; intervals of 95 % are over programs. */
export async function infillingCost(
  context: RunContext,
  without: TrainedModel,
  withGaps: TrainedModel,
  seed: number,
): Promise<CostRow[]> {
  const tokenizer = tokenizerOf(context.pieces);
  const { shape, evaluation } = context.recipe;
  const next = codeDocuments("held-out functions", tokenizer, { seed, step: 0, shard: 0 }, shape.contextLength);
  const programs = Array.from({ length: evaluation.programs }, () => next().ids);
  const parts = programs.map((ids) => partsOf(tokenizer, ids));
  const texts = programs.map((ids) => ({ ids, from: 1 }));
  const read = (model: TrainedModel) => withTeam(context, model, seed, (team) => team.read("logProbabilities", texts));
  const [before, after] = [await read(without), await read(withGaps)];

  /** By program, the loss of the tokens that are asked for. */
  const sums = (read: readonly Float32Array[], isAsked: IsAsked) =>
    read.map((row, i) =>
      row.reduce((sum, value, at) => (isAsked(parts[i]?.[at] as ProgramPart) ? sum - value : sum), 0),
    );
  const rowOf = (part: CostRow["part"], isAsked: IsAsked, ofWhat = isAsked): CostRow => {
    const tokens = parts.flat().filter(isAsked).length;
    const [a, b] = [sums(before, isAsked), sums(after, isAsked)];
    const whole = mean(sums(before, ofWhat));
    const { value, low, high } = bootstrapMean(b.map((loss, i) => loss - (a[i] as number)));
    const perToken = (list: readonly number[]) => (mean(list) * programs.length) / tokens;
    const added = { value: value / whole, low: low / whole, high: high / whole };
    return { part, tokens, without: perToken(a), withGaps: perToken(b), added };
  };
  const isAny = () => true;
  return [
    rowOf("all", isAny),
    rowOf("all but the first token", (part) => part !== "first token"),
    ...PROGRAM_PARTS.map((name) => rowOf(name, (part) => part === name, isAny)),
  ];
}

type IsAsked = (part: ProgramPart) => boolean;

/** For each id from the second on, where it stands; a line break belongs to the line that it ends. */
export function partsOf(tokenizer: Tokenizer, ids: readonly number[]): ProgramPart[] {
  const pieces = ids.slice(1).map((id) => tokenizer.decode([id], { stripLeadingSpace: false }));
  const text = pieces.join("");
  let at = 0;
  return pieces.map((piece, i) => {
    const start = at;
    at += piece.length;
    if (i === 0) return "first token";
    if (ids[i + 1] === tokenizer.eosId) return "end";
    const lineAt = text.lastIndexOf("\n", start - 1) + 1;
    return partOfLine(text.slice(lineAt, text.indexOf("\n", start)), start - lineAt);
  });
}

function partOfLine(line: string, at: number): ProgramPart {
  if (line.startsWith("//")) return "comments";
  if (line.startsWith("function")) return "heads of functions";
  if (!line.startsWith("assert")) return "bodies of functions";
  return at > line.indexOf("===") ? "results in claims" : "calls in claims";
}
