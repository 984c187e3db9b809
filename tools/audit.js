/**
 * What a user of the package installs beside it: the packages with their licences, none of which may run a script when
 * it is installed, and all of which the package can be shipped with.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./up-to-date.js";

const ALLOWED = ["MIT", "ISC", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "0BSD"];

/**
 * @type {{ packages: Record<string, { version?: string, dev?: boolean, license?: string, hasInstallScript?: boolean }>
 * }}
 */
const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
const installed = Object.entries(lock.packages).filter(([path, { dev }]) => path !== "" && dev !== true);

for (const [path, { version, license, hasInstallScript }] of installed) {
  const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
  console.log(`${license ?? "unknown"}\t${name}@${version}`);
  if (license === undefined || !ALLOWED.includes(license)) fail(`${name} has the licence ${license}`);
  if (hasInstallScript === true) fail(`${name} runs a script when it is installed`);
}

/** @param {string} reason */
function fail(reason) {
  console.error(`error: ${reason}`);
  process.exitCode = 1;
}
