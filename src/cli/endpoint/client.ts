import { LlamaError, printable } from "../../errors.js";
import { serverEvents } from "../../event-stream.js";
import { Watchdog } from "../../hub/watchdog.js";
import type { Endpoint } from "./address.js";
import { brokenOff, notUnderstood, refusal, saidWithin } from "./failure.js";

/** Milliseconds without a word: a long prompt takes a slow server minutes. */
const PATIENCE = 10 * 60_000;
/** Of bodies that are no stream: lists of models, and errors. */
const MAX_BODY = 4 << 20;

/** JSON of unknown members. */
export type Json = Readonly<Record<string, unknown>>;

/**
 * What a server streams in answer to a request, object by object.
 * @throws LlamaError in a sentence; the signal's reason when aborted
 */
export async function* streamed(
  endpoint: Endpoint,
  path: string,
  body: Json,
  signal: AbortSignal | undefined,
): AsyncGenerator<Json, void, undefined> {
  const watchdog = new Watchdog(endpoint.host, signal, PATIENCE);
  try {
    const response = await request(endpoint, path, watchdog, JSON.stringify(body));
    const type = response.headers.get("content-type") ?? "";
    if (!type.includes("text/event-stream")) throw notUnderstood(endpoint, "does not answer with a stream of events");
    for await (const data of serverEvents(watchdog.chunks(response))) {
      if (data.trim() === "[DONE]") return;
      const event = parse(endpoint, data);
      if (event["error"] !== undefined && event["error"] !== null) throw saidWithin(endpoint, event["error"]);
      yield event;
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw brokenOff(endpoint, error);
  } finally {
    // Whoever leaves early closes the connection, which is how a server hears of it.
    watchdog.dispose();
  }
}

/**
 * The model that a server has.
 * @throws LlamaError `option` where it has several, of which one must be named; `not-found` where it has none
 */
export async function onlyModel(endpoint: Endpoint, signal: AbortSignal | undefined): Promise<string> {
  const watchdog = new Watchdog(endpoint.host, signal, PATIENCE);
  try {
    const response = await request(endpoint, "/models", watchdog);
    const { data } = parse(endpoint, await textOf(watchdog, response));
    const ids = Array.isArray(data) ? data.map((model: { id?: unknown } | null) => model?.id) : undefined;
    if (ids === undefined || !ids.every((id) => typeof id === "string")) {
      throw notUnderstood(endpoint, "does not list its models");
    }
    const [only, other] = ids;
    if (only === undefined) throw new LlamaError("not-found", `${endpoint.host} has no models; name one with -m.`);
    if (other === undefined) return only;
    const shown = ids.slice(0, 8).map((id) => printable(id));
    const more = ids.length > shown.length ? " and more" : "";
    throw new LlamaError(
      "option",
      `${endpoint.host} has several models; name one with -m: ${shown.join(", ")}${more}.`,
    );
  } catch (error) {
    signal?.throwIfAborted();
    throw brokenOff(endpoint, error);
  } finally {
    watchdog.dispose();
  }
}

/** @returns an answer with a status of 2xx; redirects are not followed, for the key is for this server alone */
async function request(endpoint: Endpoint, path: string, watchdog: Watchdog, body?: string): Promise<Response> {
  const { base, key } = endpoint;
  const response = await watchdog.wait(
    fetch(`${base}${path}`, {
      method: body === undefined ? "GET" : "POST",
      redirect: "manual",
      signal: watchdog.signal,
      headers: {
        "User-Agent": "llama2 (npm)",
        Accept: body === undefined ? "application/json" : "text/event-stream",
        ...(body !== undefined && { "Content-Type": "application/json" }),
        ...(key !== undefined && { Authorization: `Bearer ${key}` }),
      },
      ...(body !== undefined && { body }),
    }),
  );
  if (response.ok) return response;
  throw refusal(endpoint, response, await textOf(watchdog, response));
}

async function textOf(watchdog: Watchdog, response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of watchdog.chunks(response)) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_BODY) break;
  }
  return text;
}

function parse(endpoint: Endpoint, text: string): Json {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as Json;
  } catch {
    // Said below.
  }
  throw notUnderstood(endpoint, "sends something that is not JSON");
}
