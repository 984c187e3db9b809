/**
 * Runs every compiled test, or those whose path contains one of the arguments, or with `--quick` those that take
 * moments, with node's own test runner. A script, because the runner's command line takes neither globs on Node 20 nor
 * directories from Node 22 on.
 */
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL(".", import.meta.url));
/** What `--quick` leaves out: kernels and models in every type, whole programs, terminals, and long random runs. */
const LONG = ["assembly/", "engine/", "training/", "hub/", "cli/", "chat/", "grammar/", "quantize/", "fuzz/", "soak/"];
const LONG_FILES = ["package.test.js", "examples.test.js", "bundled-model.test.js", "tokenizer.test.js"];

const args = process.argv.slice(2);
const isQuick = args.includes("--quick");
const wanted = args.filter((arg) => arg !== "--quick");
const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".test.js"))
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .filter((file) => !isQuick || ![...LONG, ...LONG_FILES].some((part) => file.includes(part)))
  .map((file) => join(folder, file));

if (files.length === 0) {
  console.error(`No test file has ${wanted.join(" or ")} in its path.`);
  process.exit(1);
}

run({ files, concurrency: availableParallelism() })
  .on("test:fail", () => {
    process.exitCode = 1;
  })
  .compose(new spec())
  .pipe(process.stdout);
