import { readFileSync } from "node:fs";
import { withBoth } from "./program.js";
import type { Answer, Request } from "./protocol.js";

export const FORM_TITLES = ["program", "schemas", "tokens", "free, ms a token", "in form: p50", "p90", "p99", "mean"];

/**
 * Milliseconds a token of free answers, and of answers in the form of each schema that both programs take, with
 * everything that the form costs: reading the schema, masks, and what forced tokens save. Answers are sampled from the
 * same model, and end where their form does, after `count` tokens at the latest.
 * @param schemas a file of JSON lines `{schema}`
 */
export async function compareForms(path: string, schemas: string, count: number): Promise<string[][]> {
  const lines = readFileSync(schemas, "utf8").trim().split("\n");
  return withBoth(path, 1, 1024, async (both) => {
    const prompt = [1, ...(await both.ours.ask({ kind: "tokenize", text: "Once upon a time" })).tokens];
    const programs = { llama2: both.ours, "node-llama-cpp": both.theirs };
    const figures = Object.entries(programs).map(([name]) => ({ name, free: 0, tokens: 0, times: [] as number[] }));
    const ask = async (request: Request): Promise<Answer[]> => [
      await both.ours.ask(request),
      await both.theirs.ask(request),
    ];
    await ask({ kind: "decode", prompt, count }); // warms both up
    for (const [i, { milliseconds }] of (await ask({ kind: "decode", prompt, count })).entries()) {
      (figures[i] as { free: number }).free = milliseconds / count;
    }
    for (const line of lines) {
      const { schema } = JSON.parse(line) as { schema: object };
      const answers = await ask({ kind: "form", prompt, count, schema });
      if (answers.some(({ refused, tokens }) => refused || tokens.length === 0)) continue;
      for (const [i, { milliseconds, tokens }] of answers.entries()) {
        const figure = figures[i] as (typeof figures)[number];
        figure.tokens += tokens.length;
        figure.times.push(milliseconds / tokens.length);
      }
    }
    return figures.map(({ name, free, tokens, times }) => {
      const sorted = times.toSorted((a, b) => a - b);
      const at = (share: number) => (sorted[Math.floor(sorted.length * share)] ?? Number.NaN).toFixed(2);
      const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
      return [
        ...[name, String(times.length), String(tokens), free.toFixed(2)],
        ...[at(0.5), at(0.9), at(0.99), mean.toFixed(2)],
      ];
    });
  });
}
