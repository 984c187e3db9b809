import type { Random } from "#dist/random.js";
import { between } from "../../corpus/choice.js";
import { writeProgram } from "../corpus/program.js";
import { writeProse } from "../corpus/prose.js";
import { writeRetrievalExercise } from "../corpus/retrieval.js";

const RETRIEVAL = 0.2;
const PROSE = 0.08;

/** What is learned first: programs, among them some that ask for what a function returned, and prose about code. */
export function writePretrainingText(random: Random): string {
  const draw = random.nextFloat();
  if (draw < RETRIEVAL) return writeRetrievalExercise(random, between(random, 0, 4));
  return draw < RETRIEVAL + PROSE ? writeProse(random) : writeProgram(random, "training");
}

/** Programs of many functions, or keys among many: what long contexts are learned from. */
export function writeLongText(random: Random): string {
  if (random.nextFloat() < 0.5) return writeRetrievalExercise(random, between(random, 3, 22));
  const programs = Array.from({ length: between(random, 2, 10) }, () => writeProgram(random, "training"));
  return programs.join("\n");
}

/** A question and its answer. */
export interface Instruction {
  readonly question: string;
  readonly answer: string;
}

/** The way instructions are put to the model: Llama 2's, as its chat template writes them. */
export function promptOf(question: string): string {
  return `[INST] ${question} [/INST]`;
}
