import { LlamaError, printable } from "../../errors.js";

/** A server that speaks as OpenAI's do. */
export interface Endpoint {
  /** Without a slash at its end; usually it ends in `/v1`. */
  readonly base: string;
  readonly host: string;
  readonly key: string | undefined;
}

/** What a person may have copied with the address. */
const PATHS = /\/(?:chat\/completions|completions|models)$/;

/**
 * The server of an address as a person writes it: where it has no path, `/v1` is meant.
 * @throws LlamaError `option` where it is no web address, or has a name and password in it
 */
export function readEndpoint(address: string, key: string | undefined): Endpoint {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !["http:", "https:"].includes(url.protocol)) {
    const shown = printable(address, 256);
    throw new LlamaError("option", `--endpoint ${shown} is not a web address; give one such as http://localhost:8000.`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new LlamaError("option", "The address of --endpoint has a name in it; give the key with --api-key.");
  }
  if (key !== undefined && !/^[\x21-\x7e]+$/.test(key)) {
    throw new LlamaError("option", "The key has spaces or other characters that no header can have; check it.");
  }
  const path = url.pathname.replace(/\/+$/, "").replace(PATHS, "");
  return { base: `${url.origin}${path === "" ? "/v1" : path}`, host: url.host, key };
}
