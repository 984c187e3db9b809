import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { copyFile, link, open, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { dirname } from "node:path";
import { LlamaError, printable } from "../errors.js";
import { isSystemError, makeFolders, unwritable } from "./file-errors.js";
import { type Life, lifeOf, parseHolder, thisProcess } from "./lock-holder.js";
import type { HubSettings } from "./settings.js";

/** How often a holder says that it is alive, and after how much silence it counts as dead. */
const HEARTBEAT = 10_000;
const SILENCE = 120_000;
const POLL = 250;
/** How long it is believed that a lock is still held, after a look at it. */
const TRUST = 1000;

/** A lock's file as it was at one time: a holder that says that it is alive changes it. */
interface Sight {
  readonly text: string;
  readonly time: number;
}

/**
 * A file that one process at a time can hold. Node has no `flock`, so the file's existence is the lock: it names its
 * holder's process, and its time is renewed while it is held. A holder that has ended is succeeded at once. Where that
 * cannot be known, as on another machine, one that has been silent for two minutes is: two minutes of the one who
 * waits, counted in looks at the file, as clocks of several machines differ and a machine may sleep.
 */
export class FileLock {
  readonly #path: string;
  readonly #id: string;
  readonly #heartbeat: NodeJS.Timeout;
  #lastLook = Date.now();

  private constructor(path: string, id: string) {
    this.#path = path;
    this.#id = id;
    this.#heartbeat = setInterval(() => void this.#renew(), HEARTBEAT).unref();
  }

  /** Waits until the lock is free. @param waitsFor what the holder is doing, for the notice */
  static async acquire(path: string, settings: HubSettings, waitsFor: string): Promise<FileLock> {
    const { signal } = settings;
    makeFolders(dirname(path));
    let before: Sight | undefined;
    let silence = 0;
    let isNoticed = false;
    while (true) {
      signal?.throwIfAborted();
      const id = randomUUID();
      if (await create(path, id)) return new FileLock(path, id);
      const sight = await look(path);
      if (sight === undefined) continue; // released meanwhile
      if (!isSame(sight, before)) silence = 0;
      before = sight;
      const isGone = isOver(sight, silence);
      if (isGone && (await remove(path, sight))) continue;
      if (!isGone && !isNoticed) {
        settings.onNotice(`Another process is downloading ${waitsFor}; waiting for it.`);
        isNoticed = true;
      }
      await settings.sleep(POLL, signal);
      silence += POLL;
    }
  }

  /**
   * A process that was stopped, or slept for minutes with its machine, may have been succeeded. A look at the file is
   * believed for a second.
   * @throws LlamaError `unwritable`
   */
  async assertHeld(): Promise<void> {
    const age = Date.now() - this.#lastLook;
    if (age >= 0 && age < TRUST) return;
    if (await this.#isHeld()) {
      this.#lastLook = Date.now();
      return;
    }
    throw new LlamaError(
      "unwritable",
      `Another process has taken over the download that ${printable(this.#path, 256)} stands for; run the command again.`,
    );
  }

  async release(): Promise<void> {
    clearInterval(this.#heartbeat);
    if (await this.#isHeld()) await rm(this.#path, { force: true });
  }

  async #isHeld(): Promise<boolean> {
    return parseHolder((await look(this.#path))?.text ?? "")?.id === this.#id;
  }

  /** Of a lock that was taken over nothing is renewed. */
  async #renew(): Promise<void> {
    const now = new Date();
    if (await this.#isHeld()) await utimes(this.#path, now, now).catch(() => {}); // removed: assertHeld will tell
  }
}

/** Whether a living process holds the lock, as far as one look at it can tell. */
export async function isLocked(path: string): Promise<boolean> {
  const sight = await look(path);
  return sight !== undefined && !isOver(sight, Date.now() - sight.time);
}

/** @param silence milliseconds without a change of the lock's file */
function isOver({ text }: Sight, silence: number): boolean {
  const holder = parseHolder(text);
  const life: Life = holder === undefined ? "unknown" : lifeOf(holder); // one that ended before it wrote who it is
  return life === "dead" || (life === "unknown" && silence >= SILENCE);
}

async function create(path: string, id: string): Promise<boolean> {
  try {
    const file = await open(path, "wx");
    try {
      await file.writeFile(JSON.stringify(thisProcess(id)));
    } catch (error) {
      await rm(path, { force: true }); // a full disk: nobody is to wait for it
      throw error;
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    // Windows says EPERM for a file that is about to go.
    if (isSystemError(error, "EEXIST") || (isSystemError(error, "EPERM") && (await look(path)) !== undefined)) {
      return false;
    }
    throw unwritable(path, error);
  }
}

/** Undefined where there is no lock. Another user's may not be readable, and is one all the same. */
async function look(path: string): Promise<Sight | undefined> {
  try {
    const { mtimeMs } = await stat(path);
    const text = await readFile(path, "utf8").catch((error: unknown) => {
      if (isSystemError(error, "ENOENT")) throw error;
      return "";
    });
    return { time: mtimeMs, text };
  } catch {
    return undefined;
  }
}

function isSame(a: Sight | undefined, b: Sight | undefined): boolean {
  return a?.text === b?.text && a?.time === b?.time;
}

/**
 * Removes a lock whose holder is gone. Several processes may find that at once, and the slower ones must not remove
 * what the fastest has made: only who holds a second lock removes, after another look.
 * @returns whether the way is free
 */
async function remove(path: string, found: Sight): Promise<boolean> {
  const turn = `${path}.turn`;
  if (!(await create(turn, randomUUID()))) {
    const other = await look(turn);
    if (other !== undefined && isOver(other, Date.now() - other.time)) await removeIfSame(turn, other);
    return false;
  }
  try {
    return await removeIfSame(path, found);
  } finally {
    await rm(turn, { force: true });
  }
}

/** What is removed is first moved away, as between a look and its removal a file may become another one. */
async function removeIfSame(path: string, found: Sight): Promise<boolean> {
  if (!isSame(await look(path), found)) return false;
  const aside = `${path}.${randomUUID().slice(0, 8)}.gone`;
  try {
    await rename(path, aside);
  } catch {
    return false; // somebody else was faster
  }
  const isRight = isSame(await look(aside), found);
  if (!isRight) {
    // Where there are no hard links it is copied; if a new one is there meanwhile, its holder stays.
    await link(aside, path).catch(() => copyFile(aside, path, constants.COPYFILE_EXCL).catch(() => {}));
  }
  await rm(aside, { force: true });
  return isRight;
}
