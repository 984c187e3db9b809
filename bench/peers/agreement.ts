import { join } from "node:path";
import { QUANTIZE_TYPES, quantizeFile } from "#dist/quantize/quantize-file.js";
import { withBoth } from "./program.js";

export interface Agreement {
  readonly file: string;
  /** Whether both find the same ids in the prompt. */
  readonly samePrompt: boolean;
  /** How many greedy tokens llama2 chose until the model ended, and how many from the first on are the same. */
  readonly compared: number;
  readonly same: number;
  /** Whether both ended there. */
  readonly sameEnd: boolean;
}

/**
 * Whether both programs read the same ids from a prompt, and continue them with the same greedy tokens, `count` at
 * most.
 */
export async function compareAnswers(path: string, prompt: string, count: number): Promise<Agreement> {
  return withBoth(path, 1, Math.ceil((count + prompt.length + 2) / 256) * 256, async ({ ours, theirs }) => {
    const tokenize = { kind: "tokenize", text: prompt } as const;
    const ids = (await ours.ask(tokenize)).tokens;
    const theirIds = (await theirs.ask(tokenize)).tokens;
    const question = { kind: "answer", prompt: [1, ...ids], count } as const;
    const answer = (await ours.ask(question)).tokens;
    const theirAnswer = (await theirs.ask(question)).tokens;
    const differs = answer.findIndex((id, i) => id !== theirAnswer[i]);
    return {
      file: path,
      samePrompt: ids.join() === theirIds.join(),
      compared: answer.length,
      same: differs < 0 ? answer.length : differs,
      sameEnd: differs < 0 && answer.length === theirAnswer.length,
    };
  });
}

/** The same for a model in every type that `llama2 quantize` makes: whether the files open there, and agree. */
export async function* compareQuantized(
  source: string,
  folder: string,
  prompt: string,
  count: number,
): AsyncGenerator<Agreement> {
  for (const typeName of QUANTIZE_TYPES) {
    const path = join(folder, `${typeName}.gguf`);
    await quantizeFile(source, path, typeName, { force: true });
    yield { ...(await compareAnswers(path, prompt, count)), file: typeName };
  }
}
