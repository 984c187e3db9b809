import { failureBody, failureOf, ollamaFailureBody, type RequestFailure } from "../failure.js";

/** Pieces that may wait for a slow reader; then the answer pauses. */
const BUFFERED = 16;

/** A comment of this many milliseconds keeps a connection from being taken for dead. */
const PING_MS = 15_000;

const encoder = new TextEncoder();

/** How a kind of stream is written. */
export interface StreamFormat {
  readonly contentType: string;
  readonly item: (value: unknown) => string;
  readonly failure: (failure: RequestFailure) => string;
  readonly end: string;
  /** What says nothing, where there is such a thing. */
  readonly ping: string | undefined;
}

/** Server-sent events as OpenAI's clients read them. */
export const EVENT_STREAM: StreamFormat = {
  contentType: "text/event-stream; charset=utf-8",
  item: (value) => `data: ${JSON.stringify(value)}\n\n`,
  failure: (failure) => `data: ${JSON.stringify(failureBody(failure))}\n\n`,
  end: "data: [DONE]\n\n",
  ping: ": still at work\n\n",
};

/** A JSON value a line, as ollama's clients read them. */
export const NDJSON: StreamFormat = {
  contentType: "application/x-ndjson",
  item: (value) => `${JSON.stringify(value)}\n`,
  failure: (failure) => `${JSON.stringify(ollamaFailureBody(failure))}\n`,
  end: "",
  ping: undefined,
};

/**
 * Streams what a generator gives, as it comes. Nothing is computed for who does not read; who goes away ends the
 * generator, also one that waits for a reader.
 * @param signal of who goes away
 * @param onEnd called with what it failed of, if it did
 */
export function streamed(
  items: AsyncGenerator<unknown, void, undefined>,
  format: StreamFormat,
  signal: AbortSignal,
  onEnd: (error?: unknown) => void,
): Response {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;
  const over = (error?: unknown) => {
    if (isOver) return;
    isOver = true;
    clearInterval(timer);
    signal.removeEventListener("abort", leave);
    onEnd(error);
  };
  let fail: (reason: unknown) => void = () => undefined;
  const leave = () => {
    over(signal.reason);
    fail(signal.reason);
    void items.return().catch(() => undefined);
  };
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        fail = (reason) => controller.error(reason);
        signal.addEventListener("abort", leave, { once: true });
      },
      async pull(controller) {
        const { ping } = format;
        if (ping !== undefined) {
          timer = setInterval(() => {
            if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(ping));
          }, PING_MS);
        }
        try {
          const { done, value } = await items.next();
          if (isOver) return;
          if (done !== true) controller.enqueue(encoder.encode(format.item(value)));
          else {
            if (format.end !== "") controller.enqueue(encoder.encode(format.end));
            controller.close();
            over();
          }
        } catch (error) {
          if (isOver) return;
          // The status was sent; the stream itself has to tell.
          controller.enqueue(encoder.encode(format.failure(failureOf(error))));
          controller.close();
          over(error);
        } finally {
          clearInterval(timer);
        }
      },
      async cancel(reason) {
        over(reason ?? new Error("the client went away"));
        await items.return();
      },
    },
    { highWaterMark: BUFFERED },
  );
  const headers = { "content-type": format.contentType, "cache-control": "no-store", "x-accel-buffering": "no" };
  return new Response(body, { headers });
}
