/**
 * Runs every compiled test, or those whose path contains one of the arguments, or with `--quick` those that take
 * moments, with node's own test runner. A script, because the runner's command line takes neither globs on Node 20 nor
 * directories from Node 22 on. LLAMA2_WHOLE_TESTS=1 and LLAMA2_LONG_TESTS=1 have them try more.
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
/** Of those, what takes moments all the same: kernels, an engine, a chat and commands, one file or two of each. */
const SHORT = [
  ...["assembly/activations/", "assembly/formats/dequantize", "assembly/formats/packing"],
  ...["engine/plan/", "engine/scheduler.", "engine/cache-rows", "engine/run/partition"],
  ...["chat/chat-session", "chat/prompt/markers", "chat/templates/choose"],
  ...["cli/program", "cli/flags/arguments", "cli/commands/tokenize", "cli/commands/inspect"],
  ...["hub/reference", "hub/choose-files", "grammar/gbnf/parse"],
];
const LONG_FILES = ["package.test.js", "examples.test.js", "bundled-model.test.js", "tokenizer.test.js"];

/** Begun first, so that no core waits for the last one. */
const LONGEST = ["cli/process", "cli/chat/", "engine/", "grammar/", "training/", "templates/jinja"];

const isIn = (parts: readonly string[], file: string) => parts.some((part) => file.includes(part));

const args = process.argv.slice(2);
const isQuick = args.includes("--quick");
const wanted = args.filter((arg) => arg !== "--quick");
const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".test.js"))
  .filter((file) => wanted.length === 0 || isIn(wanted, file))
  .map((file) => file.replaceAll("\\", "/"))
  .filter((file) => !isQuick || isIn(SHORT, file) || !isIn([...LONG, ...LONG_FILES], file))
  .sort((a, b) => Number(isIn(LONGEST, b)) - Number(isIn(LONGEST, a)))
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
