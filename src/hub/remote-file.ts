import { LlamaError, printable } from "../errors.js";
import { chooseModelFiles } from "./choose-files.js";
import { explainFailure, explainHubFailure } from "./explain.js";
import { get } from "./http.js";
import { HttpFailure } from "./http-failure.js";
import { fileAddress, listFiles, resolveRevision } from "./hub-api.js";
import { formatModelReference, type HubReference, parseModelReference, type UrlReference } from "./reference.js";
import { Retries } from "./retry.js";
import { type HubOptions, type HubSettings, resolveHubSettings } from "./settings.js";
import { fileName, partsOf } from "./url-model.js";
import { discard, Watchdog } from "./watchdog.js";

/** The smallest piece that is worth a request, and the most that is ever held of a file. */
const MIN_PIECE = 1 << 18;
const MAX_HEAD = 1 << 28;

/** An answer that is read. */
interface RemoteStream {
  readonly reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly watchdog: Watchdog;
  /** Where in the file its next byte is. */
  position: number;
}

/** The beginning of a file on a server, of which no more is fetched than is asked for. */
export class RemoteFile {
  /** As a person would write it. */
  readonly name: string;
  readonly #url: string;
  readonly #settings: HubSettings;
  readonly #explain: (failure: HttpFailure) => LlamaError;
  #size: number | undefined;
  #etag: string | undefined;
  #bytes = new Uint8Array(MIN_PIECE);
  #length = 0;
  /** The whole file on its way, from a server that sends no parts; read as far as is needed. */
  #stream: RemoteStream | undefined;

  /** @param explain says a failure in a sentence */
  constructor(
    name: string,
    url: string,
    settings: HubSettings,
    explain: (failure: HttpFailure) => LlamaError,
    size?: number,
  ) {
    this.name = name;
    this.#url = url;
    this.#settings = settings;
    this.#explain = explain;
    this.#size = size;
  }

  /** Bytes of the whole file; undefined until something was read, or where the server does not say. */
  get size(): number | undefined {
    return this.#size;
  }

  /** Bytes that were fetched. */
  get fetched(): number {
    return this.#length;
  }

