import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { isSystemError } from "./file-errors.js";

/** Who holds a lock, as the lock's file says it. */
export interface Holder {
  readonly id: string;
  readonly pid: number;
  /** Where `pid` means that process: the machine, and on Linux the container. */
  readonly host: string;
  /** When the process was started, as the system counts, so that another one with its number is not taken for it. */
  readonly started?: string | undefined;
}

/** What can be said of a process: a silent one of another machine may be either. */
export type Life = "alive" | "dead" | "unknown";

export function thisProcess(id: string): Holder {
  return { id, pid: process.pid, host: hostOfPids(), started: startOf(process.pid) };
}

/** Undefined where it is none, or not whole. */
export function parseHolder(text: string): Holder | undefined {
  try {
    const holder = JSON.parse(text) as Partial<Holder>;
    const isWhole = typeof holder.id === "string" && typeof holder.pid === "number" && typeof holder.host === "string";
    return isWhole ? (holder as Holder) : undefined;
  } catch {
    return undefined;
  }
}

export function lifeOf({ pid, host, started }: Holder): Life {
  if (host !== hostOfPids()) return "unknown";
  if (!isThere(pid)) return "dead";
  const now = startOf(pid);
  if (now === undefined || started === undefined) return "unknown"; // it may be another process by now
  return now === started ? "alive" : "dead";
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isSystemError(error, "EPERM"); // it lives, and is another user's
  }
}

/** Containers that share a folder may share a host name too, and each has a process 1. */
function hostOfPids(): string {
  try {
    return `${hostname()} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return hostname();
  }
}

/** Field 22 of `/proc/PID/stat`, see proc(5); the name before it may have spaces and parentheses in it. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}
