/** The hyperparameters that fix every array's size, with the names of "Llama 2" (Touvron et al. 2023). */
export interface Shape {
  readonly vocabularySize: number;
  readonly dim: number;
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headSize: number;
  readonly hiddenDim: number;
  readonly contextLength: number;
  readonly ropeTheta: number;
  readonly normEpsilon: number;
  /** Whether the network says one number of each token (a reward, a value) as well: a row behind all others. */
  readonly scalarHead?: boolean;
}

/** 1.8 million parameters: as many as 2 MB of Q8_0 hold. Every row is a multiple of 32, as block formats want it. */
export const BUNDLED_SHAPE: Shape = {
  vocabularySize: 1024,
  dim: 192,
  layers: 5,
  heads: 6,
  kvHeads: 2,
  headSize: 32,
  hiddenDim: 384,
  contextLength: 512,
  ropeTheta: 10000,
  normEpsilon: 1e-5,
};