  /**
   * The first bytes of the file, fewer only where it has no more. What was fetched before is not fetched again; the
   * view is valid until the next call.
   * @throws LlamaError `network`, `access`, `not-found`; `format` where more than 256 MiB are asked for
   */
  async head(bytes: number): Promise<Uint8Array> {
    if (bytes > MAX_HEAD) {
      const most = `${MAX_HEAD >> 20} MiB`;
      throw new LlamaError(
        "format",
        `The header of ${printable(this.name, 256)} has more than ${most}, which is refused.`,
      );
    }
    const retries = new Retries(this.#settings);
    while (this.#length < Math.min(bytes, this.#size ?? bytes)) {
      const before = this.#length;
      try {
        await this.#fetch(Math.min(MAX_HEAD, Math.max(bytes, this.#length + MIN_PIECE)), bytes);
      } catch (error) {
        this.close();
        this.#settings.signal?.throwIfAborted();
        if (error instanceof LlamaError) throw error;
        const failure = HttpFailure.ofError(error, new URL(this.#url).host);
        if (failure.status === 416 && this.#size === undefined) {
          this.#size = this.#length; // no byte is there, or no more
          continue;
        }
        if (this.#length > before) retries.reset();
        if (failure.isUnreachable && this.#length === 0) throw this.#explain(failure);
        await retries.wait(failure).catch((last: unknown) => {
          throw last instanceof HttpFailure ? this.#explain(last) : last;
        });
      }
    }
    return this.#bytes.subarray(0, Math.min(bytes, this.#length));
  }

  /** Ends what is still on its way. */
  close(): void {
    this.#stream?.watchdog.dispose();
    this.#stream?.reader.cancel().catch(() => {}); // it may have failed
    this.#stream = undefined;
  }

  /** Asks for bytes up to `upTo`; of a stream only as many are taken as are needed now. */
  async #fetch(upTo: number, needed: number): Promise<void> {
    const before = this.#length;
    this.#stream ??= await this.#ask(upTo);
    const { reader, watchdog } = this.#stream;
    while (this.#length < needed) {
      const { done, value } = await watchdog.wait(reader.read());
      if (done) return this.#end(before);
      const skipped = Math.max(0, this.#length - this.#stream.position);
      this.#stream.position += value.length;
      if (skipped < value.length) this.#append(value.subarray(skipped));
    }
  }

  #end(before: number): void {
    const position = this.#stream?.position ?? 0;
    const isWhole = this.#stream !== undefined && position === this.#length;
    this.#stream?.watchdog.dispose();
    this.#stream = undefined;
    // A part has ended, and the next one is asked for; or a file whose length nobody said has.
    if (this.#size === undefined && isWhole) this.#size = this.#length;
    else if (this.#length === before) {
      throw new HttpFailure(new URL(this.#url).host, { detail: "the connection broke off", isTransient: true });
    }
  }

  async #ask(upTo: number): Promise<RemoteStream> {
    const { host } = new URL(this.#url);
    const last = Math.min(upTo, this.#size ?? upTo) - 1;
    const headers = { Range: `bytes=${this.#length}-${last}` };
    const watchdog = new Watchdog(host, this.#settings.signal, this.#settings.stallTimeout);
    try {
      const response = await get(this.#settings, { url: this.#url, headers, watchdog });
      return { ...this.#begin(response, host), watchdog };
    } catch (error) {
      watchdog.dispose();
      throw error;
    }
  }

  #begin(response: Response, host: string): Omit<RemoteStream, "watchdog"> {
    const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get("content-range") ?? "");
    const isPart = response.status === 206;
    const from = isPart ? Number(range?.[1] ?? -1) : 0;
    const size = Number((isPart ? range?.[2] : response.headers.get("content-length")) ?? Number.NaN);
    const etag = response.headers.get("etag") ?? undefined;
    const isOther =
      (this.#length > 0 && etag !== this.#etag) || (this.#size !== undefined && size >= 0 && size !== this.#size);
    if (isOther || from !== (isPart ? this.#length : 0) || response.body === null) {
      discard(response);
      const detail = "the file has changed on the server while it was read";
      throw new HttpFailure(host, { detail, advice: "run the same command again" });
    }
    this.#etag = etag;
    if (!Number.isNaN(size)) this.#size = size;
    return { reader: response.body.getReader(), position: from };
  }

  #append(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(length, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, this.#length);
    this.#length = length;
  }
}

/**
 * The files of a model on a server, all parts of a split in order, without fetching more than their names. Nothing is
 * written to the cache.
 * @throws LlamaError
 */
export async function openRemoteFiles(name: string, options: HubOptions = {}): Promise<RemoteFile[]> {
  const settings = resolveHubSettings(options);
  const reference = parseModelReference(name, settings.endpoint);
  if (reference.kind !== "hub" && reference.kind !== "url") {
    throw new LlamaError(
      "option",
      `${printable(name, 256)} is on this machine; expected hf:OWNER/REPO or an https: address.`,
    );
  }
  if (settings.offline) {
    throw new LlamaError("network", `${printable(name, 256)} is on a server, and nothing is fetched offline.`);
  }
  return reference.kind === "hub" ? openHubFiles(reference, settings) : openUrlFiles(reference, settings);
}

/** The first bytes of a model's file, of a split of its first part; fewer only where it has no more. */
export async function readHead(name: string, bytes: number, options: HubOptions = {}): Promise<Uint8Array> {
  const [file] = await openRemoteFiles(name, options);
  try {
    return (await file?.head(bytes)) ?? new Uint8Array();
  } finally {
    file?.close();
  }
}

async function openHubFiles(reference: HubReference, settings: HubSettings): Promise<RemoteFile[]> {
  const patience = { timeout: settings.stallTimeout, tries: "several" } as const;
  const { repo } = reference;
  try {
    const { commit } = await resolveRevision(settings, repo, reference.revision, patience);
    const files = chooseModelFiles(await listFiles(settings, repo, commit, patience), reference);
    return files.map(({ path, size }) => {
      const explain = (failure: HttpFailure) => explainHubFailure(failure, settings, { ...reference, file: path });
      const name = formatModelReference({ kind: "hub", repo, file: path, revision: reference.revision });
      return new RemoteFile(name, fileAddress(settings, repo, commit, path), settings, explain, size);
    });
  } catch (error) {
    settings.signal?.throwIfAborted();
    throw error instanceof HttpFailure ? explainHubFailure(error, settings, reference) : error;
  }
}

function openUrlFiles(reference: UrlReference, settings: HubSettings): RemoteFile[] {
  return partsOf(reference.url).map((url) => new RemoteFile(fileName(url), url, settings, explainFailure));
}
