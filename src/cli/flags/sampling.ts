import { type Command, Option } from "commander";
import {
  expectedInstead,
  resolveSampling,
  SAMPLER_NAMES,
  type SamplerName,
  type SamplingOptions,
} from "../../sampling/options.js";
import { number, refused, unescaped, wholeNumber } from "./values.js";

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
  return { flags, option, group, about, parse: inRange(option, parse as SamplingFlag["parse"]) };
}

/** The same parser, which also refuses what the library would refuse. */
function inRange(option: OptionName, parse: SamplingFlag["parse"]): SamplingFlag["parse"] {
  return (text, before) => {
    const value = parse(text, before);
    const expected = typeof value === "number" ? expectedInstead(option, value) : undefined;
    if (expected !== undefined) throw refused(expected, text);
    return value;
  };
}

/** Every sampling flag, in the order of the help. */
export const SAMPLING_FLAGS: readonly SamplingFlag[] = [
  flag(SAMPLING, "seed", "-s, --seed <number>", "seed; -1 draws a new one each time", wholeNumber),
  flag(SAMPLING, "samplers", "--samplers <names>", "samplers to apply, in order", samplerNames),
  flag(SAMPLING, "temperature", "--temp, --temperature <number>", "0 always takes the most likely token", number),
  flag(SAMPLING, "dynatempRange", "--dynatemp-range <number>", "dynamic temperature range, 0 is off", number),
  flag(SAMPLING, "dynatempExponent", "--dynatemp-exp <number>", "dynamic temperature exponent", number),
  flag(SAMPLING, "topK", "--top-k <count>", "keep the most likely tokens, 0 is off", wholeNumber),
  flag(
    SAMPLING,
    "topP",
    "--top-p <part>",
    "keep the most likely tokens up to this total probability, 1 is off",
    number,
  ),
  flag(
    SAMPLING,
    "minP",
    "--min-p <part>",
    "drop tokens below this fraction of the top token's probability, 0 is off",
    number,
  ),
  flag(
    SAMPLING,
    "topNSigma",
    "--top-nsigma, --top-n-sigma <n>",
    "keep tokens within n standard deviations of the top logit, -1 is off",
    number,
  ),
  flag(SAMPLING, "typicalP", "--typical, --typical-p <part>", "locally typical sampling, 1 is off", number),
  flag(SAMPLING, "xtcProbability", "--xtc-probability <part>", "chance of removing the top choices, 0 is off", number),
  flag(
    SAMPLING,
    "xtcThreshold",
    "--xtc-threshold <part>",
    "probability that makes a top choice, above 0.5 is off",
    number,
  ),
  flag(
    SAMPLING,
    "logitBias",
    "-l, --logit-bias <id(+|-)bias>",
    "add to a token's logit, e.g. 15043+1.5 or 2-inf (repeatable)",
    logitBias,
  ),
  flag(REPETITION, "repeatPenalty", "--repeat-penalty <factor>", "make repeated tokens less likely, 1 is off", number),
  flag(
    REPETITION,
    "repeatLastN",
    "--repeat-last-n <tokens>",
    "tokens that the penalties look back on, 0 is off, -1 the whole context",
    wholeNumber,
  ),
  flag(
    REPETITION,
    "presencePenalty",
    "--presence-penalty <number>",
    "subtract this from the logit of tokens that occurred, 0 is off",
    number,
  ),
  flag(
    REPETITION,
    "frequencyPenalty",
    "--frequency-penalty <number>",
    "subtract this for each occurrence, 0 is off",
    number,
  ),
  flag(
    REPETITION,
    "dryMultiplier",
    "--dry-multiplier <number>",
    "DRY: penalty for continuing a repetition, 0 is off",
    number,
  ),
  flag(REPETITION, "dryBase", "--dry-base <number>", "DRY: growth of the penalty with every repeated token", number),
  flag(
    REPETITION,
    "dryAllowedLength",
    "--dry-allowed-length <tokens>",
    "DRY: longest repetition without a penalty",
    wholeNumber,
  ),
  flag(
    REPETITION,
    "dryPenaltyLastN",
    "--dry-penalty-last-n <tokens>",
    "DRY: tokens to look back on, 0 is off, -1 the whole context",
    wholeNumber,
  ),
  flag(
    REPETITION,
    "drySequenceBreakers",
    "--dry-sequence-breaker <text>",
    'DRY: text that ends a repetition (repeatable; "none" for none)',
    sequenceBreakers,
  ),
  flag(
    MIROSTAT,
    "mirostat",
    "--mirostat <version>",
    "version of Mirostat, 1 or 2; 0 is off",
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
  throw refused(`made up of ${SAMPLER_NAMES.join(", ")}`, text);
}

/** The first one given takes the place of the default breakers. */
function sequenceBreakers(text: string, before: readonly string[] = []): readonly string[] {
  if (text === "none") return [];
  return [...before, unescaped(text)];
}

function logitBias(text: string, before: ReadonlyMap<number, number> = new Map()): Map<number, number> {
  const [, id, sign, amount] = /^(\d+)([+-])(inf|[\d.]+)$/.exec(text) ?? [];
  const size = amount === "inf" ? Number.POSITIVE_INFINITY : Number(amount);
  if (id === undefined || Number.isNaN(size)) throw refused("a token id and a bias, such as 15043+1.5 or 2-inf", text);
  return new Map(before).set(Number(id), sign === "-" ? -size : size);
}
