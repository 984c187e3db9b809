/** The last `capacity` tokens, in constant memory. */
export class TokenRing {
  readonly #tokens: Uint32Array;
  #next = 0;
  #length = 0;

  /** @param capacity at least 1 */
  constructor(capacity: number) {
    this.#tokens = new Uint32Array(capacity);
  }

  /** How many tokens are held, at most the capacity. */
  get length(): number {
    return this.#length;
  }

  /** The token `back` places before the newest, which is 0; `back` is below `length`. */
  recent(back: number): number {
    const at = this.#next - 1 - back;
    return this.#tokens[at < 0 ? at + this.#tokens.length : at] as number;
  }

  /** Adds the newest token; returns the one that had to leave for it, if any. */
  push(id: number): number | undefined {
    const leaving = this.#length === this.#tokens.length ? this.#tokens[this.#next] : undefined;
    this.#tokens[this.#next] = id;
    this.#next = (this.#next + 1) % this.#tokens.length;
    if (leaving === undefined) this.#length++;
    return leaving;
  }

  clear(): void {
    this.#next = 0;
    this.#length = 0;
  }

  clone(): TokenRing {
    const copy = new TokenRing(this.#tokens.length);
    copy.#tokens.set(this.#tokens);
    copy.#next = this.#next;
    copy.#length = this.#length;
    return copy;
  }
}
