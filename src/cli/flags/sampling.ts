import { type Command, InvalidArgumentError, Option } from "commander";
import { printable } from "../../errors.js";
import { resolveSampling, SAMPLER_NAMES, type SamplerName, type SamplingOptions } from "../../sampling/options.js";
import { number, wholeNumber } from "./load.js";

type OptionName = keyof SamplingOptions;
type Value<Name extends OptionName> = Exclude<SamplingOptions[Name], undefined>;

/** One flag of the sampling chain: llama.cpp's name, the library's option, and how its text is read. */
export interface SamplingFlag {
  /** As commander wants it. */
  readonly flags: string;
  readonly option: OptionName;
  readonly group: string;
  readonly about: string;
  /** @param before what the flags before this one gave, where one may be given several times */
  readonly parse: (text: string, before?: unknown) => unknown;
}

const SAMPLING = "Sampling:";
const REPETITION = "Repetition:";
const MIROSTAT = "Mirostat:";

function flag<Name extends OptionName>(
  group: string,
  option: Name,
  flags: string,
  about: string,
  parse: (text: string, before?: Value<Name>) => Value<Name>,
): SamplingFlag {
  return { flags, option, group, about, parse: parse as SamplingFlag["parse"] };
}

/** Every sampling flag, in the order of the help. Whether a value is in range is for the library to say. */
export const SAMPLING_FLAGS: readonly SamplingFlag[] = [
  flag(SAMPLING, "seed", "-s, --seed <number>", "seed; -1 is a new one each time", wholeNumber),
  flag(SAMPLING, "samplers", "--samplers <names>", "the steps to run, in this order", samplerNames),
  flag(SAMPLING, "temperature", "--temp, --temperature <number>", "0 always takes the likeliest token", number),
  flag(SAMPLING, "dynatempRange", "--dynatemp-range <number>", "the temperature moves by up to this much", number),
  flag(SAMPLING, "dynatempExponent", "--dynatemp-exp <number>", "exponent of the entropy that moves it", number),
  flag(SAMPLING, "topK", "--top-k <count>", "keep the likeliest tokens, 0 is off", wholeNumber),
  flag(SAMPLING, "topP", "--top-p <part>", "keep the likeliest tokens up to this probability, 1 is off", number),
  flag(SAMPLING, "minP", "--min-p <part>", "keep tokens this likely beside the likeliest, 0 is off", number),
  flag(
    SAMPLING,
    "topNSigma",
    "--top-nsigma, --top-n-sigma <n>",
    "keep logits this close to the best, -1 is off",
    number,
  ),
  flag(SAMPLING, "typicalP", "--typical <part>", "locally typical sampling, 1 is off", number),
  flag(
    SAMPLING,
    "xtcProbability",
    "--xtc-probability <part>",
    "how often the top choices are left out, 0 is off",
    number,
  ),
  flag(SAMPLING, "xtcThreshold", "--xtc-threshold <part>", "what is a top choice, above 0.5 is off", number),
  flag(
    SAMPLING,
    "logitBias",
    "-l, --logit-bias <id(+|-)bias>",
    "adds to a token's logit, as 15043+1.5 or 2-inf",
    logitBias,
  ),
  flag(REPETITION, "repeatPenalty", "--repeat-penalty <factor>", "makes repeated tokens less likely, 1 is off", number),
  flag(
    REPETITION,
    "repeatLastN",
    "--repeat-last-n <tokens>",
    "window of the penalties, 0 is off, -1 the context",
    wholeNumber,
  ),
  flag(
    REPETITION,
    "presencePenalty",
    "--presence-penalty <number>",
    "subtracted once from tokens that occurred",
    number,
  ),
  flag(REPETITION, "frequencyPenalty", "--frequency-penalty <number>", "subtracted for each occurrence", number),
  flag(
    REPETITION,
    "dryMultiplier",
    "--dry-multiplier <number>",
    "penalty on going on with a repetition, 0 is off",
    number,
  ),
  flag(REPETITION, "dryBase", "--dry-base <number>", "the penalty's growth with every token repeated", number),
  flag(REPETITION, "dryAllowedLength", "--dry-allowed-length <tokens>", "this much repetition is free", wholeNumber),
  flag(
    REPETITION,
    "dryPenaltyLastN",
    "--dry-penalty-last-n <tokens>",
    "window of DRY, 0 is off, -1 the context",
    wholeNumber,
  ),
  flag(
    REPETITION,
    "drySequenceBreakers",
    "--dry-sequence-breaker <text>",
    'DRY does not look across this text (several; "none" for none)',
    sequenceBreakers,
  ),
  flag(
    MIROSTAT,
    "mirostat",
    "--mirostat <version>",
    "1 or 2 choose by Mirostat, 0 is off",
    (text) => wholeNumber(text) as 0,
  ),
  flag(MIROSTAT, "mirostatTau", "--mirostat-ent <tau>", "Mirostat's target surprise", number),
  flag(MIROSTAT, "mirostatEta", "--mirostat-lr <eta>", "Mirostat's learning rate", number),
];

