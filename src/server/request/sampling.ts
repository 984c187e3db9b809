import { LlamaError } from "../../errors.js";
import { resolveSampling, SAMPLER_NAMES, type SamplerName, type SamplingOptions } from "../../sampling/options.js";
import { wrongField } from "../failure.js";
import { type Fields, wrongType } from "./fields.js";

/** Fields of numbers by llama.cpp's names, and the options they are. */
const NUMBERS = {
  temperature: "temperature",
  dynatemp_range: "dynatempRange",
  dynatemp_exponent: "dynatempExponent",
  top_k: "topK",
  top_p: "topP",
  min_p: "minP",
  typical_p: "typicalP",
  typ_p: "typicalP",
  top_n_sigma: "topNSigma",
  xtc_probability: "xtcProbability",
  xtc_threshold: "xtcThreshold",
  min_keep: "minKeep",
  repeat_penalty: "repeatPenalty",
  repeat_last_n: "repeatLastN",
  frequency_penalty: "frequencyPenalty",
  presence_penalty: "presencePenalty",
  dry_multiplier: "dryMultiplier",
  dry_base: "dryBase",
  dry_allowed_length: "dryAllowedLength",
  dry_penalty_last_n: "dryPenaltyLastN",
  mirostat: "mirostat",
  mirostat_tau: "mirostatTau",
  mirostat_eta: "mirostatEta",
  seed: "seed",
} as const satisfies Record<string, keyof SamplingOptions>;

/** Far more than anybody samples with, and little enough to be prepared at once. */
const MAX_BREAKERS = 100;
const MAX_BREAKER = 100;
const MAX_SAMPLERS = 32;
/** A bias beyond forbids or forces a token no more than this one, and would be infinite in 32 bits. */
const MAX_BIAS = 1e30;

/**
 * Every sampling field, of OpenAI's API and of llama.cpp's; defaults are llama.cpp's.
 * @throws RequestFailure with the field that is wrong
 */
export function readSampling(fields: Fields, vocabularySize: number): SamplingOptions {
  const options: SamplingOptions = {};
  for (const [field, option] of Object.entries(NUMBERS)) {
    const value = fields.number(field);
    if (value === undefined) continue;
    if (options[option] !== undefined) throw wrongField(field, `${field} is given twice, under two names.`);
    Object.assign(options, { [option]: value });
    requireInRange(field, { [option]: value });
  }
  const breakers = fields.list("dry_sequence_breakers");
  if (breakers !== undefined) {
    if (!breakers.every((text) => typeof text === "string")) {
      throw wrongType("dry_sequence_breakers", "a list of strings", breakers);
    }
    if (breakers.length > MAX_BREAKERS || breakers.some((text) => text.length > MAX_BREAKER)) {
      throw wrongField(
        "dry_sequence_breakers",
        `dry_sequence_breakers can have ${MAX_BREAKERS} texts of ${MAX_BREAKER} characters at most.`,
      );
    }
    options.drySequenceBreakers = breakers;
  }
  const samplers = fields.list("samplers");
  if (samplers !== undefined && samplers.length > MAX_SAMPLERS) {
    throw wrongField("samplers", `samplers has ${samplers.length} steps; give at most ${MAX_SAMPLERS}.`);
  }
  if (samplers !== undefined) options.samplers = samplers.map(samplerName);
  options.logitBias = readLogitBias(fields, vocabularySize);
  return options;
}

function requireInRange(field: string, option: SamplingOptions): void {
  try {
    resolveSampling(option);
  } catch (error) {
    if (!(error instanceof LlamaError)) throw error;
    throw wrongField(field, error.message.replace(/^\w+/, field));
  }
}

/** The default order has what others call differently, too. */
const ALIASES: Readonly<Record<string, SamplerName>> = { typical_p: "typ_p", top_k: "top_k", temp: "temperature" };

function samplerName(found: unknown): SamplerName {
  const name = typeof found === "string" ? (ALIASES[found] ?? found) : found;
  if ((SAMPLER_NAMES as readonly unknown[]).includes(name)) return name as SamplerName;
  throw wrongType("samplers", `a list of ${SAMPLER_NAMES.join(", ")}`, found);
}

/** `{"id": bias}` as OpenAI has it, or llama.cpp's `[[id, bias]]`, in which false forbids a token. */
function readLogitBias(fields: Fields, vocabularySize: number): ReadonlyMap<number, number> | undefined {
  const found = fields.take("logit_bias");
  if (found === undefined) return undefined;
  const wrong = () => wrongType("logit_bias", "an object of token ids and numbers, or a list of such pairs", found);
  if (typeof found !== "object" || found === null) throw wrong();
  const pairs: unknown[] = Array.isArray(found) ? found : Object.entries(found).map(([id, bias]) => [Number(id), bias]);
  const biases = new Map<number, number>();
  for (const pair of pairs) {
    const [id, bias] = Array.isArray(pair) ? (pair as unknown[]) : [];
    const isId = typeof id === "number" && Number.isInteger(id) && id >= 0 && id < vocabularySize;
    const isBias = bias === false || (typeof bias === "number" && Math.abs(bias) <= MAX_BIAS);
    if (!isId || !isBias) throw wrong();
    biases.set(id, bias === false ? Number.NEGATIVE_INFINITY : (bias as number));
  }
  return biases;
}
