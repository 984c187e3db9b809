import { type LlamaError, printable } from "../errors.js";

type Malformed = (why: string) => LlamaError;

/** The hub's own rules; "--" is what the cache writes for "/". */
export function isRepo(repo: string): boolean {
  const parts = repo.split("/");
  const isPart = (part: string) => part.length <= 96 && /^\w([\w.-]*\w)?$/.test(part) && !/--|\.\./.test(part);
  return parts.length === 2 && parts.every(isPart);
}

export function checkRepo(repo: string, malformed: Malformed): void {
  if (!isRepo(repo)) throw malformed(`names the repository ${printable(repo, 200)}, which the hub does not allow`);
}

/** A branch, a tag, a commit, or a ref such as `refs/pr/1`; it becomes a path in the cache and in an address. */
export function isRevision(revision: string): boolean {
  return (
    revision.length <= 256 && revision.split("/").every((part) => /^[\w][\w.+-]*$/.test(part) && !part.includes(".."))
  );
}

export function checkRevision(revision: string, malformed: Malformed): void {
  if (!isRevision(revision)) throw malformed(`has the revision ${printable(revision)}, which git does not allow`);
}

export function isCommit(revision: string): boolean {
  return /^[0-9a-f]{40}$/.test(revision);
}

/**
 * Whether a path from a list of files stays within the folder it is joined to, on every system: no `..`, nothing
 * absolute, no drive or backslash of Windows, no control characters.
 */
export function isPathInside(path: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (path.length > 1024 || /[\\:\u0000-\u001f\u007f]/.test(path)) return false;
  return path.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}

/** A commit, a branch or a file in an address, its slashes kept. */
export function encodePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}
