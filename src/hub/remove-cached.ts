import { realpathSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { LlamaError, printable } from "../errors.js";
import { type CachedModel, listHub, listRepo, listUrls, partialBytes } from "./cached-models.js";
import { chooseModelFile } from "./choose-files.js";
import { unwritable } from "./file-errors.js";
import { fileSize, namesIn } from "./local-file.js";
import { isLocked } from "./lock.js";
import { type HubReference, parseModelReference } from "./reference.js";
import { RepoFolder } from "./repo-folder.js";
import { type HubOptions, type HubSettings, resolveHubSettings } from "./settings.js";
import { urlFolder } from "./url-model.js";

/** What was removed. */
export interface RemovedModels {
  readonly models: readonly CachedModel[];
  /** Bytes on the disk. */
  readonly freed: number;
}

/** What would be removed. */
export interface RemovableModels {
  readonly models: readonly CachedModel[];
  /** Where there are no models: bytes of a download that was broken off. */
  readonly partial: number;
}

/** What {@link removeCached} would remove, to ask before. @throws LlamaError `not-found`, `option` */
export function findRemovable(name: string, options: HubOptions = {}): RemovableModels {
  const settings = resolveHubSettings(options);
  const models = find(name, settings);
  const reference = parseModelReference(name, settings.endpoint);
  const isPartial = models.length === 0 && reference.kind === "hub";
  return { models, partial: isPartial ? partialBytes(reference.repo, settings) : 0 };
}

/**
 * Removes a model from the hub's folder or our own: the one file with all its parts, those of a quantisation, or all
 * GGUF files of a repository; of one commit, where one is named, so that what other commits use stays. Files of the
 * repository that are not GGUF files stay too. Models in ollama's store and elsewhere are not ours to remove.
 * @throws LlamaError `not-found`, `option`, `unwritable`
 */
export async function removeCached(name: string, options: HubOptions = {}): Promise<RemovedModels> {
  const settings = resolveHubSettings(options);
  const models = find(name, settings);
  const reference = parseModelReference(name, settings.endpoint);
  let freed = 0;
  for (const model of models) {
    freed += reference.kind === "hub" ? removeFromRepo(model, reference, settings) : removeUrl(model);
  }
  if (reference.kind === "hub") {
    const tidied = await tidyRepo(reference.repo, settings);
    if (tidied === undefined && models.length === 0) {
      throw new LlamaError(
        "unwritable",
        `${printable(name, 256)} is being downloaded by another process; end that first.`,
      );
    }
    freed += tidied ?? 0;
  }
  return { models, freed };
}

function find(name: string, settings: HubSettings): readonly CachedModel[] {
  const reference = parseModelReference(name, settings.endpoint);
  switch (reference.kind) {
    case "path":
      throw new LlamaError(
        "option",
        `${printable(name, 256)} is a path; only downloaded models are removed, so delete the file itself.`,
      );
    case "ollama":
      throw new LlamaError("option", `${printable(name, 256)} belongs to ollama; remove it with "ollama rm".`);
    case "url": {
      const folder = urlFolder(reference.url, settings);
      const models = listUrls(settings).filter(({ path }) => dirname(path) === folder);
      if (models.length === 0) throw nothing(name, listUrls(settings));
      return models;
    }
    case "hub":
      return findInRepo(name, reference, settings);
  }
}

function findInRepo(name: string, reference: HubReference, settings: HubSettings): readonly CachedModel[] {
  const { repo, revision, file, quant } = reference;
  const commit = revision === undefined ? undefined : new RepoFolder(settings.hubFolder, repo).readRef(revision);
  const all = revision !== undefined && commit === undefined ? [] : listRepo(repo, settings, commit);
  const isWhole = revision === undefined && file === undefined && quant === undefined;
  if (isWhole && all.length === 0 && partialBytes(repo, settings) > 0) return []; // a broken-off download is tidied away
  if (all.length === 0) throw nothing(name, listHub(settings));
  if (file === undefined && quant === undefined) return all;
  const named = all.map((model) => ({ model, path: (model.reference as HubReference).file ?? "" }));
  const chosen = chooseModelFile(named, reference).path;
  return named.filter(({ path }) => path === chosen).map(({ model }) => model);
}

function nothing(name: string, models: readonly CachedModel[]): LlamaError {
  const names = models.slice(0, 40).map((model) => printable(model.name, 256));
  const listed = names.length === 0 ? "there are none" : `there are ${names.join(", ")}`;
  return new LlamaError("not-found", `${printable(name, 256)} is not among the downloaded models; ${listed}.`);
}

/** Links go first and bytes after them, so that no other reader meets a link that leads nowhere. */
function removeFromRepo(model: CachedModel, { repo, revision }: HubReference, settings: HubSettings): number {
  const folder = new RepoFolder(settings.hubFolder, repo);
  const blobs = new Set(model.paths.map((path) => realpathSync(path)));
  const links = folder.commits().flatMap((commit) => {
    const files = folder.files(commit).map(({ localPath }) => ({ localPath, blob: realpathSync(localPath) }));
    const isNamed = revision === undefined || commit === model.commit;
    return files.filter(({ blob }) => blobs.has(blob)).map((file) => ({ ...file, isNamed }));
  });
  for (const { localPath, blob, isNamed } of links) if (isNamed && localPath !== blob) remove(localPath);
  for (const { blob, isNamed } of links) if (!isNamed) blobs.delete(blob); // another commit still uses it
  let freed = 0;
  for (const blob of blobs) {
    freed += fileSize(blob) ?? 0;
    remove(blob);
  }
  return freed;
}

/**
 * Removes what has become empty, and what a broken-off download has left where nothing else remains.
 * @returns bytes; undefined where another process is at it
 */
async function tidyRepo(repo: string, settings: HubSettings): Promise<number | undefined> {
  const folder = new RepoFolder(settings.hubFolder, repo);
  for (const commit of folder.commits()) {
    if (folder.files(commit).length > 0) continue;
    for (const { ref } of folder.refs().filter((entry) => entry.commit === commit)) {
      remove(join(folder.path, "refs", ...ref.split("/")));
    }
    rmSync(folder.snapshot(commit), { recursive: true, force: true });
  }
  if (folder.commits().length > 0) return 0;
  const blobs = join(folder.path, "blobs");
  const left = namesIn(blobs);
  for (const name of left) {
    const oid = name.split(".")[0] ?? "";
    if (await isLocked(folder.lock(oid))) return undefined;
  }
  const freed = left.reduce((sum, name) => sum + (fileSize(join(blobs, name)) ?? 0), 0);
  rmSync(folder.path, { recursive: true, force: true });
  return freed;
}

function removeUrl(model: CachedModel): number {
  const folder = dirname(model.path);
  const freed = namesIn(folder).reduce((sum, name) => sum + (fileSize(join(folder, name)) ?? 0), 0);
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch (error) {
    throw unwritable(folder, error);
  }
  return freed;
}

function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch (error) {
    throw unwritable(path, error);
  }
}
