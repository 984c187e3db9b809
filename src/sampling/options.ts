import { LlamaError, printable } from "../errors.js";

/** The steps that run by default, in their order. */
export const DEFAULT_SAMPLERS = [
  "penalties",
  "dry",
  "top_n_sigma",
  "top_k",
  "typ_p",
  "top_p",
  "min_p",
  "xtc",
  "temperature",
] as const;

/** The steps that can be named in `samplers`. */
export const SAMPLER_NAMES = [...DEFAULT_SAMPLERS, "infill"] as const;

/** A step of the sampling chain, by llama.cpp's name. */
export type SamplerName = (typeof SAMPLER_NAMES)[number];

/** How the next token is chosen; names, meanings and defaults are llama.cpp's. Everything may be left out. */
export interface SamplingOptions {
  /** 0.8. Zero or less chooses the best token always, after logit bias and penalties; of equals, the lowest id. */
  temperature?: number | undefined;
  /** 0 (off). The temperature moves by up to this much with the entropy of the distribution. */
  dynatempRange?: number | undefined;
  /** 1. Exponent of the normalised entropy in dynamic temperature. */
  dynatempExponent?: number | undefined;
  /** 40. Keeps the k most likely tokens; 0 or less = off. */
  topK?: number | undefined;
  /** 0.95. Keeps the most likely tokens whose probabilities add up to this; 1 = off. */
  topP?: number | undefined;
  /** 0.05. Keeps tokens at least this share as likely as the most likely one; 0 = off. */
  minP?: number | undefined;
  /** 1 (off). Keeps tokens of typical surprise whose probabilities add up to this. */
  typicalP?: number | undefined;
  /** -1 (off). Keeps tokens within n standard deviations of the largest logit; 0 or less = off. */
  topNSigma?: number | undefined;
  /** 0 (off). The chance that a token is chosen without the top choices. */
  xtcProbability?: number | undefined;
  /** 0.1. The probability from which a token is a top choice; above 0.5 = off. */
  xtcThreshold?: number | undefined;
  /** 0. The truncating steps top_p, min_p, typ_p and xtc leave at least as many tokens. */
  minKeep?: number | undefined;
  /** 1 (off). Divides the positive and multiplies the negative logits of tokens in the window. */
  repeatPenalty?: number | undefined;
  /** 64. The window of the three penalties, in tokens; 0 = off, -1 = the context's size. */
  repeatLastN?: number | undefined;
  /** 0 (off). Taken off a logit for every occurrence in the window. */
  frequencyPenalty?: number | undefined;
  /** 0 (off). Taken off the logit of every token in the window. */
  presencePenalty?: number | undefined;
  /** 0 (off). Strength of the penalty on continuing a repetition. */
  dryMultiplier?: number | undefined;
  /** 1.75. The penalty grows by this factor with every token of the repetition. */
  dryBase?: number | undefined;
  /** 2. Repetitions may be this long for nothing. */
  dryAllowedLength?: number | undefined;
  /** -1. How far back repetitions are looked for, in tokens; 0 = off, -1 = the context's size. */
  dryPenaltyLastN?: number | undefined;
  /** `"\n"`, `":"`, `"\""`, `"*"`. Repetitions do not reach across these. */
  drySequenceBreakers?: readonly string[] | undefined;
  /**
   * 0 (off). 1 or 2 choose by that version of Mirostat, and all steps but the penalties and the temperature are off.
   */
  mirostat?: 0 | 1 | 2 | undefined;
  /** 5. The surprise that Mirostat aims at, in bits a token. */
  mirostatTau?: number | undefined;
  /** 0.1. How fast Mirostat adapts. */
  mirostatEta?: number | undefined;
  /** None. Token id -> what to add to its logit; -Infinity forbids the token. */
  logitBias?: ReadonlyMap<number, number> | undefined;
  /** -1 (random). A whole number up to 2^32 - 1; the same seed, model and settings give the same tokens. */
  seed?: number | undefined;
  /** All but `infill`. The steps to run, in this order; `infill` ends text that is filled in as soon as it can. */
  samplers?: readonly SamplerName[] | undefined;
}

/** Options that are complete and checked; `seed` is the one in use, never -1. */
export type ResolvedSampling = {
  readonly [Name in keyof SamplingOptions]-?: Exclude<SamplingOptions[Name], undefined>;
};

type NumericOption = {
  [Name in keyof ResolvedSampling]: ResolvedSampling[Name] extends number ? Name : never;
}[keyof ResolvedSampling];

interface Rule {
  readonly default: number;
  readonly wanted: string;
  readonly accepts: (value: number) => boolean;
}

const isReal = Number.isFinite;
const isWhole = Number.isSafeInteger;
const share = (value: number): Rule => ({
  default: value,
  wanted: "between 0 and 1",
  accepts: (found) => found >= 0 && found <= 1,
});
const notNegative = (value: number): Rule => ({
  default: value,
  wanted: "a finite number of 0 or more",
  accepts: (found) => isReal(found) && found >= 0,
});
const any = (value: number): Rule => ({ default: value, wanted: "a finite number", accepts: isReal });
const tokens = (value: number): Rule => ({
  default: value,
  wanted: "a whole number of tokens, 0 (off) or -1 (the context's size)",
  accepts: (found) => isWhole(found) && found >= -1,
});

