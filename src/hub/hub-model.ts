import { existsSync } from "node:fs";
import { LlamaError, printable } from "../errors.js";
import { chooseModelFiles } from "./choose-files.js";
import { explainHubFailure } from "./explain.js";
import { fetchIntoSnapshot } from "./fetch-snapshot.js";
import { HttpFailure } from "./http-failure.js";
import { listFiles, type Patience, type RepoFile, type ResolvedRevision, resolveRevision } from "./hub-api.js";
import { fileSize, markAsUsed } from "./local-file.js";
import { findInOldLlamaCpp } from "./old-llama-cpp.js";
import { formatModelReference, type HubReference } from "./reference.js";
import { RepoFolder } from "./repo-folder.js";
import { isCommit } from "./repo-name.js";
import type { HubSettings } from "./settings.js";

/** Files of a repository that are on this machine. */
export interface LocalFiles {
  /** Their paths, of a split in order. */
  readonly paths: readonly string[];
  /** The commit they are of; undefined in a folder that does not say. */
  readonly commit: string | undefined;
}

/** Picks what is wanted of a repository; throws `LlamaError` where it is not there. */
export type ChooseFiles = <T extends { readonly path: string }>(
  files: readonly T[],
  wish: HubReference,
) => readonly T[];

/**
 * The files of a repository that a reference names, from the cache or fetched into it.
 *
 * - A commit whose snapshot has files that fit needs no request: it cannot change.
 * - A branch is asked for once, with a short timeout when the cache could serve; whatever goes wrong then, the cache
 *   serves.
 * - Offline, nothing is asked.
 * @throws LlamaError
 */
export async function findHubFiles(
  reference: HubReference,
  settings: HubSettings,
  choose: ChooseFiles = chooseModelFiles,
): Promise<LocalFiles> {
  const cached = findCached(reference, settings, choose);
  const isFixed = reference.revision !== undefined && isCommit(reference.revision);
  const found =
    cached !== undefined && (isFixed || settings.offline) ? cached : await ask(reference, settings, choose, cached);
  for (const path of found.paths) markAsUsed(path);
  return found;
}

async function ask(
  reference: HubReference,
  settings: HubSettings,
  choose: ChooseFiles,
  cached: LocalFiles | undefined,
): Promise<LocalFiles> {
  const old = cached === undefined ? findInOldLlamaCpp(reference, settings, choose) : undefined;
  if (settings.offline) {
    if (old !== undefined) return old;
    throw new LlamaError(
      "not-found",
      `${formatModelReference(reference)} is not in ${printable(settings.hubFolder, 256)}, and nothing is downloaded offline; run it once without --offline (HF_HUB_OFFLINE).`,
    );
  }
  const fallback = cached ?? old;
  const patience: Patience =
    fallback === undefined
      ? { timeout: settings.stallTimeout, tries: "several" }
      : { timeout: settings.askTimeout, tries: "once" };
  let plan: Plan;
  try {
    plan = await makePlan(reference, settings, choose, patience);
  } catch (error) {
    settings.signal?.throwIfAborted();
    const explained = asSentence(error, reference, settings);
    if (fallback === undefined) throw explained;
    settings.onNotice(`Using the copy on this machine: ${explained.message}`);
    return fallback;
  }
  const { revision, files } = plan;
  if (old !== undefined && files.every(({ size }, i) => fileSize(old.paths[i] ?? "") === size)) return old;
  try {
    const paths = await fetchIntoSnapshot({ repo: reference.repo, revision, files }, settings);
    return { paths, commit: revision.commit };
  } catch (error) {
    settings.signal?.throwIfAborted();
    throw asSentence(error, { ...reference, file: files[0]?.path }, settings);
  }
}

interface Plan {
  readonly revision: ResolvedRevision;
  readonly files: readonly RepoFile[];
}

async function makePlan(
  reference: HubReference,
  settings: HubSettings,
  choose: ChooseFiles,
  patience: Patience,
): Promise<Plan> {
  const revision = await resolveRevision(settings, reference.repo, reference.revision, patience);
  const all = await listFiles(settings, reference.repo, revision.commit, patience);
  return { revision, files: choose(all, reference) };
}

/** What the cache has for a reference, as it was when it was last asked for. */
export function findCached(
  reference: HubReference,
  settings: HubSettings,
  choose: ChooseFiles = chooseModelFiles,
): LocalFiles | undefined {
  const folder = new RepoFolder(settings.hubFolder, reference.repo);
  const known = folder.readRef(reference.revision);
  // Another program may have moved the branch on for another file of the repository.
  const others = reference.revision === undefined ? folder.commitsByAge() : [];
  for (const commit of new Set([...(known === undefined ? [] : [known]), ...others])) {
    if (!existsSync(folder.snapshot(commit))) continue;
    try {
      return { paths: choose(folder.files(commit), reference).map(({ localPath }) => localPath), commit };
    } catch (error) {
      if (!(error instanceof LlamaError)) throw error;
    }
  }
  return undefined;
}

function asSentence(error: unknown, reference: HubReference, settings: HubSettings): LlamaError {
  if (error instanceof HttpFailure) return explainHubFailure(error, settings, reference);
  if (error instanceof LlamaError) return error;
  throw error;
}
