import { HttpFailure } from "./http-failure.js";
import type { HubSettings } from "./settings.js";

/** One request, before redirects. */
export interface HttpRequest {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the response's head must be there. */
  readonly timeout: number;
}

/** An answer with a status of 2xx. */
export interface HttpAnswer {
  readonly response: Response;
  /** Headers of the hub's own answer, before it redirected to where the bytes are. */
  readonly first: Headers;
}

const MAX_REDIRECTS = 10;

/**
 * Asks once and follows redirects by hand: the token goes to the endpoint's own origin and nowhere else, whatever a
 * redirect says. Encodings are refused, as ranges, lengths and checksums are those of the bytes themselves.
 * @throws HttpFailure; the signal's reason where it was aborted
 */
export async function get(settings: HubSettings, request: HttpRequest): Promise<HttpAnswer> {
  let url = new URL(request.url);
  let first: Headers | undefined;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const response = await ask(settings, request, url);
    first ??= response.headers;
    if (response.ok) return { response, first };
    const location = response.headers.get("location");
    if (response.status < 300 || response.status >= 400 || location === null) {
      throw await HttpFailure.ofResponse(response, url.host);
    }
    await response.body?.cancel();
    const next = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
    if (next === undefined || !["https:", "http:"].includes(next.protocol)) {
      throw new HttpFailure(url.host, { detail: "it redirects to something that is not a web address" });
    }
    if (url.protocol === "https:" && next.protocol === "http:") {
      throw new HttpFailure(url.host, { detail: "it redirects to an address without encryption" });
    }
    url = next;
  }
  throw new HttpFailure(url.host, { detail: `it redirects more than ${MAX_REDIRECTS} times` });
}

async function ask(settings: HubSettings, { headers, signal, timeout }: HttpRequest, url: URL): Promise<Response> {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), timeout);
  const isOwn = url.origin === new URL(settings.endpoint).origin;
  try {
    return await settings.fetch(url, {
      redirect: "manual",
      signal: signal === undefined ? deadline.signal : AbortSignal.any([signal, deadline.signal]),
      headers: {
        "User-Agent": "llama2 (npm)",
        "Accept-Encoding": "identity",
        ...headers,
        ...(isOwn && settings.token !== undefined && { Authorization: `Bearer ${settings.token}` }),
      },
    });
  } catch (error) {
    signal?.throwIfAborted();
    if (deadline.signal.aborted) {
      throw new HttpFailure(url.host, { detail: "it does not answer", isTransient: true, cause: error });
    }
    throw HttpFailure.ofError(error, url.host);
  } finally {
    clearTimeout(timer);
  }
}

/** Asks for JSON; the timeout is for the whole of it. */
export async function getJson(settings: HubSettings, request: HttpRequest, maxBytes: number): Promise<JsonAnswer> {
  const { host } = new URL(request.url);
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), request.timeout);
  const signal = request.signal === undefined ? deadline.signal : AbortSignal.any([request.signal, deadline.signal]);
  try {
    const headers = { Accept: "application/json", ...request.headers };
    const { response } = await get(settings, { ...request, headers, signal });
    const text = await readText(response, maxBytes);
    if (text === undefined) throw new HttpFailure(host, { detail: `its answer has more than ${maxBytes} bytes` });
    return { json: parseJson(text, host), headers: response.headers };
  } catch (error) {
    request.signal?.throwIfAborted();
    if (deadline.signal.aborted) {
      throw new HttpFailure(host, { detail: "it does not answer", isTransient: true, cause: error });
    }
    throw HttpFailure.ofError(error, host);
  } finally {
    clearTimeout(timer);
  }
}

export interface JsonAnswer {
  readonly json: unknown;
  readonly headers: Headers;
}

function parseJson(text: string, host: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new HttpFailure(host, { detail: "its answer is not JSON", cause: error });
  }
}

/** Undefined where there is more. */
export async function readText(response: Response, maxBytes: number): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > maxBytes) return undefined; // leaving the loop cancels the stream
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
