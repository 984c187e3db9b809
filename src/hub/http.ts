import { HttpFailure } from "./http-failure.js";
import type { HubSettings } from "./settings.js";
import { discard, Watchdog } from "./watchdog.js";

/** One request, before redirects. */
export interface HttpRequest {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Ends the waiting; it is the caller's to dispose of when the body was read. */
  readonly watchdog: Watchdog;
}

const MAX_REDIRECTS = 10;

/**
 * Asks once and follows redirects by hand: the token goes to the endpoint's own origin and nowhere else, whatever a
 * redirect says. Encodings are refused, as ranges, lengths and checksums are those of the bytes themselves.
 * @returns an answer with a status of 2xx
 * @throws HttpFailure; the signal's reason where it was aborted
 */
export async function get(settings: HubSettings, request: HttpRequest): Promise<Response> {
  let url = new URL(request.url);
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const response = await ask(settings, request, url);
    if (response.ok) return response;
    discard(response);
    const location = response.headers.get("location");
    if (response.status < 300 || response.status >= 400 || location === null) {
      throw HttpFailure.ofResponse(response, url.host);
    }
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

async function ask(settings: HubSettings, { headers, watchdog }: HttpRequest, url: URL): Promise<Response> {
  const isOwn = url.origin === new URL(settings.endpoint).origin;
  const response = settings.fetch(url, {
    redirect: "manual",
    signal: watchdog.signal,
    headers: {
      "User-Agent": "llama2 (npm)",
      "Accept-Encoding": "identity",
      ...headers,
      ...(isOwn && settings.token !== undefined && { Authorization: `Bearer ${settings.token}` }),
    },
  });
  try {
    return await watchdog.wait(response);
  } catch (error) {
    if (watchdog.signal.aborted) throw watchdog.signal.reason;
    throw HttpFailure.ofError(error, url.host);
  }
}

/** An answer in JSON. */
export interface JsonAnswer {
  readonly json: unknown;
  readonly headers: Headers;
}

/** Asks for JSON. @param timeout milliseconds for the whole of it */
export async function getJson(
  settings: HubSettings,
  url: string,
  timeout: number,
  maxBytes: number,
): Promise<JsonAnswer> {
  const { host } = new URL(url);
  const watchdog = new Watchdog(host, settings.signal, timeout, "all");
  try {
    const response = await get(settings, { url, headers: { Accept: "application/json" }, watchdog });
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of watchdog.chunks(response)) {
      length += chunk.length;
      if (length > maxBytes) throw new HttpFailure(host, { detail: `its answer has more than ${maxBytes} bytes` });
      chunks.push(chunk);
    }
    return { json: parseJson(Buffer.concat(chunks).toString("utf8"), host), headers: response.headers };
  } catch (error) {
    settings.signal?.throwIfAborted();
    throw HttpFailure.ofError(error, host);
  } finally {
    watchdog.dispose();
  }
}

function parseJson(text: string, host: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new HttpFailure(host, { detail: "its answer is not JSON", cause: error });
  }
}
