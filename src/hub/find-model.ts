import { LlamaError } from "../errors.js";
import { findHubFiles } from "./hub-model.js";
import { findOllamaModel } from "./ollama-store.js";
import { formatModelReference, type ModelReference, parseModelReference } from "./reference.js";
import { type HubOptions, type HubSettings, resolveHubSettings } from "./settings.js";
import { findUrlFiles } from "./url-model.js";

/** A model that is on this machine. */
export interface FoundModel {
  /** The file to open, of a split the first part, beside which the others lie. */
  readonly path: string;
  /** All parts, in order. */
  readonly paths: readonly string[];
  readonly reference: ModelReference;
  /** The reference as a person would write it. */
  readonly name: string;
  /** The commit it is of, where the hub's cache says so. */
  readonly commit: string | undefined;
}

/**
 * Finds the model that a reference names, and fetches it first if it is one of the hub's, or at a web address, and is
 * not in the cache. A path is returned as it is; whether there is such a file is for its reader to say.
 * @throws LlamaError `option` for a malformed reference, `not-found`, `network`, `access` (with where to accept a
 * licence), `integrity`, `unwritable`; the signal's reason where it was aborted
 */
export async function findModel(name: string, options: HubOptions = {}): Promise<FoundModel> {
  options.signal?.throwIfAborted();
  // A path is one whatever the hub's address is, and needs no settings, which could be malformed.
  const reference = parseModelReference(name);
  if (reference.kind === "path") return describe(reference, [reference.path]);
  const settings = resolveHubSettings(options);
  return find(parseModelReference(name, settings.endpoint), settings);
}

/** The same without any request: undefined where the model is not on this machine. @throws as {@link findModel} */
export async function findCachedModel(name: string, options: HubOptions = {}): Promise<FoundModel | undefined> {
  try {
    return await findModel(name, { ...options, offline: true });
  } catch (error) {
    if (error instanceof LlamaError && ["network", "not-found"].includes(error.code)) return undefined;
    throw error;
  }
}

async function find(reference: ModelReference, settings: HubSettings): Promise<FoundModel> {
  switch (reference.kind) {
    case "path":
      return describe(reference, [reference.path]);
    case "ollama":
      return describe(reference, [findOllamaModel(reference, settings)]);
    case "url":
      return describe(reference, await findUrlFiles(reference, settings));
    case "hub": {
      const { paths, commit } = await findHubFiles(reference, settings);
      return describe(reference, paths, commit);
    }
  }
}

function describe(reference: ModelReference, paths: readonly string[], commit?: string): FoundModel {
  return { path: paths[0] ?? "", paths, reference, name: formatModelReference(reference), commit };
}
