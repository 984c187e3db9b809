import { type ChildProcess, fork } from "node:child_process";
import type { Answer, Request } from "./protocol.js";

/** One of the two programs, in a process of its own. */
export class Program {
  readonly #child: ChildProcess;
  readonly #name: string;
  #settle: ((answer: Answer | Error) => void) | undefined;

  constructor(name: "ours" | "theirs") {
    this.#name = name;
    this.#child = fork(new URL(`./${name}.js`, import.meta.url));
    this.#child.on("message", (message) => this.#settle?.(message as Answer));
    this.#child.on("exit", (code, signal) => this.#settle?.(new Error(`${name} ended with ${code ?? signal}`)));
  }

  /** One request at a time. */
  ask(request: Request): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#child.exitCode !== null) return reject(new Error(`${this.#name} has ended`));
      this.#settle = (answer) => (answer instanceof Error ? reject(answer) : resolve(answer));
      this.#child.send(request);
    });
  }

  end(): void {
    this.#settle = undefined;
    this.#child.kill();
  }
}

/** Both programs with the same model loaded, for as long as `work` lasts. */
export async function withBoth<T>(
  path: string,
  threads: number,
  contextSize: number,
  work: (both: { readonly ours: Program; readonly theirs: Program; readonly loads: readonly Answer[] }) => Promise<T>,
): Promise<T> {
  const ours = new Program("ours");
  const theirs = new Program("theirs");
  try {
    const request: Request = { kind: "load", path, threads, contextSize };
    const loads = [await ours.ask(request), await theirs.ask(request)];
    return await work({ ours, theirs, loads });
  } finally {
    ours.end();
    theirs.end();
  }
}
