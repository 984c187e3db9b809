import { readFileSync } from "node:fs";
import { freemem, platform, totalmem } from "node:os";
import { posix } from "node:path";

/** What a machine tells of its memory; a test tells otherwise. */
export interface MemoryReport {
  readonly platform: string;
  readonly total: number;
  /** What os.freemem() gives. */
  readonly free: number;
  /** The text of a file of the system, undefined where there is none. */
  readonly read: (path: string) => string | undefined;
}

/**
 * Bytes that this process may take before the system swaps or kills it. On Linux what is free or can be reclaimed at
 * once, or what the limits of the process's control groups leave, if that is less. macOS counts as free only what no
 * cache holds, which is next to nothing, so there all memory counts.
 */
export function availableMemory(machine: MemoryReport = thisMachine()): number {
  if (machine.platform === "darwin") return machine.total;
  if (machine.platform !== "linux") return machine.free;
  return Math.max(0, Math.min(machine.free, ...groupMemory(machine.read)));
}

function thisMachine(): MemoryReport {
  return { platform: platform(), total: totalmem(), free: freemem(), read: readText };
}

/** The file names of the two versions of control groups; the second has one hierarchy for everything. */
const GROUP_VERSIONS = [
  {
    isLine: (controllers: string) => controllers.split(",").includes("memory"),
    root: "/sys/fs/cgroup/memory",
    limit: "memory.limit_in_bytes",
    usage: "memory.usage_in_bytes",
    reclaimable: "total_inactive_file",
  },
  {
    isLine: (controllers: string) => controllers === "",
    root: "/sys/fs/cgroup",
    limit: "memory.max",
    usage: "memory.current",
    reclaimable: "inactive_file",
  },
] as const;

/** What each control group with a limit has left: the process's own and those it lies in. */
function* groupMemory(read: MemoryReport["read"]): Generator<number> {
  for (const line of (read("/proc/self/cgroup") ?? "").split("\n")) {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    const version = GROUP_VERSIONS.find(({ isLine }) => controllers !== undefined && isLine(controllers));
    if (version === undefined || path === undefined) continue;
    for (let group = posix.normalize(path); ; group = posix.dirname(group)) {
      // In a container the path may be the host's; the container's own group is then at the root.
      const folder = posix.join(version.root, group);
      const limit = Number.parseInt(read(posix.join(folder, version.limit)) ?? "", 10);
      const usage = Number.parseInt(read(posix.join(folder, version.usage)) ?? "", 10);
      if (limit >= 0 && usage >= 0) {
        const stat = read(posix.join(folder, "memory.stat")) ?? "";
        const cache = new RegExp(`^${version.reclaimable} (\\d+)$`, "m").exec(stat)?.[1];
        yield limit - usage + Number(cache ?? 0);
      }
      if (group === "/") break;
    }
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
