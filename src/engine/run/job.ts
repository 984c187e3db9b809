/** Whose logits a slice computes; HIDDEN is none, but what they would be computed from, of all its tokens. */
export const LogitsWanted = { NONE: 0, LAST: 1, ALL: 2, HIDDEN: 3 } as const;
export type LogitsWanted = (typeof LogitsWanted)[keyof typeof LogitsWanted];

/** Where a sequence's KV cache lies, and how large it is. */
export interface CachePlace {
  /** One a bank. */
  readonly addresses: readonly number[];
  /** Positions that each head has rows for. */
  readonly rows: number;
}

/** Consecutive tokens of one sequence. */
export interface Slice {
  readonly tokens: ArrayLike<number>;
  /** Of the first token. */
  readonly position: number;
  readonly logits: LogitsWanted;
  readonly cache: CachePlace;
  /** What each of the model's adapters is multiplied by; 0 is none. */
  readonly scales: ArrayLike<number>;
}

/**
 * What goes through the network at once: slices of different sequences. Matrices see the tokens of all of them side by
 * side; what depends on a token's place in its sequence goes slice by slice. Logits come out in the order of the
 * tokens.
 */
export interface ForwardJob {
  readonly slices: readonly Slice[];
}

/** How many rows of logits a slice makes. */
export function logitRowsOf({ logits, tokens }: Slice): number {
  if (logits === LogitsWanted.LAST) return 1;
  return logits === LogitsWanted.ALL ? tokens.length : 0;
}
