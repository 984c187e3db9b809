import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { Readable } from "node:stream";
import { LlamaError, printable } from "../../errors.js";
import { codeOf } from "../../files/failure.js";
import { cutOff, drained, finished } from "./patience.js";

/** Answers a request in the types of the Fetch standard. */
export type Handler = (request: Request) => Promise<Response>;

/** What connections may take; SECURITY.md tells of these. */
export interface HttpLimits {
  /** Milliseconds for a head to come. */
  readonly headMs: number;
  /** Milliseconds for a whole request to come. */
  readonly requestMs: number;
  /** Milliseconds until the next request of a connection begins. */
  readonly keepAliveMs: number;
  /** Milliseconds after which one who reads nothing of an answer has gone. */
  readonly unreadMs: number;
  /** Milliseconds that requests which are still coming have at the end. */
  readonly endMs: number;
  readonly connections: number;
  /** Requests of a connection that are answered at once, as one may send them without waiting. */
  readonly pipelined: number;
}

const LIMITS: HttpLimits = {
  headMs: 10_000,
  requestMs: 60_000,
  keepAliveMs: 10_000,
  unreadMs: 60_000,
  endMs: 5_000,
  connections: 1024,
  pipelined: 256,
};

/** A request's answer, and when all of it was sent. */
interface Exchange {
  readonly outgoing: ServerResponse;
  readonly answered: Promise<void>;
}

/** A handler on a port. */
export class HttpServer {
  readonly #server: Server;
  readonly #limits: HttpLimits;
  /** Connections, with what ends their answers. */
  readonly #sockets = new Map<Socket, Set<AbortController>>();
  /** What is answered now. */
  readonly #underWay = new Map<IncomingMessage, Exchange>();
  #isEnding = false;
  /** Changed when the model is there. */
  handler: Handler;