export function addSamplingOptions(command: Command): Command {
  for (const { flags, option, group, about, parse } of SAMPLING_FLAGS) {
    const shown = defaultOf(option);
    const made = new Option(flags, shown === "" ? about : `${about} (${shown})`);
    command.addOption(made.argParser(parse).helpGroup(group));
  }
  return command;
}

/** The library's options from what commander made of {@link addSamplingOptions}. */
export function samplingOptions(given: Readonly<Record<string, unknown>>): SamplingOptions {
  const options: Record<string, unknown> = {};
  for (const { flags, option } of SAMPLING_FLAGS) options[option] = given[new Option(flags).attributeName()];
  return options as SamplingOptions;
}

/** A value as a person would type it. */
export function shownValue(value: unknown): string {
  if (value instanceof Map) return [...value].map(([id, bias]) => `${id}${bias < 0 ? "" : "+"}${bias}`).join(" ");
  if (!Array.isArray(value)) return String(value);
  return value.every((item) => (SAMPLER_NAMES as readonly string[]).includes(item))
    ? value.join(";")
    : value.map((item) => JSON.stringify(item)).join(" ");
}

const DEFAULTS = resolveSampling({ seed: 0 });

function defaultOf(option: OptionName): string {
  return option === "seed" ? "-1" : shownValue(DEFAULTS[option]);
}

/** Other names under which llama.cpp knows some of the steps. */
const OTHER_NAMES: Readonly<Record<string, SamplerName>> = {
  temp: "temperature",
  nucleus: "top_p",
  typ: "typ_p",
  typical: "typ_p",
  typical_p: "typ_p",
  top_nsigma: "top_n_sigma",
};

function samplerNames(text: string): SamplerName[] {
  const names = text.split(/[;,]/).map((name) => name.trim().toLowerCase().replaceAll("-", "_"));
  return names.filter((name) => name !== "").map(samplerName);
}

function samplerName(text: string): SamplerName {
  const name = SAMPLER_NAMES.find((candidate) => candidate === (OTHER_NAMES[text] ?? text));
  if (name !== undefined) return name;
  throw new InvalidArgumentError(`"${printable(text)}" is no sampler; there are ${SAMPLER_NAMES.join(", ")}.`);
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

/** The first one given takes the place of the default breakers. */
function sequenceBreakers(text: string, before: readonly string[] = []): readonly string[] {
  if (text === "none") return [];
  return [...before, text.replace(/\\([nrt'"\\])/g, (_, escaped: string) => ESCAPES[escaped] ?? escaped)];
}

function logitBias(text: string, before: ReadonlyMap<number, number> = new Map()): Map<number, number> {
  const [, id, sign, amount] = /^(\d+)([+-])(inf|[\d.]+)$/.exec(text) ?? [];
  const size = amount === "inf" ? Number.POSITIVE_INFINITY : Number(amount);
  if (id === undefined || Number.isNaN(size)) throw new InvalidArgumentError("ID+BIAS or ID-BIAS was wanted.");
  return new Map(before).set(Number(id), sign === "-" ? -size : size);
}
