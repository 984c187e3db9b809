import { LlamaError } from "../errors.js";
import { platform } from "../platform/current.js";
import type { Thread } from "../platform/platform.js";
import { type BadValue, compileQuantizer, QuantizeKernel } from "./kernel.js";
import { convertPiece, type Piece } from "./piece.js";
import type { WorkerAnswer } from "./worker.js";

type Result = Uint8Array<ArrayBuffer> | BadValue;

/**
 * Pieces that a worker has at a time: one that it works on, and some for as long as a write to a slow disk may take.
 */
const PIECES_EACH = 8;
/** Below this many values threads take longer to start than they save. */
const MIN_VALUES = 1 << 22;

/** Converts pieces of matrices, on several threads or, where there is little to do, on this one. */
export interface Converters {
  /** Pieces that are worth being under way at a time. */
  readonly depth: number;
  convert(piece: Piece): Promise<Result>;
  close(): Promise<void>;
}

/**
 * @param values how many there are to convert in all
 * @throws LlamaError `worker` where the system refuses a thread
 */
export async function startConverters(threads: number, values: number): Promise<Converters> {
  if (values < MIN_VALUES) return onThisThread();
  const workers: ConvertWorker[] = [];
  const close = async () => {
    await Promise.all(workers.map((worker) => worker.close()));
  };
  try {
    for (let i = 0; i < threads; i++) workers.push(new ConvertWorker(i));
  } catch (cause) {
    await close();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LlamaError(
      "worker",
      `The system refused worker thread ${workers.length + 1} of ${threads} (${reason}).`,
      {
        cause,
      },
    );
  }
  return {
    depth: threads * PIECES_EACH,
    convert: (piece) => workers.reduce((a, b) => (b.waiting < a.waiting ? b : a)).convert(piece),
    close,
  };
}

function onThisThread(): Converters {
  const kernel = new QuantizeKernel(compileQuantizer());
  return {
    depth: 1,
    convert: async (piece) => {
      await platform.nextTurn(); // lets a signal or a spinner have its turn
      return convertPiece(piece, kernel);
    },
    close: async () => undefined,
  };
}

interface Waiting {
  resolve(result: Result): void;
  reject(error: Error): void;
}

class ConvertWorker {
  readonly #thread: Thread;
  readonly #waiting: Waiting[] = [];
  #failure: LlamaError | undefined;

  constructor(index: number) {
    this.#thread = platform.startThread("dist/bundle/quantize-worker.js", {
      name: `llama2 quantize ${index}`,
      data: compileQuantizer(),
    });
    this.#thread.on("message", (answer: WorkerAnswer) => {
      const waiting = this.#waiting.shift();
      if ("result" in answer) waiting?.resolve(answer.result);
      else waiting?.reject(new LlamaError(answer.refused.code, answer.refused.message));
    });
    this.#thread.on("error", (cause) => this.#fail(cause.message, cause));
    this.#thread.on("exit", () => this.#fail("it ended"));
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  convert(piece: Piece): Promise<Result> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#thread.postMessage(piece);
    });
  }

  async close(): Promise<void> {
    await this.#thread.terminate();
  }

  #fail(reason: string, cause?: Error): void {
    this.#failure ??= new LlamaError("worker", `A worker thread failed (${reason}); try again with fewer threads.`, {
      cause,
    });
    for (const waiting of this.#waiting.splice(0)) waiting.reject(this.#failure);
  }
}
