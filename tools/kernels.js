/**
 * Compiles targets of asconfig.json side by side.
 *
 * usage: node tools/kernels.js TARGET...
 */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { root, unlessUpToDate } from "./up-to-date.js";

const compiler = createRequire(import.meta.url).resolve("assemblyscript/package.json");
/** @type {{ targets: Record<string, { outFile: string }>, options: object }} */
const config = JSON.parse(readFileSync(join(root, "asconfig.json"), "utf8"));

/** @type {Record<string, string>} */
const ENTRIES = { quantize: "assembly/quantize/index.ts", training: "training/assembly/index.ts" };

/** @param {string} target */
async function compile(target) {
  const settings = config.targets[target];
  if (settings === undefined) throw new Error(`asconfig.json has no target "${target}"`);
  const entry = ENTRIES[target] ?? "assembly/index.ts";
  const job = {
    output: settings.outFile,
    folders: target === "training" ? ["assembly", "training/assembly"] : ["assembly"],
    settings: [settings, config.options, JSON.parse(readFileSync(compiler, "utf8")).version],
  };
  await unlessUpToDate(job, () => run([join(dirname(compiler), "bin", "asc.js"), entry, "--target", target]));
}

/** @param {string[]} args */
function run(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: "inherit" });
    child.on("error", reject);
    child.on("exit", (code) => (code === 0 ? resolve(undefined) : reject(new Error(`asc ended with code ${code}`))));
  });
}

for (const result of await Promise.allSettled(process.argv.slice(2).map(compile))) {
  if (result.status === "fulfilled") continue;
  console.error(String(result.reason));
  process.exitCode = 1;
}
