import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { LlamaError } from "../errors.js";
import { chooseModelFiles } from "./choose-files.js";
import type { ChooseFiles, LocalFiles } from "./hub-model.js";
import { fileSize, namesIn } from "./local-file.js";
import type { HubReference } from "./reference.js";
import type { HubSettings } from "./settings.js";

/**
 * A model in the folder that llama.cpp used before it moved to the hub's: `OWNER_REPO_FILE.gguf`, slashes as
 * underscores. As owners and repositories may have underscores too, what stands beside it must name the repository: a
 * manifest, or the address in the file's own JSON. Read in place; nothing is ever written here.
 */
export function findInOldLlamaCpp(
  reference: HubReference,
  settings: HubSettings,
  choose: ChooseFiles = chooseModelFiles,
): LocalFiles | undefined {
  if (reference.revision !== undefined && reference.revision !== "main") return undefined; // it never had others
  const folder = settings.oldLlamaCppFolder;
  const prefix = `${reference.repo.replace("/", "_")}_`;
  const names = namesIn(folder);
  const hasManifest = names.some((name) => name.startsWith(`manifest=${reference.repo.replace("/", "=")}=`));
  const files = names
    .filter((name) => name.startsWith(prefix) && /\.gguf$/i.test(name))
    .filter((name) => hasManifest || namesRepo(join(folder, `${name}.json`), reference.repo))
    .map((name) => ({ path: name.slice(prefix.length), localPath: join(folder, name) }))
    .filter(({ localPath }) => fileSize(localPath) !== undefined);
  const file = reference.file?.replaceAll("/", "_");
  try {
    const chosen = choose(files, { ...reference, file });
    return { paths: chosen.map(({ localPath }) => localPath), commit: undefined };
  } catch (error) {
    if (error instanceof LlamaError) return undefined;
    throw error;
  }
}

/** Paths of the models in that folder. */
export function listOldLlamaCpp(settings: HubSettings): string[] {
  return namesIn(settings.oldLlamaCppFolder)
    .filter((name) => /\.gguf$/i.test(name))
    .map((name) => join(settings.oldLlamaCppFolder, name))
    .filter((path) => fileSize(path) !== undefined);
}

function namesRepo(path: string, repo: string): boolean {
  if (!existsSync(path)) return false;
  try {
    const { url } = JSON.parse(readFileSync(path, "utf8")) as { url?: unknown };
    return typeof url === "string" && new URL(url).pathname.startsWith(`/${repo}/resolve/`);
  } catch {
    return false;
  }
}
