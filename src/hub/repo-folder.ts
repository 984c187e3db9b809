import { randomUUID } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { makeFolders, unwritable } from "./file-errors.js";
import { fileSize, namesIn } from "./local-file.js";
import { isCommit, isPathInside, isRevision } from "./repo-name.js";
import type { Outside } from "./settings.js";

/** A file of a snapshot on this machine. */
export interface CachedFile {
  /** In the repository, with slashes. */
  readonly path: string;
  /** On this machine; a link to a blob, or the file itself. */
  readonly localPath: string;
  readonly size: number;
}

/**
 * A repository in the hub's folder, as Python's huggingface_hub lays it out:
 *
 *     models--OWNER--REPO/blobs/OID                   the bytes, named by their checksum
 *                         snapshots/COMMIT/PATH       a relative link to ../../blobs/OID, or the file itself
 *                         refs/main                   the commit of a branch or tag
 */
export class RepoFolder {
  readonly path: string;
  readonly #locks: string;

  constructor(hubFolder: string, repo: string) {
    const name = `models--${repo.replace("/", "--")}`;
    this.path = join(hubFolder, name);
    this.#locks = join(hubFolder, ".locks", name);
  }

  blob(oid: string): string {
    return join(this.path, "blobs", oid);
  }

  /** A name of our own, so that no other program writes to the same file. */
  incomplete(oid: string): string {
    return join(this.path, "blobs", `${oid}.llama2.incomplete`);
  }

  lock(oid: string): string {
    return join(this.#locks, `${oid}.llama2.lock`);
  }

  snapshot(commit: string): string {
    return join(this.path, "snapshots", commit);
  }

  snapshotFile(commit: string, path: string): string {
    return join(this.snapshot(commit), ...path.split("/"));
  }

  /**
   * The commit that a branch or tag had when it was last asked for; without a name that of `main`, or of any other.
   */
  readRef(revision: string | undefined): string | undefined {
    if (revision !== undefined) return isCommit(revision) ? revision : this.#readRef(revision);
    return this.#readRef("main") ?? this.refs().find(({ commit }) => existsSync(this.snapshot(commit)))?.commit;
  }

  refs(): { readonly ref: string; readonly commit: string }[] {
    const folder = join(this.path, "refs");
    return filesBelow(folder).flatMap((ref) => {
      const commit = this.#readRef(ref);
      return commit === undefined ? [] : [{ ref, commit }];
    });
  }

  #readRef(ref: string): string | undefined {
    if (!isRevision(ref)) return undefined;
    try {
      const commit = readFileSync(join(this.path, "refs", ...ref.split("/")), "utf8").trim();
      return isCommit(commit) ? commit : undefined;
    } catch {
      return undefined;
    }
  }

  /** Only to be called when the snapshot exists: other readers refuse a folder whose refs lead nowhere. */
  async writeRef(ref: string, commit: string): Promise<void> {
    if (this.#readRef(ref) === commit) return;
    await this.#replace(join(this.path, "refs", ...ref.split("/")), (temporary) => writeFile(temporary, commit));
  }

  commits(): string[] {
    return namesIn(join(this.path, "snapshots")).filter(isCommit);
  }

  /** The youngest first. */
  commitsByAge(): string[] {
    const age = (commit: string) => statSync(this.snapshot(commit), { throwIfNoEntry: false })?.mtimeMs ?? 0;
    return this.commits().sort((a, b) => age(b) - age(a));
  }

  /** The files of a snapshot that are really there, in the order of their paths. */
  files(commit: string): CachedFile[] {
    return filesBelow(this.snapshot(commit)).flatMap((path) => {
      const localPath = this.snapshotFile(commit, path);
      const size = fileSize(localPath);
      return size === undefined || !isPathInside(path) ? [] : [{ path, localPath, size }];
    });
  }

  /**
   * Makes a blob appear in a snapshot: by a relative link, so that the folder can be moved as a whole, or, where the
   * system allows no links, by moving it there.
   */
  async addToSnapshot(commit: string, path: string, oid: string, symlink: Outside["symlink"]): Promise<void> {
    const target = this.snapshotFile(commit, path);
    const blob = this.blob(oid);
    try {
      await this.#replace(target, (temporary) => symlink(relative(dirname(target), blob), temporary));
    } catch {
      await rename(blob, target).catch((error: unknown) => {
        throw unwritable(target, error);
      });
    }
  }

  /** Makes the folders, all of which other readers expect, even if there is nothing in them. */
  create(): void {
    for (const name of ["blobs", "snapshots", "refs"]) makeFolders(join(this.path, name));
  }

  async #replace(path: string, make: (temporary: string) => Promise<void>): Promise<void> {
    const temporary = `${path}.${randomUUID().slice(0, 8)}.tmp`;
    try {
      makeFolders(dirname(path));
      await make(temporary);
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw unwritable(path, error);
    }
  }
}

/** Paths of all that is no folder, with slashes, sorted. */
function filesBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
      .sort();
  } catch {
    return [];
  }
}
