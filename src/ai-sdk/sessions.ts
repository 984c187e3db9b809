import type { Session } from "../generation/session.js";
import type { Llama } from "../llama.js";

/** A session, and the ids that its KV cache holds. */
interface Kept {
  readonly session: Session;
  readonly ids: readonly number[];
}

/**
 * Sessions for calls that each bring their whole conversation. The last that was given back is kept, so that a
 * conversation that goes on is not evaluated anew; calls at the same time have one each.
 */
export class CallSessions {
  readonly #llama: Llama;
  #idle: Kept | undefined;

  constructor(llama: Llama) {
    this.#llama = llama;
  }

  /** A session that holds as much of the beginning of the ids as is known, and not all of them. */
  take(ids: readonly number[]): Session {
    const idle = this.#idle;
    this.#idle = undefined;
    if (idle === undefined || idle.session.isDisposed) return this.#llama.createSession();
    const { session } = idle;
    let shared = 0;
    const most = Math.min(session.position, ids.length - 1);
    while (shared < most && idle.ids[shared] === ids[shared]) shared++;
    session.rewind(session.canRewind(shared) ? shared : 0);
    return session;
  }

  /** @param ids what was evaluated, and perhaps more */
  give(session: Session, ids: readonly number[]): void {
    this.#idle?.session.dispose();
    this.#idle = { session, ids };
  }
}
