import { LlamaError, printable } from "../errors.js";
import type { HubReference } from "./reference.js";
import { checkRepo, checkRevision } from "./repo-name.js";

const HUB_HOSTS = ["huggingface.co", "www.huggingface.co", "hf.co"];

/** Where pages of the hub are: its own hosts, and the endpoint's if that is another one. */
export function pageHosts(endpoint: string): string[] {
  return [...new Set([...HUB_HOSTS, new URL(endpoint).host])];
}

/**
 * What a page of the hub shows: a repository, a folder or file of it at a revision, or a file's download.
 * `hf.co/OWNER/REPO:QUANT` is what the hub offers for copying.
 */
export function parsePage(url: URL, endpoint: string): HubReference {
  const malformed = (why: string) =>
    new LlamaError(
      "option",
      `${printable(`${url.host}${url.pathname}`, 256)} ${why}; expected the page of a model or of one of its files, or hf:OWNER/REPO.`,
    );
  const base = new URL(endpoint);
  const prefix = url.host === base.host ? base.pathname.replace(/\/$/, "") : "";
  const [owner = "", name = "", view, ...rest] = segments(url.pathname.slice(prefix.length), malformed);
  if (owner === "datasets" || owner === "spaces") throw malformed("is not the page of a model");
  const [repoName = "", quant] = name.split(":");
  const repo = `${owner}/${repoName}`;
  checkRepo(repo, malformed);
  const shown = url.searchParams.get("show_file_info") ?? undefined;
  if (view === undefined) return { kind: "hub", repo, quant, file: quant === undefined ? shown : undefined };
  if (!["tree", "blob", "resolve", "raw"].includes(view)) throw malformed("shows neither files nor a file");
  const length = rest[0] === "refs" ? 3 : 1;
  const revision = rest.slice(0, length).join("/");
  checkRevision(revision, malformed);
  const path = rest.slice(length).join("/");
  return { kind: "hub", repo, file: shown ?? (path === "" ? undefined : path), revision };
}

function segments(pathname: string, malformed: (why: string) => LlamaError): string[] {
  try {
    return pathname
      .split("/")
      .filter((part) => part !== "")
      .map(decodeURIComponent);
  } catch {
    throw malformed("has a damaged escape sequence in it");
  }
}
