import { fileURLToPath } from "node:url";
import { LlamaError, printable } from "../errors.js";
import { pageHosts, parsePage } from "./page.js";
import { checkRepo, checkRevision } from "./repo-name.js";

/** What a person names a model by. */
export type ModelReference = PathReference | HubReference | UrlReference | OllamaReference;

/** A file on this machine. */
export interface PathReference {
  readonly kind: "path";
  readonly path: string;
}

/** A model in a repository of the Hugging Face hub; of `quant` and `file` one at most is given. */
export interface HubReference {
  readonly kind: "hub";
  /** `OWNER/REPO` */
  readonly repo: string;
  /** A part of the file's name such as `Q4_K_M`, in any case. */
  readonly quant?: string | undefined;
  /** A file's path in the repository, or a folder's. */
  readonly file?: string | undefined;
  /** A branch, a tag or a commit. */
  readonly revision?: string | undefined;
}

/** A file on any web server. */
export interface UrlReference {
  readonly kind: "url";
  readonly url: string;
}

/** A model in ollama's store on this machine. */
export interface OllamaReference {
  readonly kind: "ollama";
  readonly host: string;
  readonly namespace: string;
  readonly model: string;
  readonly tag: string;
}

export const DEFAULT_ENDPOINT = "https://huggingface.co";

const HUB_FORM = "hf:OWNER/REPO, hf:OWNER/REPO:QUANT or hf:OWNER/REPO/FILE, each with @REVISION behind it if need be";

/**
 * Reads `hf:OWNER/REPO[:QUANT | /FILE][@REVISION]`, the address of a page or file of the hub, `https://…`,
 * `ollama:NAME[:TAG]`, `file://…`, or a path, which is everything else: `C:\models\a.gguf` too.
 * @param endpoint the hub's address, whose pages are known as well as huggingface.co's
 * @throws LlamaError `option` with what is malformed and how it is written
 */
export function parseModelReference(text: string, endpoint: string = DEFAULT_ENDPOINT): ModelReference {
  if (text.trim() === "") throw new LlamaError("option", "The model's name is empty; give a path or hf:OWNER/REPO.");
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(text)?.[1]?.toLowerCase();
  if (scheme === "hf") return parseHub(text);
  if (scheme === "ollama") return parseOllama(text);
  if (scheme === "https" || scheme === "http") return parseUrl(text, endpoint);
  if (scheme === "file") return { kind: "path", path: pathOfUrl(text) };
  if (scheme !== undefined && text.startsWith("://", scheme.length)) {
    throw new LlamaError(
      "option",
      `${printable(text, 256)} begins with ${scheme}://, which is not supported; expected a path, hf:, https: or ollama:.`,
    );
  }
  if (pageHosts(DEFAULT_ENDPOINT).some((host) => text.toLowerCase().startsWith(`${host}/`))) {
    return parsePage(new URL(`https://${text}`), endpoint);
  }
  return { kind: "path", path: text };
}

/** The reference as a person would write it. */
export function formatModelReference(reference: ModelReference): string {
  switch (reference.kind) {
    case "path":
      return reference.path;
    case "url":
      return reference.url;
    case "ollama":
      return `ollama:${shortOllamaName(reference)}:${reference.tag}`;
    case "hub": {
      const { repo, quant, file, revision } = reference;
      const part = quant !== undefined ? `:${quant}` : file !== undefined ? `/${file}` : "";
      return `hf:${repo}${part}${revision === undefined ? "" : `@${revision}`}`;
    }
  }
}

function parseHub(text: string): HubReference {
  const malformed = (why: string) =>
    new LlamaError("option", `${printable(text, 256)} ${why}; a model of the hub is written ${HUB_FORM}.`);
  const rest = text.slice("hf:".length).replace(/^\/\//, "");
  if (rest.includes("#")) throw malformed("has a #");
  const at = rest.lastIndexOf("@");
  const revision = at < 0 ? undefined : rest.slice(at + 1);
  const name = at < 0 ? rest : rest.slice(0, at);
  if (revision !== undefined) {
    if (revision === "") throw malformed("has no revision after its @");
    if (/\.gguf$/i.test(revision)) throw malformed("has a file where its revision should be");
    checkRevision(revision, malformed);
  }
  const [, repo = "", separator, part = ""] = /^([^/:]*\/[^/:]*)(?:([:/])([\s\S]*))?$/.exec(name) ?? [];
  if (repo === "") throw malformed("does not name an owner and a repository");
  checkRepo(repo, malformed);
  if (separator === undefined) return { kind: "hub", repo, revision };
  if (part === "")
    throw malformed(separator === ":" ? "has no quantization after its colon" : "has no file after its slash");
  if (separator === "/") {
    if (part.includes(":")) throw malformed("has a colon in its file; give a quantization or a file, not both");
    return { kind: "hub", repo, file: part, revision };
  }
  if (!/^[\w.-]+$/.test(part)) throw malformed("has a quantization that is not letters, digits, _, - and dots");
  return { kind: "hub", repo, quant: part, revision };
}

function parseUrl(text: string, endpoint: string): HubReference | UrlReference {
  const url = URL.parse?.(text) ?? parseOrUndefined(text);
  if (!url || !/^https?:\/\/[^/]/i.test(text)) {
    throw new LlamaError("option", `${printable(text, 256)} is not a valid address; expected https://HOST/PATH.`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new LlamaError(
      "option",
      `The address of a model on ${url.host} has a user name or password in it; those are not supported.`,
    );
  }
  if (pageHosts(endpoint).includes(url.host)) return parsePage(url, endpoint);
  url.hash = "";
  return { kind: "url", url: url.href };
}

function parseOrUndefined(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

function pathOfUrl(text: string): string {
  try {
    return fileURLToPath(text);
  } catch (error) {
    throw new LlamaError(
      "option",
      `${printable(text, 256)} is not the address of a file on this machine; give its path.`,
      {
        cause: error,
      },
    );
  }
}

const OLLAMA_HOST = "registry.ollama.ai";
const OLLAMA_NAMESPACE = "library";

/** ollama's own rules: `[HOST/][NAMESPACE/]MODEL[:TAG]`, the tag `latest` unless given. */
function parseOllama(text: string): OllamaReference {
  const rest = text.slice("ollama:".length).replace(/^\/\//, "");
  const [, path = "", tag = "latest"] = /^(.*?)(?::([^:/]*))?$/s.exec(rest) ?? [];
  const parts = path.split("/");
  const [model = "", namespace = OLLAMA_NAMESPACE, host = OLLAMA_HOST] = parts.toReversed();
  const isPart = (part: string) => /^\w[\w.-]*$/.test(part);
  if (parts.length > 3 || ![model, namespace, tag].every(isPart) || !/^\w[\w.-]*(:\d+)?$/.test(host)) {
    throw new LlamaError(
      "option",
      `${printable(text, 256)} is not the name of an ollama model; expected ollama:NAME or ollama:NAME:TAG, as "ollama list" shows them.`,
    );
  }
  return { kind: "ollama", host, namespace, model, tag };
}

function shortOllamaName({ host, namespace, model }: OllamaReference): string {
  if (host !== OLLAMA_HOST) return `${host}/${namespace}/${model}`;
  return namespace === OLLAMA_NAMESPACE ? model : `${namespace}/${model}`;
}
