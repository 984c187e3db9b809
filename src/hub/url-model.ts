import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { LlamaError, printable } from "../errors.js";
import { parseGgufName } from "./choose-files.js";
import { download } from "./download.js";
import { explainFailure } from "./explain.js";
import { makeFolders, unwritable } from "./file-errors.js";
import { get } from "./http.js";
import { HttpFailure } from "./http-failure.js";
import { fileSize, markAsUsed } from "./local-file.js";
import { FileLock } from "./lock.js";
import { JointProgress } from "./progress.js";
import type { UrlReference } from "./reference.js";
import { isPathInside } from "./repo-name.js";
import type { HubSettings } from "./settings.js";
import { sideBySide } from "./side-by-side.js";
import { type Validators, validatorsOf } from "./validators.js";
import { discard, Watchdog } from "./watchdog.js";

/** What is remembered of a fetched address, in JSON beside the file. */
export interface UrlRecord extends Validators {
  readonly size: number;
  /** Taken while it came: nobody says what it should be. */
  readonly sha256: string;
}

/**
 * The files of an address, from our own folder for those, or fetched into it; all parts, where its name says that it is
 * the first of several. A cached file is asked for once, with a short timeout, and fetched anew when the server says
 * that it has changed.
 * @throws LlamaError
 */
export async function findUrlFiles(reference: UrlReference, settings: HubSettings): Promise<string[]> {
  const parts = partsOf(reference.url);
  const folder = urlFolder(parts[0] ?? reference.url, settings);
  const progress = new JointProgress(
    fileName(parts[0] ?? reference.url),
    parts.map(() => undefined),
    settings,
  );
  return sideBySide(parts, settings, async (url, i, stoppable) => {
    const path = join(folder, fileName(url));
    if (!(await isUpToDate(path, url, stoppable))) {
      let isFirst = true;
      await fetchUrl(path, url, stoppable, (bytes, total) => {
        progress.set(i, bytes, isFirst, total);
        progress.report();
        isFirst = false;
      });
    }
    markAsUsed(path);
    return path;
  });
}

/** A folder for each address, so that files of one name do not meet, and the parts of a split lie side by side. */
export function urlFolder(firstPart: string, settings: HubSettings): string {
  return join(settings.urlFolder, createHash("sha256").update(firstPart).digest("hex").slice(0, 16));
}

export function partsOf(address: string): string[] {
  const url = new URL(address);
  const name = parseGgufName(url.pathname);
  if (name === undefined || name.parts <= 1) return [address];
  return Array.from({ length: name.parts }, (_, i) => {
    const five = (value: number) => String(value).padStart(5, "0");
    const part = new URL(url);
    part.pathname = `${name.prefix}-${five(i + 1)}-of-${five(name.parts)}.gguf`;
    return part.href;
  });
}

/** The last word of the address, if a file can be called that. */
export function fileName(address: string): string {
  const last = new URL(address).pathname.split("/").at(-1) ?? "";
  let name = last;
  try {
    name = decodeURIComponent(last);
  } catch {
    // as it stands
  }
  return isPathInside(name) && /^[\w][\w .+()-]{0,200}$/.test(name) && !name.endsWith(".json") ? name : "model.gguf";
}

export function recordPath(path: string): string {
  return `${path}.json`;
}

export function readRecord(path: string): (UrlRecord & { readonly fetchedAt: number }) | undefined {
  try {
    const record = JSON.parse(readFileSync(recordPath(path), "utf8")) as Partial<UrlRecord & { fetchedAt: number }>;
    const isWhole = typeof record.url === "string" && typeof record.fetchedAt === "number";
    return isWhole && fileSize(path) === record.size ? (record as UrlRecord & { fetchedAt: number }) : undefined;
  } catch {
    return undefined;
  }
}

async function isUpToDate(path: string, url: string, settings: HubSettings): Promise<boolean> {
  const record = readRecord(path);
  if (record?.url !== url) return false;
  if (settings.offline) return true;
  const watchdog = new Watchdog(new URL(url).host, settings.signal, settings.askTimeout, "all");
  try {
    const headers: Record<string, string> = {};
    if (record.etag !== undefined) headers["If-None-Match"] = record.etag;
    if (record.lastModified !== undefined) headers["If-Modified-Since"] = record.lastModified;
    const response = await get(settings, { url, headers, watchdog });
    discard(response);
    const now = validatorsOf(url, response.headers);
    const size = response.headers.get("content-length");
    if (now?.etag !== undefined && record.etag !== undefined) return now.etag === record.etag;
    if (now?.lastModified !== undefined && record.lastModified !== undefined)
      return now.lastModified === record.lastModified;
    return size === null || Number(size) === record.size;
  } catch (error) {
    settings.signal?.throwIfAborted();
    if (!(error instanceof HttpFailure)) throw error;
    if (error.status !== 304) settings.onNotice(`Using the copy on this machine: ${explainFailure(error).message}`);
    return true;
  } finally {
    watchdog.dispose();
  }
}

async function fetchUrl(
  path: string,
  url: string,
  settings: HubSettings,
  onBytes: (bytes: number, total: number | undefined) => void,
): Promise<void> {
  if (settings.offline) {
    throw new LlamaError(
      "not-found",
      `${printable(url, 256)} is not in ${printable(settings.urlFolder, 256)}, and nothing is downloaded offline; run it once without --offline (HF_HUB_OFFLINE).`,
    );
  }
  makeFolders(dirname(path));
  const before = readRecord(path)?.sha256;
  const lock = await FileLock.acquire(`${path}.lock`, settings, printable(url, 256));
  try {
    const record = readRecord(path);
    if (record?.url === url && record.sha256 !== before) return; // another process has just fetched it
    const incomplete = `${path}.incomplete`;
    const { size, checksum, validators } = await download(settings, {
      url,
      incomplete,
      onBytes,
      assertHeld: () => lock.assertHeld(),
    });
    await lock.assertHeld();
    await rename(incomplete, path);
    writeFileSync(
      recordPath(path),
      JSON.stringify({ ...validators, url, size, sha256: checksum, fetchedAt: Date.now() }),
    );
  } catch (error) {
    settings.signal?.throwIfAborted();
    if (error instanceof HttpFailure) throw explainFailure(error);
    throw error instanceof LlamaError ? error : unwritable(path, error);
  } finally {
    await lock.release();
  }
}
