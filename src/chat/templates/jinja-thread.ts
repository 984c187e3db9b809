import { printable } from "../../errors.js";
import { platform } from "../../platform/current.js";
import type { Thread } from "../../platform/platform.js";
import type { JinjaRequest, JinjaResult } from "./jinja-worker.js";

/** To start a thread and load the interpreter, on a machine that is busy with other things. */
const START_MS = 30_000;
/**
 * To render one conversation, which takes milliseconds: as much as a machine that is busy with other things may add.
 */
const RENDER_MS = 5000;
const LIMITS = { heapMegabytes: 256, stackMegabytes: 4 };

/** Why a thread ended: it renders nothing any more. */
export class ThreadEnded extends Error {
  /** Whether it was at work on a conversation, which may be why. */
  readonly wasRendering: boolean;

  constructor(reason: string, wasRendering: boolean) {
    super(reason);
    this.wasRendering = wasRendering;
  }
}

/**
 * A thread that renders one template, with bounds for time and memory. It does not keep the process alive while it has
 * nothing to do.
 */
export class JinjaThread {
  readonly #thread: Thread;
  /** What it is doing: starting at first, then a conversation; undefined while it waits for one. */
  #task: Task | undefined;
  readonly #started: Promise<unknown>;
  #ended: ThreadEnded | undefined;

  constructor(source: string) {
    this.#thread = platform.startThread("dist/bundle/jinja-worker.js", {
      name: "llama2 template",
      data: source,
      isolation: LIMITS,
    });
    this.#thread.on("message", (result: JinjaResult | null) => this.#task?.resolve(result));
    this.#thread.on("error", ({ code, message }) => {
      this.end(code === "ERR_WORKER_OUT_OF_MEMORY" ? "it takes too much memory" : printable(message, 200));
    });
    this.#thread.on("exit", () => this.end("its thread ended unexpectedly"));
    this.#started = this.#begin(START_MS, "its thread did not start");
    // Whoever renders hears of it.
    this.#started.catch(() => undefined);
  }

  get hasEnded(): boolean {
    return this.#ended !== undefined;
  }

  /**
   * Renders a conversation; the one before must have been rendered.
   * @throws ThreadEnded where it takes too much, or the thread had ended before
   */
  async render(request: JinjaRequest): Promise<JinjaResult> {
    await this.#started;
    if (this.#ended !== undefined) throw new ThreadEnded(this.#ended.message, false);
    this.#thread.postMessage(request);
    return (await this.#begin(RENDER_MS, `it takes longer than ${RENDER_MS} ms`, true)) as JinjaResult;
  }

  /** Ends it, whatever it is doing; the first reason counts. */
  end(reason: string): void {
    this.#ended ??= new ThreadEnded(reason, this.#task?.isRendering ?? false);
    this.#task?.reject(this.#ended);
    void this.#thread.terminate();
  }

  #begin(limitMs: number, reason: string, isRendering = false): Promise<JinjaResult | null> {
    return new Promise((resolve, reject) => {
      this.#thread.ref();
      let timer = setTimeout(() => {
        // Where this thread was busy itself, the result may be there and only not heard of yet.
        timer = setTimeout(() => this.end(reason), 0);
      }, limitMs);
      const settled = <T>(settle: (value: T) => void) => {
        return (value: T) => {
          clearTimeout(timer);
          this.#task = undefined;
          this.#thread.unref();
          settle(value);
        };
      };
      this.#task = { isRendering, resolve: settled(resolve), reject: settled(reject) };
    });
  }
}

interface Task {
  readonly isRendering: boolean;
  readonly resolve: (result: JinjaResult | null) => void;
  readonly reject: (error: ThreadEnded) => void;
}
