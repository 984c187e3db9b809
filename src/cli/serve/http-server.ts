import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { LlamaError, printable } from "../../errors.js";
import { codeOf } from "../../files/failure.js";

/** Answers a request in the types of the Fetch standard. */
export type Handler = (request: Request) => Promise<Response>;

/** Milliseconds that a head, a whole request and the next request of a connection may take to come. */
const HEAD_MS = 10_000;
const REQUEST_MS = 60_000;
const KEEP_ALIVE_MS = 10_000;
/** Who reads nothing of an answer for so long has gone. */
const UNREAD_MS = 60_000;
const MAX_CONNECTIONS = 1024;

/** A handler on a port. */
export class HttpServer {
  readonly #server: Server;
  /** Changed when the model is there. */
  handler: Handler;

  constructor(handler: Handler) {
    this.handler = handler;
    this.#server = createServer(
      { headersTimeout: HEAD_MS, requestTimeout: REQUEST_MS, keepAliveTimeout: KEEP_ALIVE_MS },
      (incoming, outgoing) => void this.#answer(incoming, outgoing),
    );
    this.#server.maxConnections = MAX_CONNECTIONS;
    // What is no HTTP is answered by Node itself, and its connection closed.
    this.#server.on("clientError", (_, socket) => socket.destroy());
  }

  /**
   * @returns the address that it listens at
   * @throws LlamaError `option` where the port is taken or the address is not this machine's
   */
  async listen(host: string, port: number): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", (error) => reject(notListening(error, host, port)));
      this.#server.listen(port, host, resolve);
    });
    const address = this.#server.address();
    const found = typeof address === "object" && address !== null ? address : { address: host, port };
    const name = found.address.includes(":") ? `[${found.address}]` : found.address;
    return `http://${name}:${found.port}`;
  }

  /** Takes no more connections; resolves once those that there are have ended. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    await closed;
  }

  async #answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const gone = new AbortController();
    outgoing.on("close", () => {
      if (!outgoing.writableFinished) gone.abort(new Error("the client went away"));
    });
    outgoing.on("error", () => undefined);
    try {
      const response = await this.handler(requestOf(incoming, gone.signal));
      // What nobody read of a request that is refused early would stand before the next one of its connection.
      if (!incoming.complete) outgoing.setHeader("connection", "close");
      await send(response, outgoing, incoming.method === "HEAD");
    } catch {
      // The handler tells failures itself: what is left is a client that is no longer there, or never spoke HTTP.
      outgoing.destroy();
    }
  }
}

function requestOf(incoming: IncomingMessage, signal: AbortSignal): Request {
  const { method = "GET", headers, url = "/" } = incoming;
  const host = headers.host ?? "localhost";
  const hasBody = method !== "GET" && method !== "HEAD";
  const list = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [value].flat().map((one) => [name, one]),
  );
  return new Request(new URL(url.startsWith("/") ? `http://${host}${url}` : url), {
    method,
    headers: list,
    signal,
    ...(hasBody ? { body: Readable.toWeb(incoming) as ReadableStream<Uint8Array>, duplex: "half" } : {}),
  });
}

async function send(response: Response, outgoing: ServerResponse, isHead: boolean): Promise<void> {
  outgoing.statusCode = response.status;
  for (const [name, value] of response.headers) outgoing.setHeader(name, value);
  outgoing.flushHeaders();
  if (response.body === null || isHead) {
    await response.body?.cancel();
    outgoing.end();
    return;
  }
  const reader = response.body.getReader();
  const stop = () => void reader.cancel(new Error("the client went away")).catch(() => undefined);
  outgoing.on("close", stop);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done || outgoing.destroyed) break;
      if (!outgoing.write(value)) await drained(outgoing);
    }
  } finally {
    outgoing.off("close", stop);
    if (outgoing.destroyed) stop();
    outgoing.end();
  }
}

/** Waits until the client has read what was written; one that does not is cut off. */
function drained(outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => outgoing.destroy(), UNREAD_MS);
    const done = () => {
      clearTimeout(timer);
      outgoing.off("drain", done);
      outgoing.off("close", done);
      resolve();
    };
    outgoing.on("drain", done);
    outgoing.on("close", done);
    if (outgoing.destroyed) done();
  });
}

function notListening(error: Error, host: string, port: number): LlamaError {
  const reasons: Record<string, string> = {
    EADDRINUSE: `port ${port} is taken; choose another with --port, or 0 for any that is free`,
    EACCES: `port ${port} is reserved for the system; choose one from 1024 on with --port`,
    EADDRNOTAVAIL: `${printable(host, 100)} is no address of this machine; choose another with --host`,
    ENOTFOUND: `no address is known for ${printable(host, 100)}; choose another with --host`,
  };
  const reason = reasons[codeOf(error) ?? ""] ?? printable(error.message, 200);
  return new LlamaError("option", `The server cannot listen: ${reason}.`, { cause: error });
}
