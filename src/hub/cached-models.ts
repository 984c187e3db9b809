import { realpathSync } from "node:fs";
import { join } from "node:path";
import { parseGgufName } from "./choose-files.js";
import { fileSize, lastUsed, namesIn } from "./local-file.js";
import { listOldLlamaCpp } from "./old-llama-cpp.js";
import { listOllama } from "./ollama-store.js";
import { formatModelReference, type ModelReference } from "./reference.js";
import { type CachedFile, RepoFolder } from "./repo-folder.js";
import { isRepo } from "./repo-name.js";
import { type HubOptions, type HubSettings, resolveHubSettings } from "./settings.js";
import { fileName, readRecord } from "./url-model.js";

/** A model that was downloaded, by this program or another. */
export interface CachedModel {
  /** What it can be loaded and removed by. */
  readonly name: string;
  /** Whose folder it is in; only models of `hub` and `url` can be removed. */
  readonly source: "hub" | "url" | "ollama" | "llama.cpp";
  readonly reference: ModelReference;
  /** The file to open, of a split the first part. */
  readonly path: string;
  /** All parts, in order. */
  readonly paths: readonly string[];
  /** Bytes of all parts. */
  readonly size: number;
  readonly lastUsed: Date;
  /** The type of the weights by the file's name, such as `Q4_K_M`. */
  readonly quant: string | undefined;
  /** The commit it is of, in the hub's folder. */
  readonly commit: string | undefined;
}

/** Every model in the hub's folder, our own, the one that llama.cpp had, and ollama's store. Nothing is asked for. */
export function listCached(options: HubOptions = {}): CachedModel[] {
  const settings = resolveHubSettings(options);
  const ollama = listOllama(settings).map(({ reference, path }) => {
    return describe("ollama", reference, [path], undefined, reference.tag);
  });
  const old = listOldLlamaCpp(settings).map((path) =>
    describe("llama.cpp", { kind: "path", path }, [path], undefined, path),
  );
  return [...listHub(settings), ...listUrls(settings), ...old, ...ollama];
}

/** What a download that was broken off has left in the hub's folder. */
export interface PartialDownload {
  /** `hf:OWNER/REPO`, by which it can be gone on with or removed. */
  readonly name: string;
  readonly bytes: number;
}

/** Every repository in the hub's folder with bytes of files that are not whole. */
export function listPartial(options: HubOptions = {}): PartialDownload[] {
  const settings = resolveHubSettings(options);
  return namesIn(settings.hubFolder).flatMap((name) => {
    const repo = repoOf(name);
    const bytes = repo === undefined ? 0 : partialBytes(repo, settings);
    return bytes === 0 ? [] : [{ name: `hf:${repo}`, bytes }];
  });
}

export function partialBytes(repo: string, settings: HubSettings): number {
  const blobs = join(new RepoFolder(settings.hubFolder, repo).path, "blobs");
  const left = namesIn(blobs).filter((name) => name.endsWith(".incomplete"));
  return left.reduce((sum, name) => sum + (fileSize(join(blobs, name)) ?? 0), 0);
}

function repoOf(folder: string): string | undefined {
  const repo = /^models--(.+)$/.exec(folder)?.[1]?.split("--").join("/") ?? "";
  return isRepo(repo) ? repo : undefined;
}

/** The models of the hub's folder. A file that is the same in several commits is listed once, for the youngest. */
export function listHub(settings: HubSettings): CachedModel[] {
  return namesIn(settings.hubFolder).flatMap((name) => {
    const repo = repoOf(name);
    return repo === undefined ? [] : listRepo(repo, settings);
  });
}

/** The models of a repository, each once. @param only the one commit to look at, where it is not all */
export function listRepo(repo: string, settings: HubSettings, only?: string): CachedModel[] {
  const folder = new RepoFolder(settings.hubFolder, repo);
  const current = folder.readRef(undefined);
  const all = [...new Set([...(current === undefined ? [] : [current]), ...folder.commitsByAge()])];
  const commits = only === undefined ? all : [only];
  const seen = new Set<string>();
  return commits.flatMap((commit) => {
    return modelsOf(folder.files(commit)).flatMap((parts) => {
      const [first] = parts;
      if (first === undefined) return [];
      const blob = realpathSync(first.localPath);
      if (seen.has(blob)) return [];
      seen.add(blob);
      const revision = commit === current ? undefined : commit;
      const paths = parts.map(({ localPath }) => localPath);
      return [describe("hub", { kind: "hub", repo, file: first.path, revision }, paths, commit, first.path)];
    });
  });
}

/**
 * The GGUF files of a snapshot, the parts of each together; a split of which parts are missing is listed with what
 * there is.
 */
function modelsOf(files: readonly CachedFile[]): CachedFile[][] {
  const models = new Map<string, CachedFile[]>();
  for (const file of files) {
    const name = parseGgufName(file.path);
    if (name === undefined) continue;
    const key = `${name.prefix} ${name.parts}`;
    models.set(key, [...(models.get(key) ?? []), file]);
  }
  return [...models.values()];
}

export function listUrls(settings: HubSettings): CachedModel[] {
  return namesIn(settings.urlFolder).flatMap((key) => {
    const folder = join(settings.urlFolder, key);
    const parts = namesIn(folder)
      .filter((name) => !name.endsWith(".json"))
      .flatMap((name) => {
        const path = join(folder, name);
        const record = readRecord(path);
        return record === undefined ? [] : [{ path, url: record.url }];
      });
    const [first] = parts;
    if (first === undefined) return [];
    const paths = parts.map(({ path }) => path);
    return [describe("url", { kind: "url", url: first.url }, paths, undefined, fileName(first.url))];
  });
}

function describe(
  source: CachedModel["source"],
  reference: ModelReference,
  paths: readonly string[],
  commit: string | undefined,
  fileNamed: string,
): CachedModel {
  return {
    name: formatModelReference(reference),
    source,
    reference,
    path: paths[0] ?? "",
    paths,
    size: paths.reduce((sum, path) => sum + (fileSize(path) ?? 0), 0),
    lastUsed: new Date(Math.max(...paths.map((path) => lastUsed(path).getTime()))),
    quant: parseGgufName(fileNamed)?.quant,
    commit,
  };
}
