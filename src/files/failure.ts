import { getSystemErrorMap } from "node:util";
import { LlamaError, printable } from "../errors.js";

/** A path as it is shown to a person: nothing in it reaches a terminal raw, and an empty one is seen. */
export function shownPath(path: string): string {
  return path === "" ? '""' : printable(path, 256);
}

/**
 * Runs an operation that reads a file and says its failure in a sentence.
 * @throws LlamaError `not-found`, `unreadable`
 */
export function reading<T>(path: string, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    throw readFailure(path, error);
  }
}

/** What kept a file from being read, as a sentence; errors that are sentences already are returned as they are. */
export function readFailure(path: string, error: unknown): LlamaError {
  if (error instanceof LlamaError) return error;
  const code = codeOf(error);
  const shown = shownPath(path);
  if (code === "ENOENT" || code === "ENOTDIR" || code === "ERR_INVALID_ARG_VALUE") {
    const message = isUrl(path)
      ? `${shown} is a URL, not a file; download it and give the path of the file.`
      : `There is no file ${shown}; check the path.`;
    return new LlamaError("not-found", message, { cause: error });
  }
  const message =
    code === "EACCES" || code === "EPERM"
      ? `${shown} may not be read; check its permissions.`
      : `${shown} cannot be read: ${reasonOf(error)}.`;
  return new LlamaError("unreadable", message, { cause: error });
}

/** What kept a file from being written, as a sentence. */
export function writeFailure(path: string, error: unknown): LlamaError {
  if (error instanceof LlamaError) return error;
  const code = codeOf(error);
  const shown = shownPath(path);
  const message =
    code === "EACCES" || code === "EPERM"
      ? `${shown} may not be written; check the permissions of its folder.`
      : code === "ENOSPC" || code === "EDQUOT"
        ? `${shown} cannot be written: ${reasonOf(error)}; free some space, or write elsewhere.`
        : `${shown} cannot be written: ${reasonOf(error)}.`;
  return new LlamaError("unwritable", message, { cause: error });
}

/** The system's code of an error, such as ENOENT. */
export function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === "string" ? code : undefined;
}

const REASONS: Readonly<Record<string, string>> = {
  ERR_INVALID_ARG_VALUE: "its name has a NUL character",
  EBADF: "it is not open for that",
  EDQUOT: "the disk quota is used up",
  EFBIG: "it would become larger than this system allows",
  EIO: "the disk or the network reported an error",
  EISDIR: "it is a folder",
  ELOOP: "it is a symbolic link that leads back to itself",
  EMFILE: "too many files are open",
  ENAMETOOLONG: "its name is too long",
  ENFILE: "too many files are open",
  ENOSPC: "the disk is full",
  EROFS: "the disk is read-only",
};

/**
 * The reason in words, without the path and the names of temporary files that Node puts into its own messages: those
 * may hold escape codes.
 */
export function reasonOf(error: unknown): string {
  const code = codeOf(error) ?? "";
  const { errno } = error as NodeJS.ErrnoException;
  const known = REASONS[code] ?? (errno === undefined ? undefined : getSystemErrorMap().get(errno)?.[1]);
  return known ?? (code === "" ? "of an unknown error" : `the system reported ${printable(code)}`);
}

function isUrl(path: string): boolean {
  return /^[a-z][a-z+.-]+:\/\//i.test(path);
}
