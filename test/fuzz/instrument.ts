/**
 * Preloaded (`node --import`) before a fuzzing run: every module of dist/ is loaded with counters in it.
 */
import { register } from "node:module";
import { COUNTERS, type CoveredFile } from "./coverage.js";

declare global {
  /** One byte a place in the code: 1 once it was reached since the bytes were last cleared. */
  var __reached: Uint8Array;
  /** Which bytes belong to which file. */
  var __files: CoveredFile[];
}

globalThis.__reached = new Uint8Array(COUNTERS);
globalThis.__files = [];
register("./hooks.js", import.meta.url);
