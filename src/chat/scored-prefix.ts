import { isOutOfMemory } from "../errors.js";
import type { Session, SessionOptions } from "../generation/session.js";
import { commonLength } from "./cache-contents.js";

/** Fewer tokens in common are evaluated as fast as their cache is copied. */
const WORTHWHILE = 16;

/** A text that others may begin with. */
interface Base {
  ids: readonly number[];
  /** Holds the ids; undefined while they are evaluated, and where that failed. */
  session: Session | undefined;
  readonly ended: Promise<void>;
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
    if (base?.session !== undefined) base.session.dispose();
    // Whoever waits for it already comes first.
    else void base?.ended.then(() => base.session?.dispose());
  }

  /** A copy of what is common with a base; undefined where there is none to be had. */
  async #forked(base: Base, ids: readonly number[]): Promise<Session | undefined> {
    await base.ended;
    const kept = base.session;
    if (kept === undefined || kept.isDisposed || kept.contextSize < ids.length) return undefined;
    // What waited beside this one may have cut it shorter meanwhile.
    const common = Math.min(commonLength(base.ids, ids), ids.length - 1);
    if (common < WORTHWHILE || !kept.canRewind(common)) return undefined;
    base.ids = ids.slice(0, common);
    kept.rewind(common);
    try {
      return kept.fork({ contextSize: ids.length });
    } catch (error) {
      if (!isOutOfMemory(error)) throw error;
      this.dispose();
      return undefined;
    }
  }

  async #asBase<T>(ids: readonly number[], use: (session: Session) => Promise<T>): Promise<T> {
    this.dispose();
    const session = this.#createBase(ids.length);
    const work = use(session);
    const keep = () => {
      base.session = session;
    };
    const base: Base = { ids, session: undefined, ended: work.then(keep, () => session.dispose()) };
    this.#base = base;
    await base.ended;
    if (base.session === undefined && this.#base === base) this.#base = undefined;
    return work;
  }

  /** With room for longer answers where there is memory for that: a copy can hold no more. */
  #createBase(length: number): Session {
    try {
      return this.#create({ contextSize: Math.min(this.#contextSize, 2 * length) });
    } catch (error) {
      if (!isOutOfMemory(error)) throw error;
      return this.#create({ contextSize: length });
    }
  }
}
