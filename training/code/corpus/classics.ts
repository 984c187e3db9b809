import type { Random } from "#dist/random.js";
import { pick } from "../../corpus/choice.js";
import { CLASSICS } from "./classic-functions.js";
import { CLASSIC, type Task } from "./task.js";

/** Other names for what is in them. */
const SYNONYMS: Readonly<Record<string, readonly string[]>> = {
  xs: ["xs", "list", "items", "values"],
  ys: ["ys", "others"],
  n: ["n", "x", "number"],
  text: ["text", "word", "s"],
  out: ["out", "result", "made"],
  total: ["total", "sum"],
};

export function drawClassic(random: Random): Task {
  const classic = pick(random, CLASSICS);
  const name = pick(random, classic.names);
  const way = pick(random, classic.ways);
  const used = `${classic.parameters.join(" ")} ${way.join("\n")}`;
  const others = Object.entries(SYNONYMS).map(([from, to]) => [
    new RegExp(`\\b${from}\\b`, "g"),
    // A new name must not be one that the function has already.
    pick(
      random,
      to.filter((word) => word === from || !new RegExp(`\\b${word}\\b`).test(used)),
    ),
  ]) as [RegExp, string][];
  const rename = (line: string) => others.reduce((text, [from, to]) => text.replace(from, to), line);
  return {
    meaning: `classic / ${classic.names[0]}`,
    pair: CLASSIC,
    name,
    deed: rename(classic.deed),
    parameters: classic.parameters.map(rename),
    helpers: [],
    body: way.map((line) => rename(line).replaceAll("{name}", name)),
    drawArguments: classic.draw,
  };
}
