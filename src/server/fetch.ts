import { perSecond } from "../generation/generation.js";
import type { Llama } from "../llama.js";
import { checkHost, checkKey, checkOrigin, preflight } from "./access.js";
import { Exchange } from "./exchange.js";
import { failureBody, failureOf, ollamaFailureBody, RequestFailure } from "./failure.js";
import { type ServeOptions, type ServeSettings, serveSettings } from "./options.js";
import { readBody } from "./request/body.js";
import { jsonResponse } from "./response/json.js";
import { ROUTES } from "./routes.js";
import { shuttingDown } from "./sequences/waiting-line.js";
import { Served } from "./served.js";

/** Answers a request, which is given as to `fetch`; its signal ends what is under way. */
export type FetchHandler = (input: Request | URL | string, init?: RequestInit) => Promise<Response>;

/**
 * The APIs of OpenAI, llama.cpp's server and ollama as one function of the Fetch standard, without a port: what
 * `llama2 serve` puts on one, and what a client takes as its `fetch`.
 * @throws LlamaError `option` for options that are unknown or out of range
 */
export function createFetch(llama: Llama, options: ServeOptions = {}): FetchHandler {
  const served = new Served(llama, serveSettings(options));
  return (input, init) =>
    answer(input instanceof Request && init === undefined ? input : new Request(input, init), served);
}

async function answer(request: Request, served: Served): Promise<Response> {
  const { settings } = served;
  const start = performance.now();
  const url = new URL(request.url);
  let status = 500;
  const exchange = new Exchange(request, served, ({ answers, promptTokens }, error) => {
    const tokens = answers?.tokens ?? 0;
    settings.onRequest?.({
      method: request.method,
      path: url.pathname,
      status: error === undefined ? status : request.signal.aborted ? 499 : 500,
      milliseconds: performance.now() - start,
      promptTokens: answers?.promptTokens ?? promptTokens,
      tokens,
      tokensPerSecond: perSecond(tokens, answers?.generateMs ?? 0),
    });
  });
  let origin: string | undefined;
  let response: Response;
  try {
    checkHost(url, settings);
    origin = checkOrigin(request, url, settings);
    if (settings.signal?.aborted === true) throw shuttingDown();
    response = await route(exchange, url, origin);
  } catch (error) {
    // As of any `fetch`: who aborts has no answer.
    if (request.signal.aborted) {
      exchange.end(error);
      throw request.signal.reason;
    }
    response = failed(error, settings, url.pathname.startsWith("/api/") ? ollamaFailureBody : failureBody);
  }
  status = response.status;
  if (!exchange.isStreamed) exchange.end();
  if (origin !== undefined) {
    response.headers.set("access-control-allow-origin", origin);
    response.headers.append("vary", "origin");
  }
  response.headers.set("x-content-type-options", "nosniff");
  return response;
}

async function route(exchange: Exchange, url: URL, origin: string | undefined): Promise<Response> {
  const { request, served } = exchange;
  const { settings } = served;
  const path = url.pathname.length > 1 ? url.pathname.replace(/\/$/, "") : url.pathname;
  const found = Object.hasOwn(ROUTES, path) ? ROUTES[path] : undefined;
  if (found === undefined) {
    throw new RequestFailure(
      "not_found_error",
      "There is nothing at this path; the README lists those that there are.",
    );
  }
  if (request.method === "OPTIONS" && origin !== undefined) return preflight(origin);
  const isHead = request.method === "HEAD";
  const endpoint = request.method === "POST" ? found.POST : isHead || request.method === "GET" ? found.GET : undefined;
  if (endpoint === undefined) {
    const allowed = ["GET", "POST"].filter((method) => method in found);
    const message = `This path takes ${allowed.join(" and ")} only.`;
    throw new RequestFailure("invalid_request_error", message, { status: 405 });
  }
  if (found.isPublic !== true) checkKey(request, settings);
  if (settings.embedding && found.answers === true) {
    throw new RequestFailure(
      "not_supported_error",
      "This server gives embeddings and no answers; start it without --embedding for those.",
    );
  }
  return endpoint(
    exchange,
    request.method === "POST" ? await readBody(request, settings.bodyLimit, found.listField) : {},
  );
}

function failed(error: unknown, settings: ServeSettings, body: (failure: RequestFailure) => object): Response {
  const failure = failureOf(error);
  if (failure.type === "server_error") settings.onDefect?.(error);
  const headers: Record<string, string> = failure.status === 503 ? { "retry-after": "1" } : {};
  if (failure.status === 401) headers["www-authenticate"] = "Bearer";
  return jsonResponse(body(failure), failure.status, headers);
}
