import { noRevision } from "./explain.js";
import { getJson } from "./http.js";
import { HttpFailure } from "./http-failure.js";
import { encodePath, isCommit, isPathInside, isRevision } from "./repo-name.js";
import { withRetries } from "./retry.js";
import type { HubSettings } from "./settings.js";

/** A file of a repository at a commit. */
export interface RepoFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** SHA-256 of a file in large file storage (64 digits), or git's SHA-1 of its blob (40 digits). */
  readonly oid: string;
}

/** A revision as the hub knows it now. */
export interface ResolvedRevision {
  /** The branch or tag, for the cache to remember; undefined for a commit. */
  readonly ref: string | undefined;
  readonly commit: string;
}

/** How often and how long the hub is asked. */
export interface Patience {
  /** Milliseconds for an answer. */
  readonly timeout: number;
  readonly tries: "once" | "several";
}

const MAX_JSON = 32 << 20;
const MAX_FILES = 100_000;

/**
 * The commit of a branch, a tag, or any other name that git has for one. Without a name it is that of `main`, or of the
 * first branch where there is no `main`.
 */
export async function resolveRevision(
  settings: HubSettings,
  repo: string,
  revision: string | undefined,
  patience: Patience,
): Promise<ResolvedRevision> {
  if (revision !== undefined && isCommit(revision)) return { ref: undefined, commit: revision };
  const { json } = await ask(settings, `${apiAddress(settings, repo)}/refs`, patience);
  const branches = readRefs(json, "branches");
  const found =
    revision === undefined
      ? (branches.find(({ ref }) => ref === "main") ?? branches[0])
      : [...branches, ...readRefs(json, "tags")].find(({ ref }) => ref === revision);
  if (found !== undefined) return found;
  if (revision === undefined) throw noRevision({ repo });
  // A pull request's ref, or the beginning of a commit.
  const { json: info } = await ask(
    settings,
    `${apiAddress(settings, repo)}/revision/${encodeURIComponent(revision)}`,
    patience,
  );
  const commit = field(info, "sha");
  if (typeof commit !== "string" || !isCommit(commit)) throw noRevision({ repo, revision });
  return { ref: revision, commit };
}

/** All files of a repository at a commit, in the hub's order, page by page. */
export async function listFiles(
  settings: HubSettings,
  repo: string,
  commit: string,
  patience: Patience,
): Promise<readonly RepoFile[]> {
  const files: RepoFile[] = [];
  let url: string | undefined = `${apiAddress(settings, repo)}/tree/${commit}?recursive=true`;
  const seen = new Set<string>();
  while (url !== undefined) {
    seen.add(url);
    const { json, headers } = await ask(settings, url, patience);
    if (!Array.isArray(json)) throw unexpected(settings, "its list of files is not a list");
    files.push(...json.flatMap(readFile));
    url = nextPage(headers.get("link"), url);
    if (files.length > MAX_FILES || (url !== undefined && seen.has(url))) {
      throw unexpected(settings, `its list of files has no end after ${files.length} files`);
    }
  }
  return files;
}

/** Where a file's bytes are. */
export function fileAddress(settings: HubSettings, repo: string, commit: string, path: string): string {
  return `${settings.endpoint}/${repo}/resolve/${commit}/${encodePath(path)}`;
}

function apiAddress(settings: HubSettings, repo: string): string {
  return `${settings.endpoint}/api/models/${repo}`;
}

function ask(settings: HubSettings, url: string, { timeout, tries }: Patience) {
  const once = () => getJson(settings, url, timeout, MAX_JSON);
  return tries === "once" ? once() : withRetries(settings, once);
}

function readRefs(json: unknown, kind: "branches" | "tags"): ResolvedRevision[] {
  const list = field(json, kind);
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry) => {
    const ref = field(entry, "name");
    const commit = field(entry, "targetCommit");
    const isSound = typeof ref === "string" && isRevision(ref) && typeof commit === "string" && isCommit(commit);
    return isSound ? [{ ref, commit }] : [];
  });
}

/** Files with an unsafe path or without a checksum are left out, as nothing can be done with them. */
function readFile(entry: unknown): RepoFile[] {
  const path = field(entry, "path");
  if (field(entry, "type") !== "file" || typeof path !== "string" || !isPathInside(path)) return [];
  const lfs = field(entry, "lfs");
  const isLfs = typeof lfs === "object" && lfs !== null;
  const oid = isLfs ? field(lfs, "oid") : field(entry, "oid");
  const size = (isLfs ? field(lfs, "size") : undefined) ?? field(entry, "size");
  const isOid = typeof oid === "string" && (isLfs ? /^[0-9a-f]{64}$/ : /^[0-9a-f]{40}$/).test(oid);
  return isOid && Number.isSafeInteger(size) && (size as number) >= 0 ? [{ path, oid, size: size as number }] : [];
}

function nextPage(link: string | null, base: string): string | undefined {
  const target = /<([^>]*)>\s*;[^,]*\brel="?next"?/.exec(link ?? "")?.[1];
  return target !== undefined && URL.canParse(target, base) ? new URL(target, base).href : undefined;
}

function field(json: unknown, name: string): unknown {
  if (typeof json !== "object" || json === null || !Object.hasOwn(json, name)) return undefined;
  return (json as Record<string, unknown>)[name];
}

function unexpected(settings: HubSettings, detail: string): HttpFailure {
  return new HttpFailure(new URL(settings.endpoint).host, { detail });
}
