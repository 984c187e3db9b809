/**
 * Runs every compiled test, or those whose path contains one of the arguments, or with `--quick` those that take
 * moments, with node's own test runner. A script, because the runner's command line takes neither globs on Node 20 nor
 * directories from Node 22 on, and starts a process for every file: here small files share one with their neighbours.
 * LLAMA2_WHOLE_TESTS=1 and LLAMA2_LONG_TESTS=1 have them try more.
 */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { fileURLToPath } from "node:url";
import { groupsOf } from "./groups.js";

const folder = fileURLToPath(new URL(".", import.meta.url));

/** What `--quick` leaves out: kernels and models in every type, whole programs, terminals, and long random runs. */
const LONG = ["assembly/", "engine/", "training/", "hub/", "cli/", "chat/", "grammar/", "quantize/", "fuzz/", "soak/"];
/** Of those, what takes moments all the same: kernels, an engine, a chat and commands, one file or two of each. */
const SHORT = [
  ...["assembly/activations/", "assembly/formats/dequantize", "assembly/formats/packing"],
  ...["engine/plan/", "engine/scheduler.", "engine/cache-rows", "engine/run/partition"],
  ...["chat/chat-session", "chat/prompt/markers", "chat/templates/choose"],
  ...["cli/program", "cli/flags/arguments", "cli/commands/tokenize", "cli/commands/inspect"],
  ...["hub/reference", "hub/choose-files", "grammar/gbnf/parse", "quantize/mixes"],
];
const LONG_FILES = [
  ...["package.test.js", "examples.test.js", "bundled-model.test.js", "tokenizer.test.js", "encode-async"],
  ...[
    "tokenizer/phrases",
    "tokenizer/limits",
    "convert/families",
    "convert/tokenizers",
    "gguf/metadata",
    "benchmark/r",
  ],
  ...["generation/best-of.", "generation/perplexity", "generation/answer-form", "generation/speculation"],
  ...["server/endpoints/chat-completions", "server/alike", "server/field-page"],
];

const isIn = (parts: readonly string[], file: string) => parts.some((part) => file.includes(part));

const args = process.argv.slice(2);
const isQuick = args.includes("--quick");
const wanted = args.filter((arg) => arg !== "--quick");
const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".test.js"))
  .map((file) => file.replaceAll("\\", "/"))
  .filter((file) => wanted.length === 0 || isIn(wanted, file))
  .filter((file) => !isQuick || isIn(SHORT, file) || !isIn([...LONG, ...LONG_FILES], file));

if (files.length === 0) {
  console.error(`No test file has ${wanted.join(" or ")} in its path.`);
  process.exit(1);
}

const modules = mkdtempSync(join(tmpdir(), "llama2-groups-"));
process.on("exit", () => rmSync(modules, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

/** A module with the tests of some files, one after another, for node's runner to start as a process. */
function moduleOf(group: readonly string[], index: number): string {
  const path = join(modules, `${index}.mjs`);
  const importing = JSON.stringify(new URL("in-turn.js", import.meta.url).href);
  writeFileSync(path, `import { runInTurn } from ${importing};\nawait runInTurn(${JSON.stringify(group)});\n`);
  return path;
}

run({ files: groupsOf(files).map(moduleOf), concurrency: availableParallelism() })
  .on("test:fail", () => {
    process.exitCode = 1;
  })
  .compose(new spec())
  .pipe(process.stdout);
