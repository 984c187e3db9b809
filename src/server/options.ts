import { LlamaError } from "../errors.js";
import { refuseUnknown } from "../options.js";

/** How a model is served. */
export interface ServeOptions {
  /** The name that the model has for its clients; by default that of its file. */
  readonly alias?: string | undefined;
  /** Answers that are computed at once, 4 by default; each has a KV cache of its own while it is under way. */
  readonly parallel?: number | undefined;
  /** Requests that may wait for their turn, 256 by default; the next ones are refused. */
  readonly queue?: number | undefined;
  /** One of these is asked for as a bearer token; by default none is. */
  readonly apiKeys?: readonly string[] | undefined;
  /**
   * Names in the address of a request that are answered, besides localhost and addresses of digits; by default all are,
   * as a handler without a port cannot be reached by another site's page.
   */
  readonly hosts?: readonly string[] | undefined;
  /** Origins whose pages may use the server, besides its own; by default none. */
  readonly origins?: readonly string[] | undefined;
  /** Largest body of a request, 16 MiB by default. */
  readonly bodyLimit?: number | undefined;
  /** Whether embeddings are given and nothing is answered; by default both are. */
  readonly embedding?: boolean | undefined;
  /** Once it is aborted, answers under way are finished; requests that wait, and those that come, are refused. */
  readonly signal?: AbortSignal | undefined;
  /** Called when a request was answered. */
  readonly onRequest?: ((entry: RequestEntry) => void) | undefined;
  /** Called with what nobody foresaw. */
  readonly onDefect?: ((error: unknown) => void) | undefined;
}

/** A request in the log: nothing that anybody said, and no key. */
export interface RequestEntry {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** 499 where the client went away before the answer was whole. */
  readonly status: number;
  readonly milliseconds: number;
  readonly promptTokens: number;
  readonly tokens: number;
  /** Of the answer, without the time of its prompt; 0 where there is none. */
  readonly tokensPerSecond: number;
}

/** Options that are complete. */
export interface ServeSettings extends Pick<ServeOptions, "alias" | "hosts" | "signal" | "onRequest" | "onDefect"> {
  readonly parallel: number;
  readonly queue: number;
  readonly apiKeys: readonly string[];
  readonly origins: readonly string[];
  readonly bodyLimit: number;
  readonly embedding: boolean;
}

const KNOWN: Readonly<Record<keyof ServeOptions, true>> = {
  alias: true,
  parallel: true,
  queue: true,
  apiKeys: true,
  hosts: true,
  origins: true,
  bodyLimit: true,
  embedding: true,
  signal: true,
  onRequest: true,
  onDefect: true,
};

/** @throws LlamaError `option` for what is unknown or out of range */
export function serveSettings(options: ServeOptions): ServeSettings {
  refuseUnknown(options, KNOWN, "createFetch");
  const {
    parallel = 4,
    queue = 256,
    apiKeys = [],
    origins = [],
    bodyLimit = 16 * 1024 * 1024,
    embedding = false,
  } = options;
  requireWhole("parallel", parallel, 1, 256);
  requireWhole("queue", queue, 0, 100_000);
  requireWhole("bodyLimit", bodyLimit, 1024, 1024 * 1024 * 1024);
  if (apiKeys.some((key) => key.trim() === "")) throw new LlamaError("option", "apiKeys has a key that is empty.");
  return { ...options, parallel, queue, apiKeys, origins, bodyLimit, embedding };
}

function requireWhole(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new LlamaError("option", `${name} must be a whole number from ${least} to ${most} (got ${value}).`);
}
