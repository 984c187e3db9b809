import { platform } from "../platform/current.js";
import { RequestFailure } from "./failure.js";
import type { ServeSettings } from "./options.js";

const encoder = new TextEncoder();

/**
 * Refuses a request by a name that is not this server's: a page of another site whose name was made to lead here (DNS
 * rebinding) asks under its own.
 * @throws RequestFailure
 */
export function checkHost(url: URL, { hosts }: ServeSettings): void {
  if (hosts === undefined) return;
  const name = url.hostname.toLowerCase();
  // An address of digits needs no name that could be made to lead elsewhere.
  const isAddress = name.startsWith("[") || /^\d+(?:\.\d+){3}$/.test(name);
  if (isAddress || name === "localhost" || name.endsWith(".localhost") || hosts.includes(name)) return;
  throw new RequestFailure(
    "permission_error",
    `This server is not asked for by the name ${name}; use its address, or start it with --allowed-host ${name}.`,
  );
}

/**
 * The origin whose page may read the answer; undefined where no page of another origin asks.
 * @throws RequestFailure for a page that was not named
 */
export function checkOrigin(request: Request, url: URL, { origins }: ServeSettings): string | undefined {
  const origin = request.headers.get("origin");
  if (origin === null || origin === url.origin) return undefined;
  if (origins.includes(origin)) return origin;
  const shown = /^[\w:/.[\]-]{1,100}$/.test(origin) ? origin : "another site";
  throw new RequestFailure(
    "permission_error",
    `Pages of ${shown} may not use this server; start it with --allowed-origin ${shown} if they should.`,
  );
}

/** The answer to a page's question whether it may ask. */
export function preflight(origin: string): Response {
  const headers = {
    "access-control-allow-origin": origin,
    "access-control-allow-methods": "GET, POST",
    "access-control-allow-headers": "authorization, content-type, x-api-key",
    "access-control-max-age": "600",
    vary: "origin",
  };
  return new Response(null, { status: 204, headers });
}

/** @throws RequestFailure where a key is asked for, and none or another was sent */
export function checkKey(request: Request, { apiKeys }: ServeSettings): void {
  if (apiKeys.length === 0) return;
  const bearer = /^bearer\s+(.+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  const sent = (bearer ?? request.headers.get("x-api-key") ?? "").trim();
  // Every key is compared, all of it: the time tells nothing of which came near.
  let isRight = false;
  for (const key of apiKeys) isRight = isEqual(key, sent) || isRight;
  if (isRight) return;
  const message = sent === "" ? "A key is needed: send it as a bearer token." : "The key is wrong.";
  throw new RequestFailure("authentication_error", message);
}

/** Compares hashes, whose bytes say nothing of those that were compared, in constant time. */
function isEqual(a: string, b: string): boolean {
  const [first, second] = [a, b].map((text) => {
    const hash = platform.sha256();
    hash.update(encoder.encode(text));
    return hash.digest();
  });
  let difference = 0;
  for (let i = 0; i < 32; i++) difference |= (first?.[i] ?? 0) ^ (second?.[i] ?? 0);
  return difference === 0;
}
