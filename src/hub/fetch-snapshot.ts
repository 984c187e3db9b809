import { existsSync } from "node:fs";
import { copyFile, link, rename, rm } from "node:fs/promises";
import { addFile, checksumFor } from "./checksum.js";
import { checkSpace } from "./disk-space.js";
import { download } from "./download.js";
import { unwritable } from "./file-errors.js";
import { fileAddress, type RepoFile, type ResolvedRevision } from "./hub-api.js";
import { fileSize } from "./local-file.js";
import { FileLock } from "./lock.js";
import { JointProgress } from "./progress.js";
import { RepoFolder } from "./repo-folder.js";
import type { HubSettings } from "./settings.js";
import { sideBySide } from "./side-by-side.js";

/** Files of a repository at a commit. */
export interface SnapshotRequest {
  readonly repo: string;
  readonly revision: ResolvedRevision;
  readonly files: readonly RepoFile[];
}

/**
 * Makes files part of a snapshot in the cache, fetching side by side what is not there yet, and remembers the branch's
 * commit when all are there.
 * @returns their paths on this machine
 */
export async function fetchIntoSnapshot(request: SnapshotRequest, settings: HubSettings): Promise<string[]> {
  const { repo, revision, files } = request;
  const folder = new RepoFolder(settings.hubFolder, repo);
  const paths = files.map(({ path }) => folder.snapshotFile(revision.commit, path));
  const isThere = files.map(({ size }, i) => fileSize(paths[i] ?? "") === size);
  if (!isThere.every((there) => there)) {
    folder.create();
    const missing = files.filter((_, i) => !isThere[i]);
    const rest = missing.reduce((sum, { oid, size }) => sum + (existsSync(folder.blob(oid)) ? 0 : size), 0);
    const begun = missing.reduce((sum, { oid }) => sum + (fileSize(folder.incomplete(oid)) ?? 0), 0);
    await checkSpace(settings, folder.path, rest - begun);
    const progress = new JointProgress(
      files[0]?.path ?? "",
      files.map(({ size }) => size),
      settings,
    );
    for (const [i, { size }] of files.entries()) if (isThere[i]) progress.set(i, size, true);
    await sideBySide(files, settings, async (file, i, stoppable) => {
      if (isThere[i]) return;
      await fetchOne(folder, request, file, stoppable, (bytes, isFound) => {
        progress.set(i, bytes, isFound);
        progress.report();
      });
    });
  }
  if (revision.ref !== undefined) await folder.writeRef(revision.ref, revision.commit);
  return paths;
}

async function fetchOne(
  folder: RepoFolder,
  { repo, revision }: SnapshotRequest,
  file: RepoFile,
  settings: HubSettings,
  onBytes: (bytes: number, isFound: boolean) => void,
): Promise<void> {
  const { path, oid, size } = file;
  const target = folder.snapshotFile(revision.commit, path);
  const lock = await FileLock.acquire(folder.lock(oid), settings, `${repo}/${path}`);
  try {
    if (fileSize(target) !== size) {
      const isBlobThere = fileSize(folder.blob(oid)) === size || (await takeFromOtherSnapshot(folder, file, settings));
      if (!isBlobThere) {
        const incomplete = folder.incomplete(oid);
        let isFirst = true;
        await download(settings, {
          url: fileAddress(settings, repo, revision.commit, path),
          incomplete,
          expected: { oid, size },
          onBytes: (bytes) => {
            onBytes(bytes, isFirst);
            isFirst = false;
          },
          assertHeld: () => lock.assertHeld(),
        });
        await lock.assertHeld();
        await rename(incomplete, folder.blob(oid)).catch((error: unknown) => {
          throw unwritable(folder.blob(oid), error);
        });
      }
      await folder.addToSnapshot(revision.commit, path, oid, settings.symlink);
    }
    onBytes(size, true);
  } finally {
    await lock.release();
  }
}

/**
 * Where there are no links, a commit's files lie in its snapshot themselves. The next commit mostly has the same ones,
 * which need not be fetched again if their checksum is right.
 */
async function takeFromOtherSnapshot(folder: RepoFolder, file: RepoFile, settings: HubSettings): Promise<boolean> {
  const { path, oid, size } = file;
  for (const commit of folder.commits()) {
    const other = folder.snapshotFile(commit, path);
    if (fileSize(other) !== size) continue;
    const checksum = checksumFor(oid, size);
    await addFile(checksum, other, size, settings.signal);
    if (checksum.digest() !== oid) continue;
    await rm(folder.blob(oid), { force: true });
    await link(other, folder.blob(oid)).catch(() => copyFile(other, folder.blob(oid)));
    return true;
  }
  return false;
}