  constructor(handler: Handler, limits: Partial<HttpLimits> = {}) {
    this.handler = handler;
    this.#limits = { ...LIMITS, ...limits };
    const { headMs, requestMs, keepAliveMs, connections } = this.#limits;
    this.#server = createServer(
      {
        headersTimeout: headMs,
        requestTimeout: requestMs,
        keepAliveTimeout: keepAliveMs,
        // By default Node looks every half minute, whatever the limits are.
        connectionsCheckingInterval: Math.max(10, Math.min(1000, headMs / 4)),
      },
      (incoming, outgoing) => this.#take(incoming, outgoing),
    );
    this.#server.maxConnections = connections;
    // Node would take no notice of heads beyond some number, of a second host for one; their bytes are bounded.
    this.#server.maxHeadersCount = 0;
    this.#server.on("connection", (socket) => {
      const answers = new Set<AbortController>();
      // Each of the answers waits for its end.
      socket.setMaxListeners(0);
      this.#sockets.set(socket, answers);
      socket.on("close", () => {
        this.#sockets.delete(socket);
        // Answers that stand behind another one do not hear of it themselves.
        for (const gone of answers) gone.abort(new Error("the client went away"));
      });
    });
    this.#server.on("clientError", (error, socket) => this.#refuse(error, socket as Socket));
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

  /**
   * Resolves once what is answered now has been; until then others are answered, too. Then no connection is left:
   * Node alone would wait for those that say nothing, and no longer look at how long they take.
   */
  async close(): Promise<void> {
    this.#isEnding = true;
    const cutUploads = setTimeout(() => {
      for (const { complete, socket } of this.#underWay.keys()) if (!complete) socket.destroy();
    }, this.#limits.endMs);
    await this.#answered();
    clearTimeout(cutUploads);
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    // Answers that came since are refusals, and a line long.
    await this.#answered();
    for (const socket of this.#sockets.keys()) socket.destroy();
    await closed;
  }

  async #answered(): Promise<void> {
    await Promise.all(Array.from(this.#underWay.values(), ({ answered }) => answered));
  }

  #take(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { socket } = incoming;
    const answers = this.#sockets.get(socket);
    if (answers === undefined || answers.size >= this.#limits.pipelined) {
      socket.destroy();
      return;
    }
    const gone = new AbortController();
    answers.add(gone);
    const answered = this.#answer(incoming, outgoing, gone.signal).finally(() => {
      answers.delete(gone);
      this.#underWay.delete(incoming);
      if (this.#isEnding && answers.size === 0) socket.destroySoon();
    });
    this.#underWay.set(incoming, { outgoing, answered });
  }

  async #answer(incoming: IncomingMessage, outgoing: ServerResponse, gone: AbortSignal): Promise<void> {
    outgoing.on("error", () => undefined);
    const request = requestOf(incoming, gone);
    if (request === undefined) {
      outgoing.writeHead(400, { connection: "close" }).end();
      return;
    }
    try {
      const response = await this.handler(request);
      // What nobody read of a request that is refused early would stand before the next one of its connection.
      if (!incoming.complete || this.#isEnding) outgoing.setHeader("connection", "close");
      await this.#send(response, outgoing, incoming.method === "HEAD", gone);
    } catch {
      // The handler tells failures itself: what is left is a client that is no longer there.
      outgoing.destroy();
    }
  }

  async #send(response: Response, outgoing: ServerResponse, isHead: boolean, gone: AbortSignal): Promise<void> {
    outgoing.statusCode = response.status;
    for (const [name, value] of response.headers) outgoing.setHeader(name, value);
    outgoing.flushHeaders();
    if (response.body === null || isHead) {
      await response.body?.cancel();
      outgoing.end();
      return;
    }
    const { unreadMs } = this.#limits;
    const reader = response.body.getReader();
    const stop = () => void reader.cancel(new Error("the client went away")).catch(() => undefined);
    gone.addEventListener("abort", stop);
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done || gone.aborted) break;
        if (!outgoing.write(value)) await drained(outgoing, unreadMs);
      }
    } finally {
      gone.removeEventListener("abort", stop);
      if (gone.aborted) stop();
      outgoing.end();
      await finished(outgoing, unreadMs);
    }
  }

  /** What is no HTTP, be it a head or a body that has begun to come, and what takes too long to come. */
  #refuse(error: Error, socket: Socket): void {
    const own = [...this.#underWay].filter(([incoming]) => incoming.socket === socket);
    // Within an answer a status would be part of it, and before one it would be taken for that.
    const isAnswering = own.some(([incoming, { outgoing }]) => incoming.complete || outgoing.headersSent);
    if (isAnswering || !socket.writable) socket.destroy();
    else cutOff(socket, codeOf(error));
  }
}

/** A name or an address, perhaps with a port: nothing that ends or begins another part of a URL. */
const HOST = /^(?:\[[\da-f:.]+\]|[^\s/\\?#@:[\]]+)(?::\d*)?$/i;

/** @returns undefined for a host or a method that is none, and where two hosts are named (RFC 9112, section 3.2) */
function requestOf(incoming: IncomingMessage, signal: AbortSignal): Request | undefined {
  const { method = "GET", headers, headersDistinct, url = "/" } = incoming;
  const { host: [host = "localhost", ...others] = [] } = headersDistinct;
  if (others.length > 0 || !HOST.test(host)) return undefined;
  const hasBody = method !== "GET" && method !== "HEAD";
  const list = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [value].flat().map((one) => [name, one]),
  );
  try {
    return new Request(urlOf(url, host), {
      method,
      headers: list,
      signal,
      ...(hasBody ? { body: Readable.toWeb(incoming) as ReadableStream<Uint8Array>, duplex: "half" } : {}),
    });
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** @throws TypeError for a target that is none: a path, or a URL of a web server */
function urlOf(target: string, host: string): URL {
  if (target.startsWith("/")) return new URL(`http://${host}${target}`);
  if (/^https?:\/\//i.test(target)) return new URL(target);
  throw new TypeError("no target of a request");
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
