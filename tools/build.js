/** Builds dist/: the kernels and the JavaScript side by side. What is up to date is left as it is. */
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { root } from "./up-to-date.js";

const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");

for (const args of [
  ["tools/kernels.js", "wide", "relaxed", "simd", "quantize"],
  [tsc, "--build", "tsconfig.json"],
  ["tools/types.js"],
]) {
  spawn(process.execPath, args, { cwd: root, stdio: "inherit" }).on("exit", (code) => {
    if (code !== 0) process.exitCode = 1;
  });
}
