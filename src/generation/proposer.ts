/**
 * Guesses which tokens come next, so that several can be evaluated in one batch. A guess never changes the answer: a
 * token that the sampler does not choose is taken back, with all behind it.
 */
export interface TokenProposer {
  /**
   * Tokens that may follow, in order; none where there is no good guess.
   * @param tokens of the whole sequence so far, prompt and answer
   * @param most how many may be proposed
   */
  propose(tokens: readonly number[], most: number): readonly number[];
  /** Hears how many of the tokens it proposed last were what the sampler chose. */
  learn(proposed: number, accepted: number): void;
}
