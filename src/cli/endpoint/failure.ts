import { LlamaError, type LlamaErrorCode, printable } from "../../errors.js";
import { HttpFailure } from "../../hub/http-failure.js";
import type { Endpoint } from "./address.js";

/** Characters of what a server says that a person is shown. */
const MAX_SHOWN = 300;

/** A request that was refused, in a sentence. The key is in none, whatever the server says. */
export function refusal(endpoint: Endpoint, response: Response, body: string): LlamaError {
  const { host, key } = endpoint;
  const { status, headers } = response;
  const said = saidIn(body, endpoint);
  const because = said === undefined ? "" : `: ${said}`;
  const fail = (code: LlamaErrorCode, message: string) => new LlamaError(code, message);
  if (status >= 300 && status < 400) {
    const place = printable(headers.get("location") ?? "another address", MAX_SHOWN);
    return fail("network", `${host} redirects to ${place}; give that address with --endpoint, if it is to be trusted.`);
  }
  if (status === 401 || status === 403) {
    const what = key === undefined ? "wants a key" : "does not accept the key";
    return fail("access", `${host} ${what} (HTTP status ${status}); give it with --api-key or in LLAMA2_API_KEY.`);
  }
  if (status === 404) {
    const advice = "check --endpoint, which usually ends in /v1, and the model's name, -m";
    return fail("not-found", `${host} has no such address or model${because}; ${advice}.`);
  }
  if (status === 429) return fail("network", `${host} has had too many requests${because}; try again later.`);
  if (status < 500) return fail("option", `${host} refuses the request (HTTP status ${status})${because}.`);
  return fail("network", `${host} fails with HTTP status ${status}${because}; try again later.`);
}

/** What `fetch`, or reading a stream, throws, in a sentence. */
export function brokenOff(endpoint: Endpoint, error: unknown): LlamaError {
  if (error instanceof LlamaError) return error;
  const { host, detail, isUnreachable } = HttpFailure.ofError(error, endpoint.host);
  const advice = isUnreachable ? "check that the server runs, and the address of --endpoint" : "try again";
  return new LlamaError("network", `${host} ${isUnreachable ? "cannot be reached" : "failed"}: ${detail}; ${advice}.`, {
    cause: error,
  });
}

/** What is no answer of a server that speaks as OpenAI's do. */
export function notUnderstood({ host }: Endpoint, what: string): LlamaError {
  return new LlamaError(
    "network",
    `${host} ${what}; check that --endpoint is the address of an OpenAI-compatible API.`,
  );
}

/** An error that came in the middle of an answer. */
export function saidWithin(endpoint: Endpoint, error: unknown): LlamaError {
  const said = saidIn(JSON.stringify({ error }), endpoint) ?? "it does not say why";
  return new LlamaError("network", `${endpoint.host} ended the answer with an error: ${said}.`);
}

/** What a body says of an error, in any of the ways that servers have. */
function saidIn(body: string, { key }: Endpoint): string | undefined {
  let said: unknown;
  try {
    const { error, message, detail } = JSON.parse(body) as Record<string, unknown>;
    const inner = typeof error === "object" && error !== null ? (error as { message?: unknown }).message : error;
    said = [inner, message, detail].find((text) => typeof text === "string");
  } catch {
    return undefined;
  }
  if (typeof said !== "string" || said.trim() === "") return undefined;
  const shown = key === undefined ? said : said.replaceAll(key, "…");
  return printable(shown.trim().replace(/\.$/, ""), MAX_SHOWN);
}
