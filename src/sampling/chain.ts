import { LlamaError } from "../errors.js";
import type { ResolvedSampling, SamplerName } from "./options.js";
import { draw, greedy } from "./selection.js";
import type { SamplerStep, Selection } from "./step.js";
import { Dry } from "./steps/dry.js";
import { infill } from "./steps/infill.js";
import { minP } from "./steps/min-p.js";
import { Mirostat } from "./steps/mirostat.js";
import { Penalties } from "./steps/penalties.js";
import { SequenceBreakers } from "./steps/sequence-breakers.js";
import { dynamicTemperature, temperature } from "./steps/temperature.js";
import { topK } from "./steps/top-k.js";
import { topNSigma } from "./steps/top-n-sigma.js";
import { topP } from "./steps/top-p.js";
import { typical } from "./steps/typical.js";
import { xtc } from "./steps/xtc.js";

/** What a sampler must know of the model it samples for. */
export interface SamplerEnvironment {
  readonly vocabularySize: number;
  /** The longest history there can be, in tokens. */
  readonly contextSize: number;
  /** The bytes of one token; only DRY asks for them, to find its sequence breakers. */
  readonly bytesOf?: ((id: number) => Uint8Array) | undefined;
  /** The tokens that end an answer, the usual one first; only the step for text that is filled in asks for them. */
  readonly ends?: (() => ReadonlySet<number>) | undefined;
  /** Steps that run before all others, on the whole vocabulary. */
  readonly steps?: readonly SamplerStep[] | undefined;
}

type Builder = (options: ResolvedSampling, environment: SamplerEnvironment) => SamplerStep | undefined;

/** One row a sampler; an option at its "off" value gives no step. */
const BUILDERS: Readonly<Record<SamplerName, Builder>> = {
  penalties: (options, { vocabularySize, contextSize }) => {
    const { repeatPenalty: repeat, frequencyPenalty: frequency, presencePenalty: presence } = options;
    const window = windowOf(options.repeatLastN, contextSize);
    if (window === 0 || (repeat === 1 && frequency === 0 && presence === 0)) return undefined;
    return new Penalties({ repeat, frequency, presence }, window, vocabularySize);
  },
  dry: (options, environment) => {
    const window = windowOf(options.dryPenaltyLastN, environment.contextSize);
    if (window === 0 || options.dryMultiplier === 0) return undefined;
    const weights = {
      multiplier: options.dryMultiplier,
      base: options.dryBase,
      allowedLength: options.dryAllowedLength,
    };
    return new Dry(weights, window, environment.vocabularySize, breakersFor(options, environment));
  },
  top_n_sigma: ({ topNSigma: count }) => (count > 0 ? topNSigma(count) : undefined),
  top_k: ({ topK: count }) => (count > 0 ? topK(count) : undefined),
  typ_p: ({ typicalP, minKeep }) => (typicalP < 1 ? typical(typicalP, minKeep) : undefined),
  top_p: ({ topP: mass, minKeep }) => (mass < 1 ? topP(mass, minKeep) : undefined),
  min_p: ({ minP: share, minKeep }) => (share > 0 ? minP(share, minKeep) : undefined),
  xtc: ({ xtcProbability, xtcThreshold, minKeep }) =>
    xtcProbability > 0 && xtcThreshold <= 0.5 ? xtc(xtcProbability, xtcThreshold, minKeep) : undefined,
  temperature: ({ temperature: degree, dynatempRange, dynatempExponent }) => {
    if (dynatempRange > 0 && degree > 0) return dynamicTemperature(degree, dynatempRange, dynatempExponent);
    // A greedy choice follows, which is the same at every temperature.
    return degree === 1 || degree <= 0 ? undefined : temperature(degree);
  },
  infill: (_, { ends, bytesOf }) => {
    if (ends !== undefined && bytesOf !== undefined) return infill(ends(), bytesOf);
    throw new LlamaError("option", "The sampler infill needs the tokens' bytes and those that end: give both.");
  },
};

/** These reweigh tokens for what they are; the others shape a distribution, which a greedy choice has no use for. */
const isPenalty = (name: SamplerName) => name === "penalties" || name === "dry";

/**
 * The steps that the options ask for, in order, and the choice at the end. At a temperature of 0 or less the choice
 * is greedy and only the penalties run before it, or all where `infill` decides on an end by how many are left; with
 * Mirostat the temperature runs too.
 */
export function buildChain(
  options: ResolvedSampling,
  environment: SamplerEnvironment,
): { steps: SamplerStep[]; selection: Selection } {
  const isGreedy = options.temperature <= 0;
  const version = options.mirostat;
  const isShaped = version === 0 && (!isGreedy || options.samplers.includes("infill"));
  const names = isShaped ? options.samplers : options.samplers.filter(isPenalty);
  const steps = names.map((name) => BUILDERS[name](options, environment)).filter((step) => step !== undefined);
  if (isGreedy) return { steps, selection: greedy };
  if (version === 0) return { steps, selection: draw };

  if (options.temperature !== 1) steps.push(temperature(options.temperature));
  const { mirostatTau, mirostatEta } = options;
  return { steps, selection: new Mirostat(version, mirostatTau, mirostatEta, environment.vocabularySize) };
}

function windowOf(lastN: number, contextSize: number): number {
  return lastN === -1 ? contextSize : Math.min(lastN, contextSize);
}

function breakersFor(options: ResolvedSampling, { bytesOf }: SamplerEnvironment): SequenceBreakers {
  if (bytesOf === undefined && options.drySequenceBreakers.length > 0) {
    throw new LlamaError(
      "option",
      "DRY has sequence breakers and no way to read a token's text: give the sampler bytesOf, or no drySequenceBreakers.",
    );
  }
  return new SequenceBreakers(options.drySequenceBreakers, bytesOf ?? (() => new Uint8Array(0)));
}
