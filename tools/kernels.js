/**
 * Compiles targets of asconfig.json side by side, those alone whose sources changed since they were compiled.
 *
 * usage: node tools/kernels.js TARGET...
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));
const asc = join(dirname(createRequire(import.meta.url).resolve("assemblyscript/package.json")), "bin", "asc.js");
/** @type {{ targets: Record<string, { outFile: string }>, options: object }} */
const config = JSON.parse(readFileSync(join(root, "asconfig.json"), "utf8"));

/** @param {string} target */
async function compile(target) {
  const settings = config.targets[target];
  if (settings === undefined) throw new Error(`asconfig.json has no target "${target}"`);
  const stamp = join(root, "build", `${target}.stamp`);
  const sources = digest(target);
  if (existsSync(join(root, settings.outFile)) && existsSync(stamp) && readFileSync(stamp, "utf8") === sources) return;
  const entry = target === "training" ? "training/assembly/index.ts" : "assembly/index.ts";
  await run([asc, entry, "--target", target]);
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, sources);
}

/**
 * What a target is made from: its settings, the compiler's version, and every source.
 * @param {string} target
 */
function digest(target) {
  const hash = createHash("sha256");
  hash.update(JSON.stringify([config.targets[target], config.options]));
  hash.update(readFileSync(join(dirname(asc), "..", "package.json")));
  for (const folder of ["assembly", "training/assembly"]) {
    for (const name of readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).sort()) {
      if (name.endsWith(".ts")) hash.update(`${name}\0`).update(readFileSync(join(root, folder, name)));
    }
  }
  return hash.digest("hex");
}

/** @param {string[]} args */
function run(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: "inherit" });
    child.on("error", reject);
    child.on("exit", (code) => (code === 0 ? resolve(undefined) : reject(new Error(`asc ended with code ${code}`))));
  });
}

const results = await Promise.allSettled(process.argv.slice(2).map(compile));
for (const result of results) {
  if (result.status === "fulfilled") continue;
  console.error(String(result.reason));
  process.exitCode = 1;
}
