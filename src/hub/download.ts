import { constants, rmSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import { LlamaError, printable } from "../errors.js";
import { addFile, type Checksum, checksumFor, sha256 } from "./checksum.js";
import { checkSpace } from "./disk-space.js";
import { unwritable } from "./file-errors.js";
import { get } from "./http.js";
import { HttpFailure } from "./http-failure.js";
import { Retries } from "./retry.js";
import type { HubSettings } from "./settings.js";
import {
  forgetValidators,
  isSameVersion,
  readValidators,
  type Validators,
  validatorsOf,
  writeValidators,
} from "./validators.js";
import { discard, Watchdog } from "./watchdog.js";

/** A file to fetch. */
export interface DownloadRequest {
  readonly url: string;
  /** Where bytes go until all are there. What lies there from an earlier try is gone on with. */
  readonly incomplete: string;
  /** What the file must be; undefined where nobody has said. */
  readonly expected?: { readonly oid: string; readonly size: number } | undefined;
  /** Called with the bytes that are on the disk, and with all that there will be, where that is known. */
  readonly onBytes: (bytes: number, total: number | undefined) => void;
  /** Throws where the file has become another process's, while this one was stopped. */
  readonly assertHeld: () => Promise<void>;
}

/** What was fetched. */
export interface DownloadedFile {
  readonly size: number;
  /** The checksum in hexadecimal digits: the expected oid, else the SHA-256. */
  readonly checksum: string;
  readonly validators: Validators | undefined;
}

/** So often a file may come out wrong, or be another one than before, and be fetched anew. */
const MAX_FRESH_STARTS = 2;

/**
 * Fetches a file into its incomplete one, which is whole, checked and on the disk when the promise is fulfilled, and
 * stays for the next try when it is rejected. The checksum is taken as the bytes come; those of an earlier try are read
 * again first.
 * @throws LlamaError `integrity`, `unwritable`; HttpFailure; the signal's reason
 */
export async function download(settings: HubSettings, request: DownloadRequest): Promise<DownloadedFile> {
  const { incomplete } = request;
  const file = await open(incomplete, constants.O_RDWR | constants.O_CREAT, 0o666).catch((error: unknown) => {
    throw unwritable(incomplete, error);
  });
  try {
    return await new Download(settings, request, file).run();
  } finally {
    await file.close();
  }
}

class Download {
  readonly #settings: HubSettings;
  readonly #request: DownloadRequest;
  readonly #file: FileHandle;
  readonly #retries: Retries;
  #checksum: Checksum;
  /** Bytes that are on the disk and in the checksum. */
  #offset = 0;
  #total: number | undefined;
  /** How far any try has come: a server that always breaks off at the same place is not asked for ever. */
  #best = 0;
  #freshStarts = 0;
  #hasAnswered = false;
  /** Which version of the file the bytes are of, where no checksum says so. */
  #validators: Validators | undefined;

  constructor(settings: HubSettings, request: DownloadRequest, file: FileHandle) {
    this.#settings = settings;
    this.#request = request;
    this.#file = file;
    this.#retries = new Retries(settings);
    this.#checksum = this.#newChecksum();
    this.#total = request.expected?.size;
  }

  async run(): Promise<DownloadedFile> {
    await this.#takeUp();
    while (true) {
      this.#settings.signal?.throwIfAborted();
      try {
        if (this.#offset !== this.#total) await this.#fetchRest();
      } catch (error) {
        if (!(error instanceof HttpFailure)) throw error;
        await this.#recover(error);
        continue;
      }
      const checksum = this.#checksum.digest();
      const { expected, incomplete } = this.#request;
      if (expected !== undefined && checksum !== expected.oid) {
        await this.#startAnew("its checksum is not the one that the hub gives");
        continue;
      }
      await this.#file.sync().catch((error: unknown) => {
        throw unwritable(incomplete, error);
      });
      if (expected === undefined) forgetValidators(incomplete);
      return { size: this.#offset, checksum, validators: this.#validators };
    }
  }

  /** Goes on where an earlier try has ended, if its bytes can be trusted to be of the same file. */
  async #takeUp(): Promise<void> {
    const { expected, incomplete, url } = this.#request;
    const { size } = await this.#file.stat();
    if (expected === undefined) {
      const saved = readValidators(incomplete);
      this.#validators = saved?.url === url ? saved : undefined;
    }
    const isUsable = expected === undefined ? this.#validators !== undefined : size <= expected.size;
    if (size > 0 && isUsable) this.#offset = await addFile(this.#checksum, incomplete, size, this.#settings.signal);
    else await this.#truncate();
    this.#best = this.#offset;
    this.#report();
  }

  async #fetchRest(): Promise<void> {
    const { url } = this.#request;
    const { signal, stallTimeout } = this.#settings;
    const { host } = new URL(url);
    const watchdog = new Watchdog(host, signal, stallTimeout);
    try {
      const response = await get(this.#settings, { url, headers: this.#rangeHeaders(), watchdog });
      try {
        await this.#begin(response, host);
      } catch (error) {
        discard(response);
        throw error;
      }
      for await (const chunk of watchdog.chunks(response)) await this.#add(chunk, host);
    } catch (error) {
      signal?.throwIfAborted();
      throw error instanceof LlamaError ? error : HttpFailure.ofError(error, host);
    } finally {
      watchdog.dispose();
    }
    this.#total ??= this.#offset; // a server that did not say has ended its answer in good order
    if (this.#offset < this.#total) {
      throw new HttpFailure(host, { detail: "the connection broke off", isTransient: true });
    }
  }

  #rangeHeaders(): Record<string, string> {
    if (this.#offset === 0) return {};
    const version = this.#validators?.etag ?? this.#validators?.lastModified;
    return { Range: `bytes=${this.#offset}-`, ...(version !== undefined && { "If-Range": version }) };
  }

  /** Looks at the head of an answer: from which byte on it is, and of which file. */
  async #begin(response: Response, host: string): Promise<void> {
    const { expected, incomplete, url } = this.#request;
    const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get("content-range") ?? "");
    const isRest = response.status === 206;
    const total = Number((isRest ? range?.[2] : response.headers.get("content-length")) ?? Number.NaN);
    this.#hasAnswered = true;
    if (isRest && Number(range?.[1] ?? -1) !== this.#offset) {
      throw new HttpFailure(host, {
        detail: "it sends another part of the file than was asked for",
        isTransient: true,
      });
    }
    if (expected !== undefined) {
      if (!Number.isNaN(total) && total !== expected.size) {
        throw new Changed(host, `it has ${total} bytes, and the hub says ${expected.size}`);
      }
      if (!isRest) await this.#truncate();
      return;
    }
    const found = validatorsOf(url, response.headers);
    if (isRest) {
      if (!isSameVersion(this.#validators, found)) throw new Changed(host, "it has changed on the server");
    } else {
      await this.#truncate();
      this.#validators = found;
      if (found === undefined) forgetValidators(incomplete);
      else writeValidators(incomplete, found);
    }
    this.#total = Number.isNaN(total) ? undefined : total;
    if (this.#total !== undefined) {
      await checkSpace(this.#settings, dirname(incomplete), this.#total - this.#offset);
    }
  }

  async #add(chunk: Uint8Array, host: string): Promise<void> {
    if (this.#total !== undefined && this.#offset + chunk.length > this.#total) {
      throw new Changed(host, `it has more than ${this.#total} bytes`);
    }
    await this.#request.assertHeld();
    try {
      for (let done = 0; done < chunk.length; ) {
        const { bytesWritten } = await this.#file.write(chunk, done, chunk.length - done, this.#offset + done);
        done += bytesWritten;
      }
    } catch (error) {
      throw unwritable(this.#request.incomplete, error);
    }
    this.#checksum.update(chunk);
    this.#offset += chunk.length;
    this.#report();
  }

  /** After a failure: waits for the next try, or ends. */
  async #recover(failure: HttpFailure): Promise<void> {
    if (failure instanceof Changed) return this.#startAnew(failure.detail ?? "");
    if (failure.status === 416 && this.#offset > 0) return this.#startAnew("it is shorter than before");
    if (failure.isUnreachable && !this.#hasAnswered && this.#request.expected === undefined) throw failure;
    if (this.#offset > this.#best) this.#retries.reset();
    this.#best = Math.max(this.#best, this.#offset);
    // Nothing would tell whether the rest is of the same file.
    if (this.#request.expected === undefined && this.#validators === undefined) await this.#truncate();
    await this.#retries.wait(failure);
  }

  async #startAnew(why: string): Promise<void> {
    await this.#truncate();
    this.#best = 0;
    if (++this.#freshStarts <= MAX_FRESH_STARTS) return;
    rmSync(this.#request.incomplete, { force: true });
    forgetValidators(this.#request.incomplete);
    throw new LlamaError(
      "integrity",
      `The file at ${printable(shownAddress(this.#request.url), 300)} came out wrong ${MAX_FRESH_STARTS + 1} times: ${why}; nothing of it was kept.`,
    );
  }

  async #truncate(): Promise<void> {
    await this.#request.assertHeld();
    this.#checksum = this.#newChecksum();
    this.#offset = 0;
    if (this.#request.expected === undefined) this.#total = undefined;
    await this.#file.truncate(0).catch((error: unknown) => {
      throw unwritable(this.#request.incomplete, error);
    });
  }

  #newChecksum(): Checksum {
    const { expected } = this.#request;
    return expected === undefined ? sha256() : checksumFor(expected.oid, expected.size);
  }

  #report(): void {
    this.#request.onBytes(this.#offset, this.#total);
  }
}

/** The file is another one than the one that was begun. */
class Changed extends HttpFailure {
  constructor(host: string, detail: string) {
    super(host, { detail });
  }
}

/** Without what may be secret in it. */
function shownAddress(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}
