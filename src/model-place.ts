import { toPath } from "./files/path.js";
import type { DownloadProgress } from "./hub/settings.js";

/** Where models come from that are not named by a path. Everything is optional. */
export interface PlaceOptions {
  /** Asks no server: a model that is not on this machine is refused. `HF_HUB_OFFLINE` asks for the same. */
  readonly offline?: boolean | undefined;
  /**
   * The Hugging Face hub's access token, sent to the hub's own host alone; by default `HF_TOKEN`, or the token's file.
   */
  readonly hfToken?: string | undefined;
  /** The hub's folder of repositories; by default the one that Python and llama.cpp use too. */
  readonly cacheFolder?: string | undefined;
  /** Called as bytes of a model arrive. */
  readonly onDownload?: ((progress: DownloadProgress) => void) | undefined;
  /** Called with a sentence when something takes a while, or when the cache serves because the network does not. */
  readonly onNotice?: ((sentence: string) => void) | undefined;
  /** Ends a download, which goes on from there the next time. */
  readonly signal?: AbortSignal | undefined;
}

/** Whether a name says that a model is in a hub, on a server or in a store, and is not the path of a file. */
export function isElsewhere(name: string): boolean {
  return /^(?:hf:|ollama:|https?:\/\/)\S+$/i.test(name);
}

/**
 * The path of a model's file: what is not on this machine is fetched first.
 * @param model a path, a `file:` URL, `hf:OWNER/REPO[:QUANT | /FILE][@REVISION]`, `ollama:NAME[:TAG]` or a web address
 * @param caller what it was given to, for the sentence that says it is something else
 * @throws LlamaError `option`, `not-found`, `network`, `access`, `integrity`, `unwritable`; the signal's reason
 */
export async function findModelFile(model: string | URL, options: PlaceOptions, caller: string): Promise<string> {
  const name = model instanceof URL && /^https?:$/.test(model.protocol) ? model.href : model;
  if (typeof name !== "string" || !isElsewhere(name)) return toPath(name, caller);
  // Most programs name a file that is here.
  const { findModel } = await import("./hub/find-model.js");
  const { offline, hfToken, cacheFolder, onDownload: onProgress, onNotice, signal } = options;
  return (await findModel(name, { offline, hfToken, cacheFolder, onProgress, onNotice, signal })).path;
}
