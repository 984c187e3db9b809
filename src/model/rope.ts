/** How positions become rotation angles, as a model's metadata asks for it. */
export interface RopeConfig {
  /** Values rotated in each head: all of them. */
  readonly dims: number;
  /** theta, 10000 in "RoFormer" (Su et al. 2021), 1e6 in Code Llama. */
  readonly base: number;
  readonly scaling: RopeScaling;
}

/** How a model stretches RoPE beyond the context it was trained with. */
export type RopeScaling =
  | { readonly kind: "none" }
  /** Position interpolation (Chen et al. 2023): angles of position / factor. */
  | { readonly kind: "linear"; readonly factor: number }
  /** YaRN (Peng et al. 2023): interpolates the slow pairs only, and scales the attention. */
  | {
      readonly kind: "yarn";
      readonly factor: number;
      readonly originalContext: number;
      readonly attentionFactor: number;
    };

/** YaRN's defaults: pairs that turn more than 32 times over the original context are kept, below 1 interpolated. */
const YARN_BETA_FAST = 32;
const YARN_BETA_SLOW = 1;

/** The angles of all positions: angle(position, i) = position * frequencies[i]; cos and sin are times `magnitude`. */
export interface RopeAngles {
  /** Radians a position, one a pair: (dims / 2,). */
  readonly frequencies: Float64Array;
  readonly magnitude: number;
}

/**
 * The rotation a position of each pair.
 * @param factors (dims / 2,) what the file's `rope_freqs.weight` divides the base frequencies by (Llama 3.1)
 */
export function ropeAngles(config: RopeConfig, factors?: ArrayLike<number>): RopeAngles {
  const { dims, base, scaling } = config;
  const frequencies = new Float64Array(dims / 2);
  for (let i = 0; i < frequencies.length; i++) {
    frequencies[i] = base ** ((-2 * i) / dims) / (factors?.[i] ?? 1);
  }
  if (scaling.kind === "none") return { frequencies, magnitude: 1 };
  if (scaling.kind === "linear") return { frequencies: frequencies.map((f) => f / scaling.factor), magnitude: 1 };
  const ramp = yarnRamp(config, scaling.originalContext);
  return {
    frequencies: frequencies.map((f, i) => f * (1 - ramp(i)) + (f / scaling.factor) * ramp(i)),
    magnitude: scaling.attentionFactor * (1 + 0.1 * Math.log(scaling.factor)),
  };
}

/** From 0 for the pairs that are kept to 1 for those interpolated in full (section 3.2 of the paper). */
function yarnRamp({ dims, base }: RopeConfig, originalContext: number): (pair: number) => number {
  const pairTurning = (turns: number) =>
    (dims * Math.log(originalContext / (turns * 2 * Math.PI))) / (2 * Math.log(base));
  const low = Math.max(0, Math.floor(pairTurning(YARN_BETA_FAST)));
  const high = Math.min(dims - 1, Math.ceil(pairTurning(YARN_BETA_SLOW)));
  return (pair) => Math.min(1, Math.max(0, (pair - low) / Math.max(0.001, high - low)));
}
