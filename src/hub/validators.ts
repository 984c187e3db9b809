import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { unwritable } from "./file-errors.js";

/** Which version of a file at an address some bytes are of. */
export interface Validators {
  readonly url: string;
  /** A strong entity tag, with its quotes. */
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
}

/** Undefined where the server says nothing by which a later part could be known to be of the same file. */
export function validatorsOf(url: string, headers: Headers): Validators | undefined {
  const tag = headers.get("etag") ?? undefined;
  const etag = tag?.startsWith('"') ? tag : undefined; // weak ones do not promise equal bytes
  const lastModified = headers.get("last-modified") ?? undefined;
  return etag === undefined && lastModified === undefined ? undefined : { url, etag, lastModified };
}

/**
 * Whether a part that was asked for with `If-Range` is of the version that was begun: its tag must be repeated, its
 * date may.
 */
export function isSameVersion(begun: Validators | undefined, found: Validators | undefined): boolean {
  if (begun?.etag !== undefined) return found?.etag === begun.etag;
  return found?.lastModified === undefined || found.lastModified === begun?.lastModified;
}

/** Kept beside an incomplete file. */
export function readValidators(incomplete: string): Validators | undefined {
  try {
    const { url, etag, lastModified } = JSON.parse(readFileSync(pathOf(incomplete), "utf8")) as Partial<Validators>;
    if (typeof url !== "string" || (typeof etag !== "string" && typeof lastModified !== "string")) return undefined;
    return { url, etag, lastModified };
  } catch {
    return undefined;
  }
}

export function writeValidators(incomplete: string, validators: Validators): void {
  try {
    writeFileSync(pathOf(incomplete), JSON.stringify(validators));
  } catch (error) {
    throw unwritable(pathOf(incomplete), error);
  }
}

export function forgetValidators(incomplete: string): void {
  rmSync(pathOf(incomplete), { force: true });
}

function pathOf(incomplete: string): string {
  return `${incomplete}.json`;
}
