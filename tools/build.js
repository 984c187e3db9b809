/** Builds dist/: the kernels and the JavaScript side by side. What is up to date is left as it is. */
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { root } from "./up-to-date.js";

const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");

/** Each runs its steps in turn. */
const lanes = [
  [["tools/kernels.js", "wide", "relaxed", "simd", "quantize"]],
  [[tsc, "--build", "tsconfig.json", "src/page/tsconfig.json"], ["tools/bundle.js"]],
  [["tools/types.js"]],
];

/** @param {string[][]} steps */
function run([args, ...rest]) {
  if (args === undefined) return;
  spawn(process.execPath, args, { cwd: root, stdio: "inherit" }).on("exit", (code) => {
    if (code === 0) run(rest);
    else process.exitCode = 1;
  });
}

for (const steps of lanes) run(steps);
