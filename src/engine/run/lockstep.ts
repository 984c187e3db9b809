/** What the forward pass needs of the threads around it. */
export interface Lockstep {
  readonly worker: number;
  readonly workers: number;
  /** Returns when all workers have called it. */
  barrier(): void;
  /** The number of the next piece that nobody has taken since the last barrier. */
  nextPiece(): number;
  /** Called by all after each layer, and contains a barrier; all get the same answer. */
  mayGoOn(): boolean;
}
