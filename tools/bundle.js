/**
 * Rolls the package's many modules into the few that are shipped: Node takes half a millisecond for each file it loads,
 * in the main thread and in every worker.
 */
import { copyFileSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { rollup } from "rollup";
import { root, unlessUpToDate } from "./up-to-date.js";

const folder = "dist/bundle";

/** What programs load; they share chunks. */
const programs = { index: "dist/index.js", "ai-sdk": "dist/ai-sdk/index.js", cli: "dist/cli/main.js" };

/** Threads, by the names that start them: a file each, as every thread loads its modules anew. */
const threads = {
  "engine-worker": "dist/engine/team/worker.js",
  "bandwidth-worker": "dist/benchmark/bandwidth-worker.js",
  "jinja-worker": "dist/chat/templates/jinja-worker.js",
  "quantize-worker": "dist/quantize/worker.js",
};

/** Chunks that are smaller than this are joined with others where that changes nothing. */
const SMALLEST = 30_000;

/** A warning is of a bundle that may not do what its modules do. @param {{ message: string }} warning */
function fail({ message }) {
  throw new Error(message);
}

/** @param {Record<string, string>} entries */
async function write(entries) {
  const bundle = await rollup({
    input: Object.fromEntries(Object.entries(entries).map(([name, path]) => [name, join(root, path)])),
    // Packages and Node's own modules are named without a path.
    external: (id) => /^[@\w]/.test(id) && !id.startsWith(root),
    onwarn: fail,
  });
  await bundle.write({
    dir: join(root, folder),
    format: "es",
    chunkFileNames: "[name].js",
    generatedCode: "es2015",
    experimentalMinChunkSize: SMALLEST,
  });
  await bundle.close();
}

/** The page that a server shows: its modules as one file, and what is beside them as it is. */
async function writePage() {
  const bundle = await rollup({ input: join(root, "build/src/page/main.js"), onwarn: fail });
  await bundle.write({ file: join(root, "dist/page/page.js"), format: "es", generatedCode: "es2015" });
  await bundle.close();
  for (const name of ["index.html", "page.css"]) {
    copyFileSync(join(root, "src/page", name), join(root, "dist/page", name));
  }
}

const settings = readFileSync(import.meta.filename, "utf8");
await unlessUpToDate({ output: `${folder}/cli.js`, folders: ["src"], settings }, async () => {
  rmSync(join(root, folder), { recursive: true, force: true });
  for (const [name, path] of Object.entries(threads)) await write({ [name]: path });
  await write(programs);
});
await unlessUpToDate(
  {
    output: "dist/page/page.js",
    folders: ["src/page"],
    files: ["src/event-stream.ts", "src/json-object.ts"],
    settings,
  },
  writePage,
);
