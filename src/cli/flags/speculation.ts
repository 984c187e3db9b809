import { type Command, Option } from "commander";
import type { GenerateOptions } from "../../generation/options.js";
import { oneOf } from "./values.js";

const TYPES = ["none", "ngram-simple"] as const;

/** What commander makes of {@link addSpeculationOption}. */
export interface SpeculationFlags {
  specType?: (typeof TYPES)[number];
}

/** llama.cpp's flag for guessing tokens from the text so far. */
export function addSpeculationOption(command: Command): Command {
  const about = `guess tokens and check several at once: ${TYPES.join(" or ")} (none); the answer is the same`;
  return command.addOption(new Option("--spec-type <type>", about).argParser(oneOf(TYPES)).helpGroup("Engine:"));
}

export function speculationOption({ specType }: SpeculationFlags): Pick<GenerateOptions, "speculation"> {
  return specType === "ngram-simple" ? { speculation: "ngram" } : {};
}
