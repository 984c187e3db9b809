import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { LlamaError } from "#dist/errors.js";
import { CLEAN_RECIPE, RLHF_RECIPE, type RlhfRecipe, scaled } from "./recipe.js";

/** What the command was asked for. */
export interface RlhfOptions {
  readonly directory: string;
  readonly workers: number;
  readonly recipe: RlhfRecipe;
  /** A checkpoint to begin with. */
  readonly pretrained: string | undefined;
}

/** Divisors of a step's shards. */
const WORKERS = [4, 2, 1];

/**
 * @param args of the command line
 * @param processors of the machine
 * @throws LlamaError `option` where one is unknown, or its value makes no sense
 */
export function readOptions(args: readonly string[], processors: number): RlhfOptions {
  const { directory = "build/rlhf", workers, scale = "1", pretrained, "clean-start": isClean = false } = parse(args);
  if (isClean && pretrained !== undefined) {
    throw new LlamaError(
      "option",
      "A path begins with --clean-start or with --pretrained, not with both; leave one out.",
    );
  }
  const wanted = workers === undefined ? WORKERS.find((count) => count <= processors) : Number(workers);
  if (wanted === undefined || !WORKERS.includes(wanted)) {
    throw new LlamaError("option", `There can be 1, 2 or 4 workers; --workers ${workers} is not one of these.`);
  }
  return {
    directory,
    workers: wanted,
    recipe: scaled(isClean ? CLEAN_RECIPE : RLHF_RECIPE, Number(scale)),
    pretrained,
  };
}

function parse(args: readonly string[]) {
  const text = { type: "string" } as const;
  try {
    const options = {
      directory: text,
      workers: text,
      scale: text,
      pretrained: text,
      "clean-start": { type: "boolean" },
    } as const;
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new LlamaError("option", error instanceof Error ? error.message : String(error));
  }
}

/**
 * Makes the directory of a path, which is its recipe's from then on: files of one must not be taken for another's.
 * @throws LlamaError `option` where it belongs to another recipe
 */
export function claimDirectory({ directory, recipe }: Pick<RlhfOptions, "directory" | "recipe">): void {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, "recipe.json");
  const text = `${JSON.stringify(recipe, null, 2)}\n`;
  if (!existsSync(path)) writeFileSync(path, text);
  else if (readFileSync(path, "utf8") !== text) {
    throw new LlamaError(
      "option",
      `The directory ${directory} belongs to another recipe or scale; give another --directory, or remove it.`,
    );
  }
}
