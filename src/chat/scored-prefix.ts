import { LlamaError } from "../errors.js";
import type { Session, SessionOptions } from "../generation/session.js";
import { commonLength } from "./cache-contents.js";

/** Fewer tokens in common are evaluated as fast as their cache is copied. */
const WORTHWHILE = 16;

/** A text whose evaluation is over, or under way: undefined where it failed. */
interface Base {
  ids: readonly number[];
  readonly session: Promise<Session | undefined>;
}

/**
 * Keeps the sequence of a text that was scored, so that several answers to one prompt evaluate the prompt once: also
 * those that are scored while the first one still is.
 */
export class ScoredPrefix {
  readonly #create: (options: SessionOptions) => Session;
  readonly #contextSize: number;
  #base: Base | undefined;

  /** @param contextSize of the model, in tokens */
  constructor(create: (options: SessionOptions) => Session, contextSize: number) {
    this.#create = create;
    this.#contextSize = contextSize;
  }

  /**
   * Gives `use` a sequence which holds a beginning of the ids, but never all of them.
   * @throws what `use` does; LlamaError `memory`
   */
  async withBeginning<T>(ids: readonly number[], use: (session: Session) => Promise<T>): Promise<T> {
    const base = this.#base;
    // Without a turn in between, so that of texts that come together the first is the others' base.
    if (base === undefined || commonLength(base.ids, ids) < WORTHWHILE) return this.#asBase(ids, use);
    const session = (await this.#forked(base, ids)) ?? this.#create({ contextSize: ids.length });
    try {
      return await use(session);
    } finally {
      session.dispose();
    }
  }

  dispose(): void {
    const base = this.#base;
    this.#base = undefined;
    void base?.session.then((session) => session?.dispose());
  }

  /** A copy of what is common with a base; undefined where there is none to be had. */
  async #forked(base: Base, ids: readonly number[]): Promise<Session | undefined> {
    const kept = await base.session;
    if (kept === undefined || kept.isDisposed || kept.contextSize < ids.length) return undefined;
    // What waited beside this one may have cut it shorter meanwhile.
    const common = Math.min(commonLength(base.ids, ids), ids.length - 1);
    if (common < WORTHWHILE || !kept.canRewind(common)) return undefined;
    base.ids = ids.slice(0, common);
    kept.rewind(common);
    try {
      return kept.fork({ contextSize: ids.length });
    } catch (error) {
      if (!(error instanceof LlamaError) || error.code !== "memory") throw error;
      this.dispose();
      return undefined;
    }
  }

  async #asBase<T>(ids: readonly number[], use: (session: Session) => Promise<T>): Promise<T> {
    this.dispose();
    let settle: (session: Session | undefined) => void = () => undefined;
    const ended = new Promise<Session | undefined>((resolve) => {
      settle = resolve;
    });
    const base: Base = { ids, session: ended };
    this.#base = base;
    let session: Session | undefined;
    try {
      // The base before this one is disposed of by then, unless it is still being evaluated.
      await undefined;
      // A copy can hold no more than this one, and the next answer may be longer.
      session = this.#create({ contextSize: Math.min(this.#contextSize, 2 * ids.length) });
      const result = await use(session);
      settle(session);
      return result;
    } catch (error) {
      session?.dispose();
      settle(undefined);
      if (this.#base === base) this.#base = undefined;
      throw error;
    }
  }
}
