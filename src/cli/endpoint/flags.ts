import type { Command } from "commander";
import { LlamaError } from "../../errors.js";
import type { Streams } from "../terminal.js";
import { type Endpoint, readEndpoint } from "./address.js";
import { notHonoured } from "./request-options.js";

/** What commander makes of {@link addEndpointOptions}. */
export interface EndpointFlags {
  endpoint?: string;
  apiKey?: string;
}

/** The flags of answers that come from a server. */
export function addEndpointOptions(command: Command): Command {
  return command
    .optionsGroup("Server:")
    .option("--endpoint <url>", "let an OpenAI-compatible server answer; -m is the model's name there")
    .option("--api-key <key>", "key of that server (LLAMA2_API_KEY, which other users cannot see)");
}

/** Flags that a command has wherever the answer comes from. */
const COMMON = ["endpoint", "apiKey", "model", "prompt", "file", "nPredict", "reversePrompt", "stats", "json"];
/** Those of sampling that servers know. */
const SAMPLING = ["seed", "temperature", "topP", "presencePenalty", "frequencyPenalty", "logitBias"];

/**
 * The server that the flags name; undefined where they name none.
 * @param others flags of the command that have a meaning there
 * @throws LlamaError `option` for flags that a server would ignore, and for a key without a server
 */
export function endpointOf(
  flags: EndpointFlags,
  command: Command,
  env: Streams["env"],
  others: readonly string[],
): Endpoint | undefined {
  if (flags.endpoint === undefined) {
    if (flags.apiKey === undefined) return undefined;
    throw new LlamaError("option", "--api-key is for a server; name that with --endpoint.");
  }
  const known = new Set([...COMMON, ...SAMPLING, ...others]);
  for (const option of command.options) {
    const name = option.attributeName();
    if (command.getOptionValueSource(name) !== "cli" || known.has(name)) continue;
    throw notHonoured(option.long ?? option.flags);
  }
  return readEndpoint(flags.endpoint, flags.apiKey ?? (env["LLAMA2_API_KEY"] || undefined));
}
