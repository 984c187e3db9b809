import { Option } from "commander";
import type { SendOptions } from "../../chat/options.js";
import { LlamaError } from "../../errors.js";
import { SAMPLING_FLAGS } from "../flags/sampling.js";
import type { Json } from "./client.js";

type Name = keyof SendOptions;

/** Options that every server of the kind honours, by their names there. */
const HONOURED: Partial<Record<Name, string>> = {
  temperature: "temperature",
  topP: "top_p",
  presencePenalty: "presence_penalty",
  frequencyPenalty: "frequency_penalty",
};

/** Options that are no part of a request, or are seen to below. */
const OTHERS = new Set<Name>(["seed", "logitBias", "maxTokens", "stop", "grammar", "ignoreEos", "speculation"]);
const NOT_SENT = new Set<Name>(["signal", "onPromptProgress"]);

/** What a server takes a bias for that forbids a token, or leaves no other. */
const MOST_BIAS = 100;

/**
 * The options of an answer as members of a request.
 * @throws LlamaError `option` for one that servers do not know, as they would ignore it
 */
export function requestOptions(options: SendOptions): Json {
  const { seed, logitBias, maxTokens = -1, stop = [], grammar, ignoreEos, speculation } = options;
  const body: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(options) as [Name, unknown][]) {
    if (value === undefined || NOT_SENT.has(name) || OTHERS.has(name)) continue;
    const known = HONOURED[name];
    if (known === undefined) throw notHonoured(flagNameOf(name));
    body[known] = value;
  }
  if (ignoreEos === true) throw notHonoured("ignore-eos");
  if (speculation !== undefined) throw notHonoured("spec-type");
  if (seed !== undefined && seed !== -1) body["seed"] = seed;
  if (maxTokens >= 0) body["max_tokens"] = maxTokens;
  if (stop.length > 0) body["stop"] = stop;
  if (logitBias !== undefined) {
    const bounded = [...logitBias].map(([id, bias]) => [id, Math.max(-MOST_BIAS, Math.min(MOST_BIAS, bias))]);
    body["logit_bias"] = Object.fromEntries(bounded);
  }
  if (grammar !== undefined) body["response_format"] = formatOf(grammar);
  return body;
}

function formatOf(grammar: SendOptions["grammar"]): Json {
  const schema = typeof grammar === "object" ? grammar.jsonSchema : undefined;
  if (schema === undefined) {
    throw new LlamaError(
      "option",
      "A server can hold answers to a JSON Schema, but not to a regular expression or a grammar.",
    );
  }
  return { type: "json_schema", json_schema: { name: "answer", strict: true, schema } };
}

/** For options that a server would ignore. */
export function notHonoured(name: string): LlamaError {
  return new LlamaError("option", `${name} is nothing that a server takes, so it would be ignored; leave it out.`);
}

/** As the command line and `/set` have it. */
function flagNameOf(name: Name): string {
  const flag = SAMPLING_FLAGS.find(({ option }) => option === name);
  return flag === undefined ? name : new Option(flag.flags).name();
}