const RULES: Readonly<Record<NumericOption, Rule>> = {
  temperature: { ...any(0.8), wanted: "a finite number (0 or less always chooses the best token)" },
  dynatempRange: notNegative(0),
  dynatempExponent: notNegative(1),
  topK: { default: 40, wanted: "a whole number (0 or less is off)", accepts: isWhole },
  topP: share(0.95),
  minP: share(0.05),
  typicalP: share(1),
  topNSigma: { ...any(-1), wanted: "a finite number (0 or less is off)" },
  xtcProbability: share(0),
  xtcThreshold: share(0.1),
  minKeep: { default: 0, wanted: "a whole number of 0 or more", accepts: (found) => isWhole(found) && found >= 0 },
  repeatPenalty: {
    default: 1,
    wanted: "a finite number above 0 (1 is off)",
    accepts: (found) => isReal(found) && found > 0,
  },
  repeatLastN: tokens(64),
  frequencyPenalty: any(0),
  presencePenalty: any(0),
  dryMultiplier: notNegative(0),
  dryBase: { default: 1.75, wanted: "a finite number of 1 or more", accepts: (found) => isReal(found) && found >= 1 },
  dryAllowedLength: {
    default: 2,
    wanted: "a whole number of 1 or more",
    accepts: (found) => isWhole(found) && found >= 1,
  },
  dryPenaltyLastN: tokens(-1),
  mirostat: { default: 0, wanted: "0 (off), 1 or 2", accepts: (found) => found === 0 || found === 1 || found === 2 },
  mirostatTau: notNegative(5),
  mirostatEta: notNegative(0.1),
  seed: {
    default: -1,
    wanted: "a whole number from 0 to 4294967295, or -1 for a random one",
    accepts: (found) => isWhole(found) && found >= -1 && found <= 0xffffffff,
  },
};

/** Every option of {@link SamplingOptions}. */
export const SAMPLING_OPTIONS: Readonly<Record<keyof SamplingOptions, true>> = {
  ...(Object.fromEntries(Object.keys(RULES).map((name) => [name, true])) as Record<NumericOption, true>),
  drySequenceBreakers: true,
  logitBias: true,
  samplers: true,
};

const DEFAULT_BREAKERS: readonly string[] = ["\n", ":", '"', "*"];

/**
 * Fills in the defaults and checks every option, once; what comes out is trusted from there on. A seed that is left
 * out or -1 is drawn here, so that it can be reported.
 *
 * @throws LlamaError `option` with the option's name, what was found and what was expected
 */
export function resolveSampling(options: SamplingOptions = {}): ResolvedSampling {
  const numbers = {} as Record<NumericOption, number>;
  for (const [name, rule] of Object.entries(RULES) as [NumericOption, Rule][]) {
    const found: unknown = options[name];
    numbers[name] = found === undefined ? rule.default : checked(name, found, rule);
  }
  return Object.freeze({
    ...numbers,
    mirostat: numbers.mirostat as 0 | 1 | 2,
    seed: resolveSeed(numbers.seed),
    drySequenceBreakers: breakersOf(options.drySequenceBreakers ?? DEFAULT_BREAKERS),
    logitBias: biasOf(options.logitBias ?? new Map()),
    samplers: samplersOf(options.samplers ?? DEFAULT_SAMPLERS),
  });
}

/**
 * The seed itself, or a random one for -1.
 * @throws LlamaError `option` where it is neither -1 nor a whole number from 0 to 2^32 - 1
 */
export function resolveSeed(seed: number): number {
  checked("seed", seed, RULES.seed);
  return seed === -1 ? (crypto.getRandomValues(new Uint32Array(1))[0] as number) : seed;
}

/** @internal What a value must be instead, or undefined where it will do: for flags, which have names of their own. */
export function expectedInstead(name: keyof SamplingOptions, found: number): string | undefined {
  const rule: Rule | undefined = Object.hasOwn(RULES, name) ? RULES[name as NumericOption] : undefined;
  return rule === undefined || rule.accepts(found) ? undefined : rule.wanted;
}

function checked(name: NumericOption, found: unknown, rule: Rule): number {
  if (typeof found !== "number" || !rule.accepts(found)) throw refused(name, found, rule.wanted);
  return found;
}

function breakersOf(found: unknown): readonly string[] {
  if (!Array.isArray(found)) throw refused("drySequenceBreakers", found, "a list of strings");
  for (const breaker of found) {
    if (typeof breaker !== "string" || breaker === "") {
      throw refused("drySequenceBreakers", breaker, "strings of one character or more");
    }
  }
  return Object.freeze([...found]);
}

function biasOf(found: unknown): ReadonlyMap<number, number> {
  if (!(found instanceof Map)) throw refused("logitBias", found, "a Map from token id to number");
  for (const [id, bias] of found) {
    if (!isWhole(id) || id < 0) throw refused("logitBias", id, "token ids, whole numbers of 0 or more");
    if (typeof bias !== "number" || !(bias < Number.POSITIVE_INFINITY)) {
      throw refused("logitBias", bias, "a finite number or -Infinity for each token");
    }
  }
  return new Map(found);
}

function samplersOf(found: unknown): readonly SamplerName[] {
  if (!Array.isArray(found)) throw refused("samplers", found, "a list of names");
  for (const name of found) {
    if (!SAMPLER_NAMES.includes(name)) throw refused("samplers", name, `names out of ${SAMPLER_NAMES.join(", ")}`);
  }
  return Object.freeze([...found]);
}

function refused(name: keyof SamplingOptions, found: unknown, wanted: string): LlamaError {
  return new LlamaError("option", `${name} must be ${wanted} (got ${shown(found)}).`);
}

function shown(found: unknown): string {
  if (typeof found === "number") return String(found);
  if (typeof found === "string") return `"${printable(found)}"`;
  return found === null ? "null" : `a value of type ${typeof found}`;
}
