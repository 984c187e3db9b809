import { randomUUID } from "node:crypto";
import { mkdir, open, readFile, rm, stat, utimes } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { LlamaError, printable } from "../errors.js";
import { isSystemError, unwritable } from "./file-errors.js";
import type { HubSettings } from "./settings.js";

/** How often a holder says that it is alive, and after how much silence it counts as dead. */
const HEARTBEAT = 10_000;
const SILENCE = 120_000;
const POLL = 250;

interface Holder {
  readonly id: string;
  readonly pid: number;
  readonly host: string;
}

/**
 * A file that one process at a time can hold. Node has no `flock`, so the file's existence is the lock: it names its
 * holder's process, and its time is renewed while it is held. A holder that has ended, on this machine, or has been
 * silent for two minutes, on another one, is succeeded at once.
 */
export class FileLock {
  readonly #path: string;
  readonly #id: string;
  readonly #heartbeat: NodeJS.Timeout;

  private constructor(path: string, id: string) {
    this.#path = path;
    this.#id = id;
    this.#heartbeat = setInterval(() => {
      const now = new Date();
      utimes(path, now, now).catch(() => {}); // taken over: assertHeld will tell
    }, HEARTBEAT).unref();
  }

  /** Waits until the lock is free. @param waitsFor what the holder is doing, for the notice */
  static async acquire(path: string, settings: HubSettings, waitsFor: string): Promise<FileLock> {
    const { signal } = settings;
    await mkdir(dirname(path), { recursive: true }).catch((error: unknown) => {
      throw unwritable(dirname(path), error);
    });
    let isNoticed = false;
    while (true) {
      signal?.throwIfAborted();
      const id = randomUUID();
      if (await create(path, { id, pid: process.pid, host: hostname() })) return new FileLock(path, id);
      if (await isStale(path)) {
        await removeStale(path);
        continue;
      }
      if (!isNoticed) settings.onNotice(`Another process is downloading ${waitsFor}; waiting for it.`);
      isNoticed = true;
      await settings.sleep(POLL, signal);
    }
  }

  /**
   * A process that slept for minutes, with its machine, may have been succeeded.
   * @throws LlamaError `unwritable`
   */
  async assertHeld(): Promise<void> {
    if ((await readHolder(this.#path))?.id === this.#id) return;
    throw new LlamaError(
      "unwritable",
      `Another process has taken over the download that ${printable(this.#path, 256)} stands for; run the command again.`,
    );
  }

  async release(): Promise<void> {
    clearInterval(this.#heartbeat);
    if ((await readHolder(this.#path))?.id === this.#id) await rm(this.#path, { force: true });
  }
}

/** Whether a living process holds the lock. */
export async function isLocked(path: string): Promise<boolean> {
  return (await readHolder(path)) !== undefined && !(await isStale(path));
}

async function create(path: string, holder: Holder): Promise<boolean> {
  try {
    const file = await open(path, "wx");
    try {
      await file.writeFile(JSON.stringify(holder));
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    // Windows says EPERM for a file that is about to go.
    if (isSystemError(error, "EEXIST") || (isSystemError(error, "EPERM") && (await exists(path)))) return false;
    throw unwritable(path, error);
  }
}

/** Undefined where there is no lock, or where its holder has not yet written who it is. */
async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    const holder = JSON.parse(await readFile(path, "utf8")) as Partial<Holder>;
    const isWhole = typeof holder.id === "string" && typeof holder.pid === "number" && typeof holder.host === "string";
    return isWhole ? (holder as Holder) : undefined;
  } catch {
    return undefined;
  }
}

async function isStale(path: string): Promise<boolean> {
  const holder = await readHolder(path);
  if (holder !== undefined && holder.host === hostname() && !isAlive(holder.pid)) return true;
  try {
    return Date.now() - (await stat(path)).mtimeMs > SILENCE;
  } catch {
    return false; // released meanwhile
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !isSystemError(error, "ESRCH"); // EPERM: it lives, and is another user's
  }
}

/**
 * Two processes may find the same lock stale, and the slower one must not remove what the faster one has made: only who
 * holds a second lock removes, after another look.
 */
async function removeStale(path: string): Promise<void> {
  const turn = `${path}.turn`;
  if (!(await create(turn, { id: randomUUID(), pid: process.pid, host: hostname() }))) {
    if (await isStale(turn)) await rm(turn, { force: true });
    return;
  }
  try {
    if (await isStale(path)) await rm(path, { force: true });
  } finally {
    await rm(turn, { force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
