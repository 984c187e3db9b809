import { readFileSync } from "node:fs";
import { getBuiltinModule, nextTick } from "node:process";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Hash, Platform } from "../platform.js";
import { availableMemory } from "./available-memory.js";
import { collectGarbage } from "./collect-garbage.js";
import { physicalCores } from "./cores.js";
import { findPackageFile, packageFile } from "./package-file.js";
import { startThread, threadHost } from "./threads.js";
import { v8 } from "./web-assembly.js";

/** Node 20.19 and newer. */
export const nodePlatform: Platform = {
  physicalCores,
  availableMemory: () => availableMemory(),
  collectGarbage,
  nextTurn: () => setImmediate(),
  afterPromises: (next) => nextTick(next),
  sha256,
  packagePath,
  readPackageFile: (path) => readFileSync(packageFile(path)),
  startThread,
  threadHost,
  webAssembly: v8,
};

function packagePath(path: string): string {
  const url = findPackageFile(path);
  return url === undefined ? path : fileURLToPath(url);
}

function sha256(): Hash {
  // Loaded where something is hashed: every thread imports this file, and few of them need it.
  const hash = getBuiltinModule("node:crypto").createHash("sha256");
  return {
    update: (bytes) => {
      hash.update(bytes);
    },
    digest: () => hash.digest(),
  };
}
