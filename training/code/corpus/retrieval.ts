import type { Random } from "#dist/random.js";
import { between, pick, pickSome } from "../../corpus/choice.js";
import { drawExample, namesIn } from "./program.js";
import { camel } from "./task.js";

const FIRST = [
  "blue",
  "red",
  "old",
  "new",
  "tiny",
  "big",
  "cold",
  "warm",
  "dark",
  "soft",
  "wild",
  "quiet",
  "lucky",
] as const;
const SECOND = ["river", "stone", "cloud", "tree", "paper", "moon", "garden", "key", "code", "number", "door"] as const;

/** A program in which some functions return a number, and what it asks of one of them in the end. */
export interface RetrievalProgram {
  /** Up to `assert(name() === `. */
  readonly prompt: string;
  /** Two digits. */
  readonly key: string;
}

/**
 * Functions of no other use, with one among them that returns a key, as section G.2 of "Code Llama" (Rozière et al.
 * 2023) has it: the key must be found again at the end.
 * @param place from 0, before all others, to 1, behind them
 * @param isFull whether the filler has become enough; it is told all that was written
 */
export function writeRetrieval(random: Random, place: number, isFull: (text: string) => boolean): RetrievalProgram {
  const [name = "", key] = [camel(pick(random, FIRST), pick(random, SECOND)), `${between(random, 10, 99)}`];
  const keyFunction = keyFunctionOf(name, key);
  const fillers: string[] = [];
  const names = new Set([name]);
  const ask = `assert(${name}() === `;
  while (!isFull([...fillers, keyFunction, ask].join("\n"))) {
    const { code } = drawExample(random, "training");
    if (namesIn(code).some((found) => names.has(found))) continue;
    for (const found of namesIn(code)) names.add(found);
    fillers.push(code);
  }
  // The last filler is what was too much, unless there is no other.
  const kept = fillers.slice(0, Math.max(0, fillers.length - 1));
  kept.splice(Math.round(place * kept.length), 0, keyFunction);
  return { prompt: `${kept.join("\n")}\n${ask}`, key };
}

/** A program that returns keys and asks for them, to learn from: some fillers, one to three keys, all asked for. */
export function writeRetrievalExercise(random: Random, fillers: number): string {
  const keys = new Map<string, string>();
  const wanted = between(random, 1, 3);
  while (keys.size < wanted) keys.set(camel(pick(random, FIRST), pick(random, SECOND)), `${between(random, 10, 99)}`);
  const parts: string[] = [];
  const names = new Set<string>();
  while (parts.length < fillers) {
    const { code } = drawExample(random, "training");
    if (namesIn(code).some((found) => names.has(found))) continue;
    for (const found of namesIn(code)) names.add(found);
    parts.push(code);
  }
  for (const [name, key] of keys) parts.splice(between(random, 0, parts.length), 0, keyFunctionOf(name, key));
  const asks = pickSome(random, [...keys], keys.size).map(([name, key]) => `assert(${name}() === ${key});\n`);
  return `${parts.join("\n")}\n${asks.join("")}`;
}

function keyFunctionOf(name: string, key: string): string {
  return `function ${name}() {\n  return ${key};\n}\n`;
}
