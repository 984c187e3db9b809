import type { Command } from "commander";
import { LlamaError, printable } from "../../errors.js";

/** What commander makes of {@link addHubOptions}. */
export interface HubFlags {
  hfRepo?: string;
  hfFile?: string;
  modelUrl?: string;
  hfToken?: string;
  offline?: boolean;
}

/** The flags of models that are elsewhere, by llama.cpp's names. */
export function addHubOptions(command: Command): Command {
  return addAccessOptions(
    command
      .option("--hf-repo <owner/repo[:quant]>", "model of the Hugging Face hub (also -hf; the same as -m hf:...)")
      .option("--hf-file <file>", "with --hf-repo: the file in the repository (also -hff)")
      .option("--model-url <url>", "web address of the model's file (also -mu)"),
  );
}

/** Those that say how a hub is asked. */
export function addAccessOptions(command: Command): Command {
  return command
    .option("--hf-token <token>", "access token of the hub (HF_TOKEN, or its file)")
    .option("--offline", "ask no server: use what is on this machine");
}

/**
 * What the flags name a model by, as `-m` has it.
 * @throws LlamaError `option` where several of them name one
 */
export function namedModel(flags: HubFlags & { readonly model?: string }): string | undefined {
  const { model, hfRepo, hfFile, modelUrl } = flags;
  const given = Object.entries({ "-m": model, "-hf": hfRepo, "-mu": modelUrl }).filter(
    ([, name]) => name !== undefined,
  );
  const [first, second] = given.map(([flag]) => flag);
  if (second !== undefined)
    throw new LlamaError("option", `The model was given twice: with ${first} and with ${second}.`);
  if (hfRepo === undefined && hfFile !== undefined) {
    throw new LlamaError("option", "-hff names a file of a repository; name the repository with -hf.");
  }
  if (hfRepo === undefined) return modelUrl === undefined ? model : requireAddress(modelUrl);
  const repo = hfRepo.replace(/^hf:/, "");
  if (hfFile === undefined) return `hf:${repo}`;
  if (repo.includes(":")) {
    throw new LlamaError(
      "option",
      `-hff and the type in ${printable(repo, 256)} both choose the file; give one of them.`,
    );
  }
  const [path, revision] = repo.split("@");
  return `hf:${path}/${hfFile}${revision === undefined ? "" : `@${revision}`}`;
}

function requireAddress(url: string): string {
  if (/^https?:\/\//i.test(url)) return url;
  throw new LlamaError("option", `-mu needs a web address such as https://… (got ${printable(url, 256)}).`);
}
